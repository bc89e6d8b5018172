"""When a confidence interval is reliable: the rows of the rarer class, and the range of a metric."""

import math

import numpy as np
import pytest

from modules.metrics.computation import Computation
from modules.metrics.measures import MEASURES, values
from modules.metrics.results import MIN_CLASS_ROWS, Kind, interval_bounds, lacks_class_rows, minority_count
from modules.metrics.scored import BUCKETS, Scored, interval_half_width
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
    assert minority_count(task, np.array(labels, float)) == count


def test_regression_has_no_rarer_class():
    assert math.isnan(minority_count("regression", np.arange(3.0)))
    assert not lacks_class_rows("rmse", math.nan)


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
def test_interval_stays_within_the_range_of_the_metric(metric, value, width, found):
    assert interval_bounds(metric, value, width) == (found if found is None else pytest.approx(found))


@pytest.mark.parametrize("metric", sorted({name for names in METRICS.values() for name in names}))
def test_every_metric_has_a_range(metric):
    low, high = interval_bounds(metric, 0.5, math.inf)
    assert not math.isinf(low) or not math.isinf(high)


def rows(positives, count=400):
    draw = np.random.default_rng(3)
    labels = np.zeros(count)
    labels[draw.choice(count, positives, replace=False)] = 1
    return Scored(labels, np.clip(0.3 * labels + 0.6 * draw.random(count), 0, 1), buckets=BUCKETS)


@pytest.mark.parametrize("metric", MEASURES["binary"])
@pytest.mark.parametrize("positives", [2, MIN_CLASS_ROWS - 1, MIN_CLASS_ROWS, 390, 391])
def test_interval_of_a_metric_of_classes_depends_on_the_rarer_one(metric, positives):
    given = rows(positives)
    found = Computation(metric, "binary", interval=True).values(lambda *_: given, "", "model", None)
    few = min(positives, 400 - positives) < MIN_CLASS_ROWS
    by_class = metric not in ("accuracy", "calibration_error")
    width = interval_half_width(values("binary", metric, given))
    assert found[f"{metric}/interval"] == (pytest.approx(math.nan, nan_ok=True) if few and by_class else width)
    assert found[metric] == values("binary", metric, given)[0]


def test_slice_with_few_rows_of_the_rarer_class_does_not_fail_the_model():
    def worse(positives):
        own, before = rows(positives), rows(positives)
        before.predictions = 0.5 * before.predictions + 0.5 * before.labels
        places = {"candidate": own, "baseline": before}
        computation = Computation("auc", "binary", kind=Kind.WORSE, min_rows=100)
        return computation.values(lambda name, _: places[name], "candidate", "model", "baseline")["auc/worse"]

    assert worse(MIN_CLASS_ROWS - 1) == 0
    assert worse(40) > 0


def test_bound_on_the_values_of_a_slice_does_not_depend_on_the_rarer_class():
    computation = Computation("auc", "binary", kind=Kind.MISSED, against="zone", min_rows=100, least=0.999)
    assert computation.values(lambda *_: rows(3), "", "model", None)["auc/missed/zone"] > 0
