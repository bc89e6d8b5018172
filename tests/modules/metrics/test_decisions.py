"""What a decision reaches on scored rows, and when a promise is broken."""

import math

import numpy as np
import pytest

from modules.metrics.computation import describe_computation, parse_computation
from modules.metrics.decisions import MEASURES
from modules.metrics.results import DECISION_METRICS, Kind
from modules.metrics.scored import Scored

# Rows are in buckets by their position.
ORDER = np.random.default_rng(1).permutation(200)
LABELS = np.array([1, 1, 0, 0, 1] * 40, float)[ORDER]
YES = np.array([1, 0, 0, 1, 1] * 40, float)[ORDER]
NONE = np.zeros(200)
INTERVALS = np.stack([LABELS - 1, LABELS + np.array([1, 1, 1, 1, -0.5] * 40)[ORDER], NONE], axis=1)
SETS = np.stack([1 - LABELS, np.array([1, 0, 0, 0, 1] * 40)[ORDER], NONE], axis=1)
ROWS = {"decision": np.stack([YES, NONE], axis=1), "interval": INTERVALS, "label_set": SETS}


def computed(output, metric, kind=Kind.DECISION, baseline=None, **options):
    model = baseline or ""
    text = describe_computation(metric, "binary", kind, output=output, **options)
    computation = parse_computation(text)
    found = computation.values(lambda *_: Scored(LABELS, ROWS[output], buckets=20), model, output, baseline)
    assert list(found) == ([] if model == baseline else computation.names)
    return found.get(text["name"])


def test_each_output_has_these_metrics():
    assert {output: tuple(metrics) for output, metrics in MEASURES.items()} == DECISION_METRICS


@pytest.mark.parametrize(
    ("output", "metric", "value"),
    [
        ("decision", "precision", 2 / 3),
        ("decision", "recall", 2 / 3),
        ("decision", "share", 3 / 5),
        ("decision", "cost", (1 + 8) / 5),
        # Always yes costs 2/5, never 24/5.
        ("decision", "saving", 2 / 5 - 9 / 5),
        ("interval", "coverage", 4 / 5),
        ("interval", "width", (2 * 4 + 0.5) / 5),
        ("label_set", "coverage", 4 / 5),
        ("label_set", "set_size", 4 / 5),
    ],
)
def test_value_is_counted_over_the_rows(output, metric, value):
    assert computed(output, metric, fp=1.0, fn=8.0) == pytest.approx(value)


def test_interval_of_a_value_is_computed_with_it():
    computation = parse_computation(describe_computation("precision", "binary", Kind.DECISION, output="decision"))
    found = computation.values(lambda *_: Scored(LABELS, ROWS["decision"], buckets=20), "", "decision", None)
    assert 0 < found["precision/interval"] < 0.3


@pytest.mark.parametrize(
    ("options", "broken"),
    [
        ({"least": 0.6}, False),
        ({"least": 0.68}, False),  # within the interval
        ({"least": 0.95}, True),
        ({"most": 0.65}, False),
        ({"most": 0.3}, True),
    ],
)
def test_promise_is_broken_beyond_the_interval(options, broken):
    # The precision is 0.667.
    assert (computed("decision", "precision", Kind.PROMISE, **options) > 0) == broken


def test_slice_with_few_rows_breaks_no_promise():
    assert computed("interval", "coverage", Kind.PROMISE, against="zone", least=0.99, min_rows=500) == 0
    assert computed("interval", "coverage", Kind.PROMISE, against="zone", least=0.99, min_rows=100) > 0


def test_decision_that_never_says_yes_has_no_precision_and_breaks_its_promise():
    text = describe_computation("precision", "binary", Kind.PROMISE, output="decision", least=0.5)
    rows = Scored(LABELS, np.zeros((200, 2)), buckets=20)
    (value,) = parse_computation(text).values(lambda *_: rows, "", "decision", None).values()
    assert math.isnan(value)


def test_baseline_has_no_values():
    assert computed("decision", "precision", baseline="baseline") is None


def test_few_rows_that_decided_allow_a_larger_miss():
    def missed(variance):
        rows = Scored(LABELS, np.stack([INTERVALS[:, 0], INTERVALS[:, 1], NONE + variance], axis=1), buckets=20)
        text = describe_computation("coverage", "regression", Kind.PROMISE, output="interval", least=0.9)
        return parse_computation(text).values(lambda *_: rows, "", "interval", None)["coverage/promise/"]

    assert missed(0.0) > 0
    assert missed(0.9 * 0.1 / 1000) > 0
    assert missed(0.9 * 0.1 / 20) < 0
