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
    assert configuration(tmp_path, text).fairness.plain() == [
        {"attribute": "sex", "edges": None, "max_difference": 0.1, "min_ratio": None, "min_rows": 30},
        {"attribute": "age", "edges": (40.0, 65.0), "max_difference": 0.1, "min_ratio": None, "min_rows": 30},
    ]


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
    assert configuration(tmp_path, values, text=CLASSES).fairness.metric == "error"
