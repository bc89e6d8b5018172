"""Rates of the groups of an attribute, compared with scikit-learn, and when an interval refuses a model."""

import math

import numpy as np
import pytest
from sklearn import metrics

from modules.metrics.computation import describe_computation, parse_computation
from modules.metrics.fairness import MOST_GROUPS, groups_of
from modules.metrics.results import Fair, Kind, fairness_name
from modules.metrics.scored import Scored
from penstock.core.errors import DataError

DRAW = np.random.default_rng(7)
ROWS = 4000
GROUP = np.array(["a", "b", "c"], object)[DRAW.integers(0, 3, ROWS)]
SCORE = np.clip(DRAW.random(ROWS) + 0.2 * (GROUP == "a") - 0.1 * (GROUP == "c"), 0, 1)
LABEL = (DRAW.random(ROWS) < SCORE).astype(float)


def computed(metric="selection_rate", *, groups=GROUP, labels=LABEL, scores=SCORE, task="binary", **options):
    text = describe_computation(metric, task, Kind.FAIRNESS, **{"attribute": "g", "min_rows": 30, **options})
    computation = parse_computation(text)
    rows = Scored(labels, scores, attributes={"g": np.asarray(groups, object)})
    found = computation.values(lambda *_: rows, "", "model", None)
    assert list(found) == computation.names
    assert text["name"] in found
    return {part: found[fairness_name(metric, "g", part)] for part in Fair}


def crossed(columns, scores, **options):
    """Return what is computed of two attributes together: values of fairness, and the names of the groups."""
    text = describe_computation(
        "selection_rate", "binary", Kind.FAIRNESS, attribute="a and b", crossed=["a", "b"], min_rows=30, **options
    )
    groups = {name: np.asarray(each, object) for name, each in zip("ab", columns, strict=True)}
    rows = Scored(np.zeros(len(scores)), np.asarray(scores, np.float64), attributes=groups)
    found = parse_computation(text).values(lambda *_: rows, "", "model", None)
    return {part: found[fairness_name("selection_rate", "a and b", part)] for part in Fair}


def test_two_attributes_together_are_compared_where_each_alone_is_fair():
    # Each value of either attribute is decided yes in half of the rows.
    quarter = 500
    first = np.repeat(["M", "M", "F", "F"], quarter)
    second = np.repeat(["below 40", "40 or more", "below 40", "40 or more"], quarter)
    yes = np.concatenate([np.arange(quarter) < quarter * share for share in (0.7, 0.3, 0.3, 0.7)])
    found = crossed((first, second), yes, max_difference=0.1)
    assert list(found[Fair.NAMES]) == ["F, below 40", "F, 40 or more", "M, below 40", "M, 40 or more"]
    assert found[Fair.GROUPS][:, 3].tolist() == [0.3, 0.7, 0.7, 0.3]
    assert found[Fair.MISSED] > 0
    assert found[Fair.DIFFERENCE][0] == pytest.approx(0.4)
    for values in (first, second):
        assert (
            computed(groups=values, scores=yes.astype(float), labels=np.zeros(len(yes)), max_difference=0.1)[
                Fair.MISSED
            ]
            <= 0
        )


def test_row_without_one_of_two_attributes_is_in_no_group_and_names_cannot_be_confused():
    found = crossed((["x, y", "x", "", "x", "'x"], ["z", "y, z", "z", "", "z"]), [1, 0, 1, 1, 0])
    assert list(found[Fair.NAMES]) == ['"\'x", z', "x, 'y, z'", "'x, y', z"]
    assert found[Fair.MISSING] == 2


