"""The sections other than `[data]`: metrics, defaults, and the errors of wrong values."""

import numpy as np
import pytest

from modules.metrics.measures import MEASURES, measure
from penstock.config.data import WrongValue
from penstock.config.sections import METRICS, Model, Tuning, check_family
from penstock.core.errors import ConfigError
from penstock.core.features import TASKS
from tests.metadata_store import CONFIGURATION, configuration

HALVES, THIRDS = np.array([0, 1, 0, 1]), np.array([0, 1, 2, 1])
# Labels, the predictions of a perfect model, those of one that is always wrong.
ROWS = {
    "binary": (HALVES, HALVES, 1 - HALVES),
    "multiclass": (THIRDS, np.eye(4)[THIRDS], (1 - np.eye(4)[THIRDS]) / 3),
    "regression": (THIRDS, THIRDS, THIRDS + 1),
}


def test_each_task_has_its_metrics_and_their_measures():
    assert set(METRICS) == set(TASKS)
    assert {task: set(names) for task, names in METRICS.items()} == {t: set(names) for t, names in MEASURES.items()}


@pytest.mark.parametrize(("task", "name"), [(task, name) for task in METRICS for name in METRICS[task]])
def test_direction_is_that_in_which_a_perfect_model_lies(task, name):
    labels, perfect, wrong = ROWS[task]
    gain = measure(task, name, labels, perfect) - measure(task, name, labels, wrong)
    assert (gain > 0) == METRICS[task][name]
    assert gain != 0


@pytest.mark.parametrize("family", ["neural", "trees", "linear", "auto"])
def test_family_and_its_settings_are_accepted_unchanged(tmp_path, family):
    settings = {"rounds": 7, "leaves": 5, "learning_rate": 0.5, "time_limit": 30.5, "class_weights": "balanced"}
    given = [f"model.family={family}", *(f"model.{name}={value}" for name, value in settings.items())]
    model = configuration(tmp_path, *given).model.model_dump()
    assert {"family": family, **settings}.items() <= model.items()


@pytest.mark.parametrize(
    ("setting", "expected", "received"),
    [
        ("rounds=0", "a number of at least 1", "0"),
        ("rounds=2.5", "a whole number", "2.5"),
        ("leaves=1", "a number of at least 2", "1"),
        ("leaves=many", "a whole number", "'many'"),
        ("learning_rate=-1", "a number greater than 0", "-1"),
        ("time_limit=0", "a number of at least 1", "0"),
        ("time_limit=0.5", "a number of at least 1", "0.5"),
        ("time_limit=nan", "a finite number", "nan"),
        ("time_limit=inf", "a finite number", "inf"),
        ("time_limit=soon", "a number", "'soon'"),
        ("class_weights=balance", "'balanced'", "'balance' (did you mean 'balanced'?)"),
        ("class_weights=true", "'balanced'", "True"),
    ],
)
def test_setting_that_no_family_can_use_is_refused(tmp_path, setting, expected, received):
    with pytest.raises(ConfigError) as error:
        configuration(tmp_path, f"model.{setting}")
    assert error.value.what.endswith(f"model.{setting.partition('=')[0]}")
    assert (error.value.expected, error.value.received) == (expected, received)


ADVICE = "see docs/configuration.md"


def test_without_the_section_nothing_is_tuned_or_started_from(tmp_path):
    config = configuration(tmp_path)
    assert config.tuning is None
    assert config.model.warm_start is False


def test_an_empty_section_has_the_defaults(tmp_path):
    config = configuration(tmp_path, text=f"{CONFIGURATION}[tuning]\n")
    assert config.tuning == Tuning(algorithm="random", trials=20)


def test_a_setting_alone_asks_for_tuning(tmp_path):
    assert configuration(tmp_path, "tuning.trials=3").tuning == Tuning(trials=3)


