"""The values of fairness as a document, and each limit with its outcome in words."""

import numpy as np
import pytest

from tests.components.verdicts import judged, metrics

pytestmark = pytest.mark.slow

GROUPS = np.array(
    [[978, 978, 647, 0.662, 0.631, 0.691], [895, 895, 390, 0.436, 0.404, 0.468], [14, 14, 5, 0.36, 0.16, 0.61]]
)
VALUES = {
    "fairness/selection_rate/sex/names": ["M", "F", "X"],
    "fairness/selection_rate/sex/groups": GROUPS,
    "fairness/selection_rate/sex/difference": np.array([0.226, 0.181, 0.269, 0, 1]),
    "fairness/selection_rate/sex/ratio": np.array([0.659, 0.603, 0.718, 0, 1]),
    "fairness/selection_rate/sex/missing": 3.0,
}


def limit(kind, bound, output="model"):
    return {
        **{"metric": "selection_rate", "kind": kind, "bound": bound, "slice": None},
        **{"output": output, "min_rows": 30, "attribute": "sex"},
    }


def verdict(*limits, **changed):
    return judged(*limits, candidate={(): metrics({"auc": 0.9, **VALUES, **changed})})


REST = "; too few rows to compare: X (14); 3 rows without a value"


@pytest.mark.parametrize(
    ("kind", "bound", "passed", "words"),
    [
        ("fairness_difference", 0.3, True, "difference 0.226 (0.181 to 0.269), at most 0.3 required"),
        (
            *("fairness_difference", 0.2, True),
            "difference 0.226 (0.181 to 0.269), at most 0.2 required, which the interval does not exclude",
        ),
        (
            *("fairness_difference", 0.1, False),
            "difference 0.226 (0.181 to 0.269), at most 0.1 required, which the interval excludes",
        ),
        ("fairness_ratio", 0.6, True, "ratio 0.659 (0.603 to 0.718), at least 0.6 required"),
        (
            *("fairness_ratio", 0.7, True),
            "ratio 0.659 (0.603 to 0.718), at least 0.7 required, which the interval does not exclude",
        ),
        (
            *("fairness_ratio", 0.8, False),
            "ratio 0.659 (0.603 to 0.718), at least 0.8 required, which the interval excludes",
        ),
    ],
)
def test_limit_is_given_in_words_with_both_groups_and_those_of_few_rows(kind, bound, passed, words):
    (found,) = verdict(limit(kind, bound))["thresholds"]
    assert found["words"] == f"selection_rate by sex: M 0.662, F 0.436; {words}{REST}"
    assert (found["passed"], found["decided"], found["column"]) == (passed, True, "sex")


def test_groups_are_in_the_verdict_once_for_both_limits():
    found = verdict(limit("fairness_difference", 0.1), limit("fairness_ratio", 0.8))
    (fairness,) = found["fairness"]
    assert [(group["name"], group["rows"], group["too_few_rows"]) for group in fairness["groups"]] == [
        ("M", 978, False),
        ("F", 895, False),
        ("X", 14, True),
    ]
    assert fairness["difference"] == {"value": 0.226, "ends": [0.181, 0.269], "greater": "M", "lesser": "F"}
    assert (fairness["missing"], fairness["by_decision"]) == (3, False)
    assert "fairness" not in verdict() or verdict()["fairness"] is None


def test_each_rate_and_attribute_has_its_own_groups_and_outcome():
    others = {name.replace("selection_rate", "error"): value for name, value in VALUES.items()}
    others["fairness/error/sex/difference"] = np.array([0.02, 0.0, 0.05, 1, 0])
    both = {name.replace("/sex/", "/sex and age/"): value for name, value in VALUES.items()}
    limits = [
        limit("fairness_difference", 0.1),
        {**limit("fairness_difference", 0.1), "metric": "error"},
        {**limit("fairness_ratio", 0.8), "attribute": "sex and age"},
    ]
    found = verdict(*limits, **others, **both)
    assert [(each["metric"], each["attribute"]) for each in found["fairness"]] == [
        ("selection_rate", "sex"),
        ("error", "sex"),
        ("selection_rate", "sex and age"),
    ]
    outcomes = [(each["metric"], each["column"], each["passed"]) for each in found["thresholds"]]
    assert outcomes == [
        ("selection_rate", "sex", False),
        ("error", "sex", True),
        ("selection_rate", "sex and age", False),
    ]
    assert found["thresholds"][2]["words"].startswith("selection_rate by sex and age: M 0.662, F 0.436; ratio 0.659")


@pytest.mark.parametrize(
    ("names", "groups", "counted"), [(["M"], GROUPS[:1], "1 of 1 groups has"), ((), (), "0 of 0 groups have")]
)
def test_fewer_than_two_groups_are_not_decided_and_said(names, groups, counted):
    empty = {"fairness/selection_rate/sex/difference": np.empty(0), "fairness/selection_rate/sex/ratio": np.empty(0)}
    changed = {"fairness/selection_rate/sex/names": names, "fairness/selection_rate/sex/groups": groups, **empty}
    (found,) = verdict(limit("fairness_difference", 0.1), **changed)["thresholds"]
    assert (found["passed"], found["decided"], found["lacks"]) == (True, False, "rows")
    words = f"selection_rate by sex: not decided, {counted} a rate of at least 30 rows; 3 rows without a value"
    assert found["words"] == words


def test_no_positive_decision_in_any_group_is_no_ratio():
    changed = {"fairness/selection_rate/sex/ratio": np.array([np.nan, 0.0, np.inf, 0, 1])}
    (found,) = verdict(limit("fairness_ratio", 0.8), **changed)["thresholds"]
    assert found["passed"]
    assert "ratio none (0.000 to none), at least 0.8 required;" in found["words"]