def test_too_many_groups_of_two_attributes_are_refused():
    columns = [str(number % 10) for number in range(100)], [str(number // 10) for number in range(100)]
    with pytest.raises(DataError) as refused:
        crossed(columns, [0.0] * 100)
    assert "fairness.crossed a and b: expected at most 50 groups, received 100; write fewer edges" in str(refused.value)


# The definitions of Fairlearn's MetricFrame, whose values on these rows are equal to these.
BY_SCIKIT_LEARN = {
    "selection_rate": lambda true, yes: yes.mean(),
    "true_positive_rate": metrics.recall_score,
    "false_positive_rate": lambda true, yes: 1 - metrics.recall_score(true, yes, pos_label=0),
    "precision": metrics.precision_score,
    "error": metrics.zero_one_loss,
}


@pytest.mark.parametrize("metric", BY_SCIKIT_LEARN)
def test_rates_difference_and_ratio_equal_those_of_scikit_learn(metric):
    found = computed(metric)
    yes = SCORE > 0.5
    rates = {name: BY_SCIKIT_LEARN[metric](LABEL[name == GROUP], yes[name == GROUP]) for name in "abc"}
    assert list(found[Fair.NAMES]) == ["a", "b", "c"]
    assert found[Fair.GROUPS][:, 3] == pytest.approx(list(rates.values()))
    assert found[Fair.GROUPS][:, 0].tolist() == [(name == GROUP).sum() for name in "abc"]
    greatest, least = max(rates, key=rates.get), min(rates, key=rates.get)
    assert found[Fair.DIFFERENCE][0] == pytest.approx(rates[greatest] - rates[least])
    assert found[Fair.RATIO][0] == pytest.approx(rates[least] / rates[greatest])
    assert [found[Fair.NAMES][int(place)] for place in found[Fair.DIFFERENCE][3:]] == [greatest, least]


def rows_of(**groups):
    """Return groups and scores: each group with a number of rows decided yes, out of a number."""
    names = [name for name, (_, rows) in groups.items() for _ in range(rows)]
    scores = [float(place < yes) for yes, rows in groups.values() for place in range(rows)]
    return {"groups": names, "scores": np.array(scores), "labels": np.zeros(len(scores))}


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        ({"max_difference": 0.05}, True),
        ({"max_difference": 0.15}, False),
        ({"max_difference": 0.30}, False),
        ({"min_ratio": 0.8}, True),
        ({"min_ratio": 0.7}, False),
        ({"max_difference": 0.3, "min_ratio": 0.8}, True),
    ],
)
def test_model_is_refused_if_the_interval_excludes_the_limit(limits, refused):
    # 0.6 and 0.4: a difference of 0.2 (0.13 to 0.27), a ratio of 0.67 (0.58 to 0.77).
    found = computed(**rows_of(a=(240, 400), b=(160, 400)), **limits)
    assert (found[Fair.MISSED] > 0) is refused


def test_difference_beyond_the_limit_is_not_enough_if_the_interval_contains_the_limit():
    found = computed(**rows_of(a=(24, 40), b=(16, 40)), max_difference=0.1)
    assert found[Fair.DIFFERENCE][0] == pytest.approx(0.2)
    assert found[Fair.MISSED] < 0


def test_pair_that_is_sure_decides_and_not_the_one_that_differs_most():
    rows = rows_of(a=(600, 1000), b=(450, 1000), c=(10, 31))
    found = computed(**rows, max_difference=0.08)
    assert found[Fair.MISSED] > 0
    assert [found[Fair.NAMES][int(place)] for place in found[Fair.DIFFERENCE][3:]] == ["a", "b"]
    allowed = computed(**rows, max_difference=0.5)
    assert [allowed[Fair.NAMES][int(place)] for place in allowed[Fair.DIFFERENCE][3:]] == ["a", "c"]


@pytest.mark.slow
def test_equal_groups_are_rarely_refused_however_many_there_are():
    draw, refused = np.random.default_rng(3), 0
    for _ in range(200):
        counts = draw.binomial(200, 0.5, 10)
        rows = rows_of(**{f"g{place}": (int(count), 200) for place, count in enumerate(counts)})
        refused += computed(**rows, max_difference=0.0)[Fair.MISSED] > 0
    # Without the correction for 45 pairs more than half of them would be.
    assert refused <= 20


def test_group_of_few_rows_is_listed_and_not_compared():
    found = computed(**rows_of(a=(60, 100), b=(58, 100), c=(0, 29)), max_difference=0.1)
    assert found[Fair.GROUPS][:, 1].tolist() == [100, 100, 29]
    assert found[Fair.DIFFERENCE][0] == pytest.approx(0.02)
    assert found[Fair.MISSED] < 0


