"""When an interval says something: the rarer class, and the range of a metric."""

import math

import numpy as np
import pytest

from modules.metrics.figures import Figure
from modules.metrics.measures import MEASURES, values
from modules.metrics.names import Kind
from modules.metrics.reliable import LEAST_OF_CLASS, ends, is_too_few, rarer
from modules.metrics.scored import BUCKETS, Scored, half_width
from penstock.config.sections import METRICS


@pytest.mark.parametrize(
    ("task", "labels", "count"),
    [
        ("binary", [1, 0, 0, 0, 1], 2),
        ("binary", [1, 1, 1, 0], 1),
        ("binary", [0, 0], 0),
        ("binary", [], 0),
        ("multiclass", [0, 0, 0, 1, 2, 2], 3),
        ("multiclass", [4, 4], 0),
    ],
)
def test_rows_outside_of_the_most_frequent_class_are_counted(task, labels, count):
    assert rarer(task, np.array(labels, float)) == count


def test_regression_has_no_rarer_class():
    assert math.isnan(rarer("regression", np.arange(3.0)))
    assert not is_too_few("rmse", math.nan)


@pytest.mark.parametrize(
    ("metric", "value", "width", "found"),
    [
        ("auc", 0.4783, 1.1470, [0, 1]),
        ("auc", 0.98, 0.05, [0.93, 1]),
        ("accuracy", 0.9, 0.05, [0.85, 0.95]),
        ("log_loss", 0.02, 0.05, [0, 0.07]),
        ("r2", 0.9, 0.3, [0.6, 1]),
        ("rmse", 5.0, 1.0, [4, 6]),
        ("auc", None, 0.1, None),
        ("auc", 0.5, None, None),
    ],
)
def test_interval_stays_within_what_the_metric_can_be(metric, value, width, found):
    assert ends(metric, value, width) == (found if found is None else pytest.approx(found))


@pytest.mark.parametrize("metric", sorted({name for names in METRICS.values() for name in names}))
def test_every_metric_has_a_range(metric):
    low, high = ends(metric, 0.5, math.inf)
    assert not math.isinf(low) or not math.isinf(high)


def rows(positives, count=400):
    draw = np.random.default_rng(3)
    labels = np.zeros(count)
    labels[draw.choice(count, positives, replace=False)] = 1
    return Scored(labels, np.clip(0.3 * labels + 0.6 * draw.random(count), 0, 1), buckets=BUCKETS)


@pytest.mark.parametrize("metric", MEASURES["binary"])
@pytest.mark.parametrize("positives", [2, LEAST_OF_CLASS - 1, LEAST_OF_CLASS, 390, 391])
def test_interval_of_a_metric_of_classes_goes_by_the_rarer_one(metric, positives):
    given = rows(positives)
    found = Figure(metric, "binary", interval=True).values(lambda *_: given, "", "model", None)
    few = min(positives, 400 - positives) < LEAST_OF_CLASS
    by_class = metric not in ("accuracy", "calibration_error")
    width = half_width(values("binary", metric, given))
    assert found[f"{metric}/interval"] == (pytest.approx(math.nan, nan_ok=True) if few and by_class else width)
    assert found[metric] == values("binary", metric, given)[0]


def test_slice_with_few_of_the_rarer_class_is_not_held_against_the_model():
    def worse(positives):
        own, before = rows(positives), rows(positives)
        before.predictions = 0.5 * before.predictions + 0.5 * before.labels
        places = {"candidate": own, "baseline": before}
        figure = Figure("auc", "binary", kind=Kind.WORSE, min_rows=100)
        return figure.values(lambda name, _: places[name], "candidate", "model", "baseline")["auc/worse"]

    assert worse(LEAST_OF_CLASS - 1) == 0
    assert worse(40) > 0


def test_bound_on_the_values_of_a_slice_does_not_go_by_the_rarer_class():
    figure = Figure("auc", "binary", kind=Kind.MISSED, against="zone", min_rows=100, least=0.999)
    assert figure.values(lambda *_: rows(3), "", "model", None)["auc/missed/zone"] > 0
