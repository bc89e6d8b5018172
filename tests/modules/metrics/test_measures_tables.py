"""Confusion, reliability and residuals by hand."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix

from modules.metrics.measures import RESIDUAL_SHARES, SHOWN_CLASSES, TABLES, confusion, reliability, residuals
from modules.metrics.scored import Scored


def rows(labels, predictions):
    return Scored(np.asarray(labels, float), np.asarray(predictions, float))


def test_confusion_of_a_binary_task_is_at_a_half():
    found = confusion("binary", rows([0, 0, 1, 1, 1], [0.1, 0.6, 0.5, 0.51, 0.9]))
    assert found.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]


def test_confusion_of_classes_counts_by_true_then_given_class_and_unknown_labels_with_the_others():
    found = confusion("multiclass", rows([0, 2, -1, 5], [[0.9, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]))
    assert found.shape == (4, 4)
    assert {(t, g): found[t, g] for t, g in np.argwhere(found).tolist()} == {(0, 0): 1, (2, 1): 1, (3, 0): 1, (3, 2): 1}


def test_confusion_of_many_classes_groups_the_rare_ones():
    labels = np.arange(30)
    found = confusion("multiclass", rows(labels, np.eye(30)[labels[::-1]]))
    assert found.shape == (SHOWN_CLASSES + 1, SHOWN_CLASSES + 1)
    assert found.sum() == 30
    assert found[0, SHOWN_CLASSES] == 1
    assert found[SHOWN_CLASSES].sum() == 10


def test_reliability_is_by_bins_of_equal_width():
    found = reliability("binary", rows([0, 1, 1, 1], [0.02, 0.04, 1.0, 0.95]))
    assert found[0] == pytest.approx([0.03, 0.5, 2])
    assert found[9] == pytest.approx([0.975, 1, 2])
    assert found[:, 2].sum() == 4
    assert np.isnan(found[1, :2]).all()


def test_reliability_of_classes_is_that_of_the_most_probable():
    found = reliability("multiclass", rows([0, 1], [[0.75, 0.25], [0.77, 0.23]]))
    assert found[7] == pytest.approx([0.76, 0.5, 2])


def test_reliability_of_numbers_is_by_bins_of_equally_many_rows():
    predictions = np.arange(40.0)
    found = reliability("regression", rows(predictions * 2, predictions))
    assert found[:, 2].tolist() == [4] * 10
    assert found[0] == pytest.approx([1.5, 3, 4])
    assert np.isnan(reliability("regression", rows([1, 2], [3, 4]))).any(axis=1).sum() == 8


def test_residuals_are_label_less_prediction():
    found = residuals("regression", rows(np.arange(101), np.zeros(101)))
    assert found == pytest.approx([100 * share for share in RESIDUAL_SHARES])


@pytest.mark.parametrize(("task", "name"), [(task, name) for task in TABLES for name in TABLES[task]])
def test_shape_of_a_table_does_not_depend_on_the_rows(task, name):
    few, many = (
        TABLES[task][name](task, rows(np.zeros(count), np.ones((count, 3) if task == "multiclass" else count) / 2))
        for count in (1, 50)
    )
    assert few.shape == many.shape


def test_tables_are_those_of_scikit_learn():
    random = np.random.default_rng(4)
    scores = random.random(500)
    labels = (random.random(500) < scores).astype(float)
    found = reliability("binary", rows(labels, scores))
    observed, predicted = calibration_curve(labels, scores, n_bins=len(found))
    assert found[:, 0] == pytest.approx(predicted)
    assert found[:, 1] == pytest.approx(observed)
    assert confusion("binary", rows(labels, scores))[:2, :2].tolist() == confusion_matrix(labels, scores > 0.5).tolist()
    several = random.dirichlet(np.ones(3), 500)
    classes = random.integers(0, 3, 500).astype(float)
    expected = confusion_matrix(classes, several.argmax(axis=1))
    assert confusion("multiclass", rows(classes, several))[:3, :3].tolist() == expected.tolist()