@pytest.mark.parametrize(
    ("setting", "key", "expected", "received"),
    [
        (
            "tuning.algorithm=hyperbnd",
            "tuning.algorithm",
            "'random', 'hyperband' or 'bayesian'",
            "'hyperbnd' (did you mean 'hyperband'?)",
        ),
        ("tuning.algorithm=3", "tuning.algorithm", "'random', 'hyperband' or 'bayesian'", "3"),
        ("tuning.trials=1", "tuning.trials", "a number of at least 2", "1"),
        ("tuning.trials=many", "tuning.trials", "a whole number", "'many'"),
        ("tuning.trials=2.5", "tuning.trials", "a whole number", "2.5"),
        ("tuning.trails=5", "tuning.trails", "one of algorithm, trials", "an unknown key (did you mean 'trials'?)"),
        ("tuning.objective=auc", "tuning.objective", "one of algorithm, trials", "an unknown key"),
        ("tuning=5", "tuning", "a table", "5"),
    ],
)
def test_an_invalid_value_is_refused_in_one_sentence(tmp_path, setting, key, expected, received):
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, setting)
    file = tmp_path / "pipeline.toml"
    assert str(refused.value) == f"{file}: {key}: expected {expected}, received {received}; {ADVICE}."


@pytest.mark.parametrize(
    ("asked", "key", "expected"),
    [
        ({"tuned": True}, "tuning", "no [tuning] with the family trees: neural can be tuned"),
        (
            {"warm_start": True},
            "model.warm_start",
            "false with the family trees: neural can start from earlier weights",
        ),
        (
            {"max_row_microseconds": 10},
            "model.max_row_microseconds",
            "none with the family trees: auto alone selects models by what they cost",
        ),
        (
            {"max_megabytes": 1.5},
            "model.max_megabytes",
            "none with the family trees: auto alone selects models by what they cost",
        ),
    ],
)
def test_a_family_that_cannot_is_refused(asked, key, expected):
    tuned = asked.pop("tuned", False)
    with pytest.raises(WrongValue) as refused:
        check_family(Model(family="trees", **asked), tuned=tuned)
    assert (refused.value.key, refused.value.expected) == (key, expected)
    check_family(Model(family="neural", warm_start=True), tuned=True)
    check_family(Model(family="auto", max_row_microseconds=10, max_megabytes=1.5), tuned=False)
    check_family(Model(family="trees"), tuned=False)


def test_explanations_of_a_family_without_exact_ones_are_refused(tmp_path):
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, "model.explain=true", "model.family=neural")
    expected = "false with the family neural: trees, linear, auto have exact explanations, received true"
    assert f"model.explain: expected {expected}; {ADVICE}." in str(refused.value)
    for family in ("trees", "linear", "auto"):
        assert configuration(tmp_path, "model.explain=true", f"model.family={family}").model.explain


def test_without_the_section_drift_is_reported_and_fails_nothing(tmp_path):
    drift = configuration(tmp_path).drift
    assert (drift.fail_on, drift.categories, drift.numbers, drift.columns) == ("never", 0.1, 0.2, {})


def test_thresholds_of_columns_are_accepted(tmp_path):
    text = f'{CONFIGURATION}[drift]\nfail_on = "drift"\ncolumns = {{ miles = 0.4, tip = 0 }}\n'
    drift = configuration(tmp_path, text=text).drift
    assert (drift.fail_on, drift.columns) == ("drift", {"miles": 0.4, "tip": 0.0})


def test_thresholds_of_skew_are_independent_of_those_of_drift(tmp_path):
    text = f"{CONFIGURATION}[drift]\nnumbers = 0.5\n[drift.skew]\ncategories = 0.3\ncolumns = {{ tip = 1 }}\n"
    drift = configuration(tmp_path, text=text).drift
    assert drift.thresholds == {"categories": 0.1, "numbers": 0.5, "columns": {}}
    assert drift.skew.thresholds == {"categories": 0.3, "numbers": 0.2, "columns": {"tip": 1.0}}


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("drift.fail_on=always", "drift.fail_on: expected 'drift', 'skew', 'any' or 'never', received 'always'"),
        ("drift.skew.numbers=1.5", "drift.skew.numbers: expected a number of at most 1, received 1.5"),
        ("drift.skew.columns.mile=0.1", "drift.skew.columns: expected a feature of the configuration, received 'mile'"),
        ("drift.skew.number=0.1", "drift.skew.number: expected one of categories, numbers, columns"),
        ("drift.numbers=1.5", "drift.numbers: expected a number of at most 1, received 1.5"),
        ("drift.categories=-0.1", "drift.categories: expected a number of at least 0, received -0.1"),
        ("drift.columns.mile=0.1", "drift.columns: expected a feature of the configuration, received 'mile'"),
        ("drift.columns.miles=much", "drift.columns.miles: expected"),
        ("drift.number=0.1", "drift.number: expected one of"),
    ],
)
def test_wrong_value_is_refused_under_its_key(tmp_path, setting, sentence):
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, setting)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
