"""Losses, ordinal labels and weights in the configuration: what is accepted, and what is refused in a sentence."""

import pytest

from penstock.core.errors import ConfigError
from penstock.core.losses import Loss
from tests.metadata_store import configuration

REGRESSION = ("model.task=regression", "evaluation.metric=rmse", "evaluation.min=0")
MULTICLASS = ("model.task=multiclass", "evaluation.metric=accuracy")
ORDER = 'data.label_order=["low","medium","high"]'
QUANTILE = ("model.loss=quantile", "model.quantile=0.9")


@pytest.mark.parametrize(
    ("settings", "loss", "metrics"),
    [
        ((), Loss(), ["mae", "rmse", "r2", "mape"]),
        (QUANTILE, Loss("quantile", 0.9), ["mae", "rmse", "r2", "mape", "pinball", "d2"]),
        (("model.loss=poisson",), Loss("poisson"), ["mae", "rmse", "r2", "mape", "poisson_deviance", "d2"]),
        (("model.loss=tweedie",), Loss("tweedie", 1.5), ["mae", "rmse", "r2", "mape", "tweedie_deviance", "d2"]),
        (("model.loss=huber", "model.delta=2"), Loss("huber", 2.0), ["mae", "rmse", "r2", "mape", "huber"]),
    ],
)
def test_loss_has_its_parameter_and_its_metrics(tmp_path, settings, loss, metrics):
    config = configuration(tmp_path, *REGRESSION, *settings)
    assert config.loss == loss == Loss.parse(loss.text())
    assert list(config.metrics) == metrics


def test_ordinal_label_has_its_order_as_text_and_its_metrics(tmp_path):
    config = configuration(tmp_path, *MULTICLASS, "data.label_order=[1,2,3]", "evaluation.metric=quadratic_kappa")
    assert config.feature_spec.order == ("1", "2", "3")
    assert list(config.metrics)[-2:] == ["rank_mae", "quadratic_kappa"]


def test_weight_is_part_of_the_spec_and_of_no_features(tmp_path):
    config = configuration(tmp_path, "data.weight=people")
    assert config.feature_spec.weight == "people"
    assert "people" not in config.columns
    assert type(config.feature_spec).from_json(config.feature_spec.to_json()) == config.feature_spec


REFUSED = {
    "a loss of a class": (("model.loss=poisson",), 'model.loss: expected task = "regression" with the loss poisson'),
    "a quantile without its loss": ((*REGRESSION, "model.quantile=0.9"), 'expected loss = "quantile" with quantile'),
    "a loss without its quantile": (
        (*REGRESSION, "model.loss=quantile"),
        "model.quantile: expected quantile with the loss quantile, such as quantile = 0.9, received none",
    ),
    "a loss without its delta": ((*REGRESSION, "model.loss=huber"), "model.delta: expected delta with the loss huber"),
    "a quantile of 1": ((*REGRESSION, "model.loss=quantile", "model.quantile=1"), "model.quantile"),
    "a power of 1": ((*REGRESSION, "model.loss=tweedie", "model.power=1"), "model.power"),
    "a metric of another loss": (
        (*REGRESSION, "model.loss=poisson", "evaluation.metric=pinball"),
        "expected a metric of the task regression (mae, rmse, r2, mape, poisson_deviance, d2)",
    ),
    "an interval around a quantile": (
        (*REGRESSION, *QUANTILE, "decision.coverage=0.9"),
        "decision.coverage: expected no coverage with the loss quantile",
    ),
    "a constraint on trees of a quantile": (
        (*REGRESSION, *QUANTILE, "model.family=auto", 'features={miles={role="numeric", monotonic="increasing"}}'),
        'expected family = "linear" with monotonic and the loss quantile',
    ),
    "an order of two classes": ((*MULTICLASS, 'data.label_order=["a","b"]'), "three classes or more"),
    "a class twice": ((*MULTICLASS, 'data.label_order=["a","b","a"]'), "expected each class once, received 'a'"),
    "an order of a binary label": ((ORDER,), 'data.label_order: expected task = "multiclass" with label_order'),
    "an order with a warm start": ((*MULTICLASS, ORDER, "model.warm_start=true"), "no warm_start with label_order"),
    "an order with explanations": (
        (*MULTICLASS, ORDER, "model.family=trees", "model.explain=true"),
        "no explain with label_order: the contributions to its one score are not those to a class",
    ),
    "a metric of an order without one": (
        ("model.task=multiclass", "evaluation.metric=quadratic_kappa"),
        "'quadratic_kappa'",
    ),
    "a weight that is a feature": (
        ('features={miles="numeric"}', "data.weight=miles"),
        "data.weight: expected a column that is no feature, received 'miles', which is in [features]",
    ),
    "a weight with a coverage": (
        ("data.weight=people", "decision.coverage=0.9"),
        "decision.coverage: expected no coverage with data.weight",
    ),
    "a weight with fairness": (
        ("data.weight=people", 'fairness={attributes=["sex"], metric="selection_rate", min_ratio=0.8}'),
        "fairness.attributes: expected no [fairness] with data.weight",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_setting_is_refused_in_a_sentence(tmp_path, case):
    settings, words = REFUSED[case]
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, *settings)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_label_is_no_weight(tmp_path):
    label = configuration(tmp_path).data.label
    with pytest.raises(ConfigError, match="another column than the label"):
        configuration(tmp_path, f"data.weight={label}")