def test_rows_of_the_rate_count_and_not_all_rows_of_the_group():
    labels = np.concatenate([np.ones(100), np.ones(20), np.zeros(200)])
    groups = ["a"] * 100 + ["b"] * 220
    found = computed("true_positive_rate", groups=groups, labels=labels, scores=np.ones(320), max_difference=0.1)
    assert found[Fair.GROUPS][:, :2].tolist() == [[100, 100], [220, 20]]
    assert len(found[Fair.DIFFERENCE]) == 0
    assert found[Fair.MISSED] <= 0


@pytest.mark.parametrize("groups", [["a"] * 100, [""] * 100])
def test_fewer_than_two_groups_are_not_compared(groups):
    found = computed(groups=groups, labels=np.zeros(100), scores=np.zeros(100), max_difference=0.1)
    assert (len(found[Fair.DIFFERENCE]), found[Fair.MISSED]) == (0, 0.0)
    assert found[Fair.MISSING] == groups.count("")
    assert found[Fair.GROUPS].shape == (len(set(groups) - {""}), 6)


def test_no_positive_decision_at_all_is_no_ratio():
    found = computed(**rows_of(a=(0, 100), b=(0, 100)), min_ratio=0.8)
    assert math.isnan(found[Fair.RATIO][0])
    assert found[Fair.MISSED] <= 0


def test_threshold_of_a_decision_decides_in_place_of_one_half():
    yes = (SCORE > 0.8).astype(float)
    found = computed(scores=np.stack([yes, np.zeros(ROWS)], axis=1))
    assert found[Fair.GROUPS][:, 3] == pytest.approx([yes[name == GROUP].mean() for name in "abc"])


def test_error_of_several_classes_is_the_share_of_wrong_ones():
    labels = DRAW.integers(0, 3, ROWS).astype(float)
    scores = DRAW.random((ROWS, 3))
    found = computed("error", labels=labels, scores=scores, task="multiclass")
    wrong = scores.argmax(axis=1) != labels
    assert found[Fair.GROUPS][:, 3] == pytest.approx([wrong[name == GROUP].mean() for name in "abc"])


def test_baseline_and_an_output_that_is_not_there_have_no_values():
    computation = parse_computation(describe_computation("error", "binary", Kind.FAIRNESS, attribute="g"))
    rows = Scored(LABEL, SCORE, attributes={"g": GROUP})
    assert computation.values(lambda *_: rows, "baseline", "model", "baseline") == {}
    assert computation.values(lambda *_: None, "", "model", None) == {}
    assert computation.compared_with("", "model", "baseline") == []


def test_numbers_become_ranges_between_edges_in_their_order():
    found = groups_of([17, 30, 29.9, 65, None, float("nan"), 40], "age", (30, 65))
    ranges = ["below 30", "30 to below 65", "below 30", "65 or more", "", "", "30 to below 65"]
    assert found.tolist() == ranges
    part = computed(groups=ranges * 10, labels=np.zeros(70), scores=np.zeros(70))
    assert list(part[Fair.NAMES]) == ["below 30", "30 to below 65", "65 or more"]


def test_number_that_equals_an_edge_is_in_the_range_above_it():
    stored = float(np.float32(0.7))  # less than 0.7
    assert groups_of([stored, 0.69], "share", (0.7,)).tolist() == ["0.7 or more", "below 0.7"]


def test_ranges_between_near_edges_have_names_of_their_own():
    found = groups_of([1_000_000, 1_000_001, 1_000_002], "salary", (1_000_001, 1_000_002))
    assert found.tolist() == ["below 1000001", "1000001 to below 1000002", "1000002 or more"]


def test_values_are_text_and_codes_in_their_own_form():
    found = groups_of([b"f", "größer".encode(), 1, 0, 2.0, None, b""], "g", None)
    assert found.tolist() == ["f", "größer", "1", "0", "2", "", ""]


@pytest.mark.parametrize(
    ("values", "edges", "part"),
    [([b"f"], (40,), "numbers in a column with edges"), (range(MOST_GROUPS + 1), None, "at most 50 values")],
)
def test_values_that_make_no_groups_are_refused(values, edges, part):
    with pytest.raises(DataError, match=part):
        groups_of(values, "g", edges)


def test_groups_of_all_batches_together_are_not_too_many_either():
    with pytest.raises(DataError, match="at least 60"):
        computed(groups=[str(n) for n in range(60)], labels=np.zeros(60), scores=np.zeros(60))
