"""The threshold of each policy, compared with a search over all thresholds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.decision.policy import NEVER, choose_threshold
from penstock.core.errors import NodeError
from tests.examples import examples

# Few distinct scores, so that many rows are tied.
SCORED = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(label for _, label in rows) < len(rows)
)


def arrays(rows):
    return np.array([score / 8 for score, _ in rows], np.float32), np.array([label for _, label in rows])


def reached(threshold, scores, labels):
    """Return hits, positives, and the number of true rows."""
    positive = scores >= np.float32(threshold)
    return int((positive & labels).sum()), int(positive.sum()), int(labels.sum())


def every_threshold(scores):
    return [0.0, *(float(score) for score in np.unique(scores)), NEVER]


@settings(max_examples=examples(60), deadline=None)
@given(SCORED, st.sampled_from([(1, 8), (1, 1), (5, 1)]))
def test_costs_have_the_least_mean_cost_of_all_thresholds(rows, costs):
    scores, labels = arrays(rows)
    fp, fn = costs

    def cost(threshold):
        hits, positives, trues = reached(threshold, scores, labels)
        return fp * (positives - hits) + fn * (trues - hits)

    threshold = choose_threshold("costs", {"fp": fp, "fn": fn}, scores, labels)
    assert cost(threshold) == min(map(cost, every_threshold(scores)))


@settings(max_examples=examples(60), deadline=None)
@given(SCORED, st.sampled_from([0.25, 0.5, 0.9]))
def test_recall_is_reached_with_the_fewest_rows(rows, recall):
    scores, labels = arrays(rows)
    hits, positives, trues = reached(choose_threshold("recall", recall, scores, labels), scores, labels)
    assert hits >= recall * trues
    enough = [reached(t, scores, labels) for t in every_threshold(scores)]
    assert positives == min(p for h, p, _ in enough if h >= recall * trues)


@settings(max_examples=examples(60), deadline=None)
@given(SCORED, st.sampled_from([0.25, 0.5, 0.9]))
def test_precision_is_reached_with_the_greatest_recall_or_refused(rows, precision):
    scores, labels = arrays(rows)
    found = [reached(t, scores, labels) for t in every_threshold(scores)]
    possible = [hits for hits, positives, _ in found if positives and hits / positives >= precision]
    if possible:
        hits, positives, _ = reached(choose_threshold("precision", precision, scores, labels), scores, labels)
        assert hits / positives >= precision
        assert hits == max(possible)
    else:
        with pytest.raises(NodeError, match="decision.precision: expected"):
            choose_threshold("precision", precision, scores, labels)


def test_capacity_is_not_exceeded_and_ties_are_not_split():
    scores = np.array([0.9, 0.8, 0.8, 0.1] * 10, np.float32)
    labels = scores > 0.5
    hits, positives, _ = reached(choose_threshold("capacity", 0.5, scores, labels), scores, labels)
    assert (hits, positives) == (10, 10)
    assert reached(choose_threshold("capacity", 0.75, scores, labels), scores, labels)[1] == 30


def test_threshold_lies_between_the_scores_that_it_separates():
    scores, labels = np.array([0.2, 0.4, 0.6, 0.8], np.float32), np.array([False, False, True, True])
    assert choose_threshold("costs", {"fp": 1, "fn": 1}, scores, labels) == pytest.approx(0.5)


def test_threshold_that_is_never_reached_decides_nothing_even_at_probability_one():
    scores, labels = np.ones(4, np.float32), np.array([False, False, False, True])
    threshold = choose_threshold("costs", {"fp": 9, "fn": 1}, scores, labels)
    assert not (scores >= np.float32(threshold)).any()


@pytest.mark.parametrize(
    ("policy", "value", "scores", "labels", "sentence"),
    [
        ("recall", 0.9, [0.1, 0.9], [1, 1], "the rows that decide the threshold: expected rows of both classes"),
        ("recall", 0.9, [0.1, 0.9], [0, 0], "received 0 true of 2"),
        ("precision", 0.9, [0.9, 0.1], [0, 1], "received 0.5 as the greatest precision at any threshold"),
        ("capacity", 0.1, [0.5, 0.5], [0, 1], "received 1 as the least share of rows with one score"),
    ],
)
def test_policy_that_no_threshold_reaches_is_refused(policy, value, scores, labels, sentence):
    with pytest.raises(NodeError) as caught:
        choose_threshold(policy, value, np.array(scores), np.array(labels))
    assert sentence in str(caught.value)
