"""The decision from held-out rows, as a document, and its outputs."""

import numpy as np
import pytest

from modules.decision.deciding import decide
from modules.decision.outputs import decided
from modules.families.problem import HeldOut
from penstock.core.documents.decision import Decision

SETTINGS = {"policy": None, "value": None, "coverage": None, "by": None, "split": None, "min_rows": 20, "least": None}
SCORES = np.linspace(0.005, 0.995, 100, dtype=np.float32)[:, None]
ROWS = HeldOut(SCORES, (SCORES[:, 0] > 0.6).astype(float), np.arange(100), "validation rows")


def test_document_has_the_threshold_and_what_it_reaches_and_is_read_as_written():
    document = decide({**SETTINGS, "policy": "costs", "value": {"fp": 1.0, "fn": 8.0}}, "binary", ROWS)
    assert document.policy.threshold == pytest.approx(0.6, abs=0.01)
    assert (document.policy.precision, document.policy.recall, document.policy.cost) == (1.0, 1.0, 0.0)
    assert document.calibration.model_dump() == {"rows": 100, "source": "validation rows", "fitted": True}
    assert Decision.parse(document.text(), "here") == document


@pytest.mark.parametrize("weights", [None, np.where(np.arange(100) % 3, 1.0, 4.0)], ids=["rows", "weights"])
@pytest.mark.parametrize(
    ("policy", "value"), [("costs", {"fp": 1.0, "fn": 8.0}), ("precision", 0.8), ("recall", 0.7), ("capacity", 0.25)]
)
def test_error_of_the_policy_is_that_of_the_rows_that_its_value_is_a_share_of(policy, value, weights):
    rows = HeldOut(ROWS.scores, ROWS.labels, ROWS.places, "rows", weights)
    found = decide({**SETTINGS, "policy": policy, "value": value}, "binary", rows).policy
    if policy == "costs":
        assert found.error == 0
        return
    counted = {
        "precision": SCORES[:, 0] >= np.float32(found.threshold),
        "recall": SCORES[:, 0] > 0.6,
        "capacity": np.ones(100, bool),
    }[policy]
    own = (np.ones(100) if weights is None else weights)[counted]
    effective = own.sum() ** 2 / (own**2).sum()
    assert found.error == pytest.approx(np.sqrt(value * (1 - value) / effective))


def test_outputs_are_those_of_the_threshold():
    document = decide({**SETTINGS, "policy": "capacity", "value": 0.25}, "binary", ROWS)
    found = decided(document, SCORES)
    assert sum(found["decision"]) == 25
    assert set(found["threshold"]) == {np.float32(document.policy.threshold)}
    assert set(found) == {"decision", "threshold"}


def test_outputs_of_a_regression_are_bounds_by_slice():
    labels = SCORES[:, 0] + np.where(np.arange(100) % 2, 1.0, 100.0) * np.arange(100) / 100
    rows = HeldOut(SCORES, labels, np.arange(100), "rows")
    values = ["narrow" if number % 2 else "wide" for number in range(100)]
    document = decide({**SETTINGS, "coverage": 0.9, "by": "kind"}, "regression", rows, values)
    found = decided(document, SCORES[:3], ["narrow", "wide", None])
    widths = np.subtract(found["upper"], found["lower"]) / 2
    assert widths == pytest.approx([0.91, 90, document.coverage.quantile], rel=1e-3)
    covered = [low <= label <= high for low, label, high in zip(*bounds(document, values), strict=True)]
    assert np.mean(covered) >= 0.9


def bounds(document, values):
    found = decided(document, SCORES, values)
    return found["lower"], ROWS.scores[:, 0], found["upper"]


def test_bound_of_the_loss_makes_intervals_of_counts_narrower_and_leaves_their_coverage():
    generator = np.random.default_rng(3)
    means = generator.gamma(1.0, 2.0, 4000)
    labels = generator.poisson(means).astype(float)
    known, new = slice(0, 2000), slice(2000, None)
    rows = HeldOut(means[known, None].astype(np.float32), labels[known], np.arange(2000), "rows")
    found = {}
    for least in (None, 0.0):
        document = decide({**SETTINGS, "coverage": 0.9, "least": least}, "regression", rows)
        assert Decision.parse(document.text(), "here").coverage.least == least
        outputs = decided(document, means[new, None].astype(np.float32))
        found[least] = [np.array(outputs[name]) for name in ("lower", "upper")]
    (lower, upper), (bounded, same) = found[None], found[0.0]
    assert (lower < 0).mean() > 0.5
    assert bounded.min() == 0
    np.testing.assert_array_equal(bounded, np.maximum(lower, 0))
    np.testing.assert_array_equal(same, upper)
    covered = (bounded <= labels[new]) & (labels[new] <= same)
    np.testing.assert_array_equal(covered, (lower <= labels[new]) & (labels[new] <= upper))
    assert covered.mean() >= 0.88


def test_sets_of_two_classes_have_no_and_yes():
    document = decide({**SETTINGS, "coverage": 0.9}, "binary", ROWS)
    found = decided(document, np.array([[0.01], [0.99]], np.float32))["label_set"]
    assert [row.index(1) for row in found] == [0, 1]
    assert all(len(row) == 2 for row in found)


def test_set_of_classes_contains_the_likely_ones():
    scores = np.random.default_rng(1).dirichlet([1, 1, 1], size=500).astype(np.float32)
    rows = HeldOut(scores, scores.argmax(axis=1), np.arange(500), "rows")
    document = decide({**SETTINGS, "coverage": 0.9}, "multiclass", rows)
    found = np.array(decided(document, scores)["label_set"])
    assert found[np.arange(500), rows.labels].mean() >= 0.9
    assert (found == (1 - scores.astype(np.float64) <= document.coverage.quantile)).all()
