"""The metrics against scikit-learn, against hand-made values, and on rows that cannot give them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from modules.metrics.measures import MEASURES, measure, values
from modules.metrics.scored import Scored, interval_half_width
from penstock.config.sections import METRICS

ROWS = 500
random = np.random.default_rng(7)
BINARY = (random.integers(0, 2, ROWS).astype(float), random.random(ROWS).round(2))  # rounded, so that scores tie
CLASSES = (random.integers(0, 4, ROWS), random.dirichlet(np.ones(4), ROWS))
NUMBERS = (random.normal(3, 2, ROWS), random.normal(3, 2, ROWS))


def hard(scores):
    return (scores > 0.5).astype(float)


REFERENCES = {
    ("binary", "auc"): metrics.roc_auc_score,
    ("binary", "average_precision"): metrics.average_precision_score,
    ("binary", "accuracy"): lambda y, p: metrics.accuracy_score(y, hard(p)),
    ("binary", "log_loss"): lambda y, p: metrics.log_loss(y, np.clip(p, 1e-7, 1 - 1e-7)),
    ("binary", "precision"): lambda y, p: metrics.precision_score(y, hard(p)),
    ("binary", "recall"): lambda y, p: metrics.recall_score(y, hard(p)),
    ("multiclass", "accuracy"): lambda y, p: metrics.accuracy_score(y, p.argmax(1)),
    ("multiclass", "log_loss"): metrics.log_loss,
    ("multiclass", "macro_f1"): lambda y, p: metrics.f1_score(y, p.argmax(1), average="macro"),
    ("multiclass", "top_3_accuracy"): lambda y, p: metrics.top_k_accuracy_score(y, p, k=3),
    ("multiclass", "auc"): lambda y, p: metrics.roc_auc_score(y, p, multi_class="ovr", average="macro"),
    ("regression", "mae"): metrics.mean_absolute_error,
    ("regression", "rmse"): metrics.root_mean_squared_error,
    ("regression", "r2"): metrics.r2_score,
    ("regression", "mape"): lambda y, p: 100 * metrics.mean_absolute_percentage_error(y, p),
}


def rows_of(task):
    return {"binary": BINARY, "multiclass": CLASSES, "regression": NUMBERS}[task]


def value(task, name, labels, predictions):
    return measure(task, name, np.asarray(labels, float), np.asarray(predictions, float))


def same(found, expected):
    return math.isnan(found) if math.isnan(expected) else found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("task", "name"), REFERENCES)
def test_measure_equals_that_of_scikit_learn(task, name):
    labels, predictions = rows_of(task)
    assert measure(task, name, labels, predictions) == pytest.approx(REFERENCES[task, name](labels, predictions))


def test_each_metric_of_the_configuration_has_its_measure_in_the_same_order():
    assert {task: list(names) for task, names in MEASURES.items()} == {task: list(m) for task, m in METRICS.items()}


@pytest.mark.parametrize(("task", "name"), [(task, name) for task in MEASURES for name in MEASURES[task]])
def test_no_rows_give_no_value(task, name):
    predictions = np.zeros((0, 3) if task == "multiclass" else 0)
    assert math.isnan(measure(task, name, np.zeros(0), predictions))


@pytest.mark.parametrize(
    ("name", "labels", "scores", "expected"),
    [
        ("auc", [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], 1),
        ("auc", [1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9], 0),
        ("auc", [0, 1], [0.5, 0.5], 0.5),
        ("auc", [1, 1], [0.1, 0.9], math.nan),
        ("auc", [0], [0.1], math.nan),
        ("average_precision", [0, 0], [0.1, 0.9], math.nan),
        ("average_precision", [1, 1], [0.1, 0.9], 1),
        ("average_precision", [0, 1, 1, 0], [0.9, 0.8, 0.7, 0.1], (1 / 2 + 2 / 3) / 2),
        ("accuracy", [0, 1, 1, 0], [0.5, 0.5, 0.51, 0.49], 0.75),
        ("accuracy", [1], [1], 1),
        ("precision", [1, 0], [0.5, 0.2], math.nan),
        ("precision", [1, 0, 0], [0.9, 0.9, 0.9], 1 / 3),
        ("recall", [0, 0], [0.9, 0.1], math.nan),
        ("recall", [1, 1, 1, 0], [0.9, 0.1, 0.6, 0.9], 2 / 3),
        ("log_loss", [1, 0], [0.5, 0.5], math.log(2)),
        ("log_loss", [1, 0], [1, 0], 0),
        ("log_loss", [0], [1], -math.log(1e-7)),
        ("calibration_error", [1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], 0),
        ("calibration_error", [1, 1], [0.25, 0.75], 0.5),
        ("calibration_error", [0, 0], [1, 1], 1),
        ("calibration_error", [1, 0], [1, 0], 0),
    ],
)
def test_binary_measure_by_hand(name, labels, scores, expected):
    assert same(value("binary", name, labels, scores), expected)


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("accuracy", [0, 1], 0.5),
        ("log_loss", [0, 1], -(math.log(0.4) + math.log(0.2)) / 2),
        ("log_loss", [3, -1], -math.log(1e-7)),
        ("accuracy", [3, -1], 0),
        ("top_3_accuracy", [1, 2], 1),
        ("top_3_accuracy", [3, 2], 0.5),
        ("macro_f1", [0, 1], (2 / 3 + 0) / 2),
        ("macro_f1", [0, 0], 1),
    ],
)
def test_multiclass_measure_by_hand_and_with_labels_of_no_class(name, labels, expected):
    scores = np.array([[0.4, 0.3, 0.3], [0.5, 0.2, 0.3]])
    assert same(measure("multiclass", name, np.array(labels), scores), expected)


@pytest.mark.parametrize(
    ("name", "labels", "predictions", "expected"),
    [
        ("mae", [1, 2], [2, 0], 1.5),
        ("rmse", [1, 2], [2, 0], math.sqrt(2.5)),
        ("r2", [1, 2, 3], [1, 2, 3], 1),
        ("r2", [1, 3], [2, 2], 0),
        ("r2", [2, 2], [1, 3], math.nan),
        ("r2", [5], [5], math.nan),
        ("mape", [0, 2], [1, 1], 50),
        ("mape", [0, 0], [1, 1], math.nan),
        ("mape", [-4], [-2], 50),
    ],
)
def test_regression_measure_by_hand(name, labels, predictions, expected):
    assert same(value("regression", name, labels, predictions), expected)


@pytest.mark.parametrize(("task", "name"), [(task, name) for task in MEASURES for name in MEASURES[task]])
def test_score_that_is_no_number_gives_no_value(task, name):
    labels, predictions = (array[:20].copy() for array in rows_of(task))
    predictions[3] = np.nan
    assert math.isnan(measure(task, name, labels, predictions))


@pytest.mark.parametrize(("task", "name"), REFERENCES)
def test_values_with_a_bucket_left_out_are_those_of_the_rows_that_are_left(task, name):
    labels, predictions = rows_of(task)
    found = values(task, name, Scored(labels, predictions, buckets=20))
    left = [np.arange(ROWS) % 20 != bucket for bucket in range(20)]
    expected = [measure(task, name, labels[rows], predictions[rows]) for rows in (np.ones(ROWS, bool), *left)]
    assert found == pytest.approx(expected)


def test_area_of_many_rows_and_classes_has_the_interval_of_a_part_of_them(monkeypatch):
    draw = np.random.default_rng(5)
    labels = draw.integers(0, 4, 8000)
    scores = draw.normal(size=(8000, 4)) + 0.8 * np.eye(4)[labels]
    predictions = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    whole = values("multiclass", "auc", Scored(labels, predictions, buckets=20))
    monkeypatch.setattr("modules.metrics.measures._RANKED_CELLS", 4 * 2000)
    found = values("multiclass", "auc", Scored(labels, predictions, buckets=20))
    assert found[0] == whole[0] == pytest.approx(metrics.roc_auc_score(labels, predictions, multi_class="ovr"))
    # A width from 20 buckets varies by a sixth.
    assert interval_half_width(found) == pytest.approx(interval_half_width(whole), rel=0.5)
    few = values("multiclass", "auc", Scored(labels[:2000], predictions[:2000], buckets=20))
    assert interval_half_width(found) == pytest.approx(interval_half_width(few) / 2)
    assert len(values("multiclass", "auc", Scored(labels, predictions))) == 1


@pytest.mark.parametrize(("task", "name"), [("cluster", "auc"), ("binary", "rmse")])
def test_unknown_task_or_metric_is_a_key_error(task, name):
    with pytest.raises(KeyError):
        measure(task, name, np.ones(1), np.ones(1))


@pytest.mark.slow
@given(
    arrays.arrays(float, 12, elements=st.sampled_from([0.0, 1.0])),
    arrays.arrays(float, 12, elements=st.floats(0, 1)),
    st.sampled_from(sorted(MEASURES["binary"])),
)
def test_measure_of_any_rows_is_in_its_range_whatever_their_order(labels, scores, name):
    found = value("binary", name, labels, scores)
    assert same(value("binary", name, labels[::-1], scores[::-1]), found)
    assert math.isnan(found) or 0 <= found <= (17 if name == "log_loss" else 1 + 1e-12)
