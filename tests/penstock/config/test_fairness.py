"""The section [fairness]: what it accepts, and the errors of wrong values."""

import pytest

from penstock.core.errors import ConfigError
from tests.metadata_store import CONFIGURATION, configuration

REGRESSION = CONFIGURATION.replace('metric = "auc"\nmin = 0.9', 'metric = "mae"\nmax = 1').replace(
    "[features]", '[model]\ntask = "regression"\n[features]'
)
CLASSES = CONFIGURATION.replace('metric = "auc"\nmin = 0.9', 'metric = "accuracy"\nmin = 0.5').replace(
    "[features]", '[model]\ntask = "multiclass"\n[features]'
)
SEX = 'fairness={attributes=["sex"], metric="selection_rate", min_ratio=0.8}'


def test_each_attribute_has_the_limits_and_its_own_edges(tmp_path):
    text = 'fairness={attributes=["sex", "age"], metric="error", max_difference=0.1, bins={age=[40, 65]}}'
    same = {"metric": "error", "crossed": None, "max_difference": 0.1, "min_ratio": None, "min_rows": 30}
    assert configuration(tmp_path, text).fairness.plain() == [
        {**same, "attribute": "sex", "edges": None},
        {**same, "attribute": "age", "edges": (40.0, 65.0)},
    ]


def test_each_rate_has_the_common_limits_or_its_own_and_pairs_are_attributes_too(tmp_path):
    text = (
        'fairness={attributes=["sex", "age"], crossed=[["sex", "age"]], bins={age=[40]}, min_ratio=0.8, '
        'metric=["selection_rate", "true_positive_rate"], limits={true_positive_rate={max_difference=0.05}}}'
    )
    plain = configuration(tmp_path, text).fairness.plain()
    assert [(each["metric"], each["attribute"], each["crossed"], each["edges"]) for each in plain] == [
        (rate, *rest)
        for rate in ("selection_rate", "true_positive_rate")
        for rest in (("sex", None, None), ("age", None, (40.0,)), ("sex and age", ("sex", "age"), None))
    ]
    limits = {each["metric"]: (each["max_difference"], each["min_ratio"]) for each in plain}
    assert limits == {"selection_rate": (None, 0.8), "true_positive_rate": (0.05, None)}


def test_attribute_need_not_be_a_feature(tmp_path):
    config = configuration(tmp_path, SEX)
    assert config.fairness.attributes == ("sex",)
    assert "sex" not in config.columns
    assert configuration(tmp_path).fairness is None


@pytest.mark.parametrize(
    ("text", "values", "sentence"),
    [
        (
            CONFIGURATION,
            'attributes=["sex"], metric="error"',
            "expected `max_difference` or `min_ratio`, received neither",
        ),
        (CONFIGURATION, 'attributes=[], metric="error", min_ratio=0.8', "fairness.attributes: expected"),
        (CONFIGURATION, 'attributes=["sex"], metric="tpr", min_ratio=0.8', "fairness.metric: expected"),
        (CONFIGURATION, 'attributes=["sex"], metric="error", min_ratio=1.2', "fairness.min_ratio: expected"),
        (CONFIGURATION, 'attributes=["sex"], metric="error", max_difference=1', "fairness.max_difference: expected"),
        (CONFIGURATION, 'attributes=["sex", "sex"], metric="error", min_ratio=0.8', "expected each column once"),
        (CONFIGURATION, 'attributes=["tip"], metric="error", min_ratio=0.8', "expected columns other than the label"),
        (CONFIGURATION, 'attributes=["miles"], metric="error", min_ratio=0.8', "expected edges in fairness.bins"),
        (
            CONFIGURATION,
            'attributes=["sex"], metric="error", min_ratio=0.8, bins={age=[1]}',
            "one of fairness.attributes",
        ),
        (
            CONFIGURATION,
            'attributes=["sex"], metric="error", min_ratio=0.8, bins={sex=[]}',
            "one or more rising numbers",
        ),
        (
            CONFIGURATION,
            'attributes=["a"], metric="error", min_ratio=0.8, bins={a=[2, 1]}',
            "one or more rising numbers",
        ),
        (
            CONFIGURATION,
            'attributes=["sex"], metric=[], min_ratio=0.8',
            "expected a rate, or a list of rates, received []",
        ),
        (
            CONFIGURATION,
            'attributes=["sex"], metric=["eror"], min_ratio=0.8',
            "received 'eror' (did you mean 'error'?)",
        ),
        (CONFIGURATION, 'attributes=["sex"], metric=["error", "error"], min_ratio=0.8', "received 'error' twice"),
        (
            CONFIGURATION,
            'attributes=["sex"], metric=["error", "precision"], limits={error={min_ratio=0.8}}',
            "expected `max_difference` or `min_ratio` for precision, received neither",
        ),
        (
            CONFIGURATION,
            'attributes=["sex"], metric="error", limits={error={}}',
            "fairness.limits.error: expected `max_difference` or `min_ratio`, received neither",
        ),
        (
            CONFIGURATION,
            'attributes=["sex"], metric="error", min_ratio=0.8, limits={precision={min_ratio=0.8}}',
            "fairness.limits: expected one of the rates of fairness.metric, received 'precision'",
        ),
        (
            CONFIGURATION,
            'attributes=["sex"], metric="error", min_ratio=0.8, crossed=[["sex", "age"]]',
            "fairness.crossed: expected two of fairness.attributes, received 'age'",
        ),
        (
            CONFIGURATION,
            'attributes=["sex"], metric="error", min_ratio=0.8, crossed=[["sex", "sex"]]',
            "expected two different attributes, received 'sex' twice",
        ),
        (
            CONFIGURATION,
            'attributes=["sex", "b"], metric="error", min_ratio=0.8, crossed=[["sex", "b"], ["b", "sex"]]',
            "expected each pair once, received 'b and sex' twice",
        ),
        (
            CONFIGURATION,
            'attributes=["a", "b", "a and b"], metric="error", min_ratio=0.8, crossed=[["a", "b"]]',
            "expected no attribute with the name that the pair has: 'a and b', received one",
        ),
        (
            CONFIGURATION,
            'attributes=["a", "b", "c"], metric="error", min_ratio=0.8, crossed=[["a", "b", "c"]]',
            "fairness.crossed.0: expected",
        ),
        (REGRESSION, 'attributes=["sex"], metric="error", min_ratio=0.8', "expected a task with a rate"),
        (CLASSES, 'attributes=["sex"], metric="selection_rate", min_ratio=0.8', "expected error for several classes"),
    ],
)
def test_wrong_section_is_refused_with_what_was_expected(tmp_path, text, values, sentence):
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, f"fairness={{{values}}}", text=text)
    assert sentence in str(refused.value), str(refused.value)


def test_error_of_several_classes_is_a_rate(tmp_path):
    values = 'fairness={attributes=["sex"], metric="error", max_difference=0.1}'
    assert configuration(tmp_path, values, text=CLASSES).fairness.metric == ("error",)
