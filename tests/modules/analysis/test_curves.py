import numpy as np
import pytest
from sklearn import metrics

from modules.analysis.curves import CUTS, cuts, ranked, residuals, scatter
from tests.modules.analysis.samples import binary, multiclass, sample

ROWS = sample(3000)
SCORES = binary(ROWS.columns).round(3)


def test_curves_have_few_points_and_the_areas_of_scikit_learn():
    [roc], [precision] = ranked(ROWS.labels, SCORES, ())
    assert roc.area == pytest.approx(metrics.roc_auc_score(ROWS.labels, SCORES))
    assert precision.area == pytest.approx(metrics.average_precision_score(ROWS.labels, SCORES), abs=1e-3)
    assert roc.points[0] == (0, 0)
    assert roc.points[-1] == (1, 1)
    assert len(roc.points) <= 120
    assert list(roc.points) == sorted(roc.points)
    assert metrics.auc(*zip(*roc.points, strict=True)) == pytest.approx(roc.area, abs=0.01)


def test_each_frequent_class_has_a_curve_but_not_one_without_rows():
    rows = sample(task="multiclass")
    roc, _ = ranked(rows.labels, multiclass(rows.columns), rows.classes)
    assert [each.name for each in roc] == ["low", "middle", "high"]
    roc, _ = ranked(np.zeros(600), multiclass(rows.columns), ("low",))
    assert roc == []


def test_cuts_count_each_row_once():
    for cut in cuts(ROWS.labels, SCORES):
        predicted = cut.at <= SCORES
        expected = metrics.confusion_matrix(ROWS.labels > 0.5, predicted).ravel().tolist()
        assert [cut.true_negatives, cut.false_positives, cut.false_negatives, cut.true_positives] == expected
    assert len(CUTS) == 19


def test_residuals_count_each_row_once_also_if_all_are_the_same():
    labels = np.append(ROWS.columns["signal"], 1e6)
    assert sum(each.rows for each in residuals(labels, np.zeros(len(labels)))) == 3001
    [one] = residuals(np.ones(5), np.ones(5))
    assert (one.low, one.high, one.rows) == (0, 0, 5)


def test_scatter_has_few_points():
    assert len(scatter(ROWS.labels, SCORES)) == 400
