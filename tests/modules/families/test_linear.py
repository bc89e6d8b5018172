"""The family `linear`: scikit-learn's models on the transformed columns."""

import numpy as np
import pytest

from modules.families import linear
from modules.families.deadline import Deadline
from modules.families.problem import Columns, Problem, loss_of
from tests.modules.families.problems import COLUMNS, SETTINGS, labels_of, problem_of, rows_of

pytestmark = pytest.mark.slow

TASKS = ("binary", "multiclass", "regression")


@pytest.mark.parametrize("size", [np.float16, np.float32])
def test_columns_stand_side_by_side_and_categories_have_an_indicator_per_index(size):
    columns = Columns(["a_xf"], ["a_xf_missing"], {"k_xf": 3, "m_xf": 2}, {"v_xf": 2})
    rows = {
        "a_xf": np.array([0.5, -1], np.float32),
        "a_xf_missing": np.array([0, 1], np.float32),
        "k_xf": np.array([2, 0]),
        "m_xf": np.array([1, 1]),
        "v_xf": np.array([[3, 4], [0, 6]], size),
    }
    found = linear.design(columns, rows).toarray()
    assert found.tolist() == [[0.5, 0, 3, 4, 0, 0, 1, 0, 1], [-1, 1, 0, 6, 1, 0, 0, 0, 1]]


@pytest.mark.parametrize("class_weights", [None, "balanced"])
@pytest.mark.parametrize("task", TASKS)
def test_predictions_are_those_of_scikit_learn(task, class_weights):
    problem = problem_of(task)
    trained = linear.train(problem, {**SETTINGS, "class_weights": class_weights})
    model = linear.estimator(task, trained.strength)
    rows, labels = problem.train
    weights = linear.weights_of(problem.train, task, class_weights)
    model.fit(linear.design(COLUMNS, rows), labels, sample_weight=weights)
    other = linear.design(COLUMNS, rows_of(100, seed=9, unseen=True))
    expected = model.predict(other)[:, None] if task == "regression" else model.predict_proba(other)
    expected = expected[:, 1:] if task == "binary" else expected
    np.testing.assert_allclose(trained.predict(rows_of(100, seed=9, unseen=True)), expected, rtol=1e-9)


@pytest.mark.parametrize("task", TASKS)
def test_rule_is_learnt_with_the_strength_that_does_best_on_validation_rows(task):
    problem = problem_of(task, 2000)
    trained = linear.train(problem, SETTINGS)
    assert trained.strength in linear.STRENGTHS
    rows, labels = problem.validation
    known = problem.train[1]
    constant = [np.mean(known == number) for number in range(3)] if task == "multiclass" else [known.mean()]
    found = loss_of(task, labels, trained.predict(rows))
    assert found < 0.8 * loss_of(task, labels, np.tile(constant, (len(labels), 1)))


@pytest.mark.parametrize(
    ("task", "classes", "labels", "expected"),
    [
        ("binary", 0, [1, 1, 1], [1]),
        ("binary", 0, [0, 0, 0], [0]),
        ("multiclass", 4, [2, 2, 2], [0, 0, 1, 0]),
        ("regression", 0, [7.5, 7.5, 7.5], [7.5]),
    ],
)
def test_label_of_one_value_is_predicted_everywhere(task, classes, labels, expected):
    rows = rows_of(3)
    part = rows, np.array(labels, np.float32)
    trained = linear.train(Problem(COLUMNS, task, classes, part, part), SETTINGS)
    np.testing.assert_allclose(trained.predict(rows), [expected] * 3, atol=1e-9)


def test_class_that_training_does_not_have_is_never_predicted():
    rows = rows_of(200)
    labels = np.where(labels_of(rows, "binary") > 0, 3, 1)
    part = rows, labels
    scores = linear.train(Problem(COLUMNS, "multiclass", 4, part, part), SETTINGS).predict(rows)
    assert scores[:, [0, 2]].max() == 0
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    assert np.mean(scores.argmax(axis=1) == labels) > 0.8


def test_large_table_is_fitted_on_a_part_drawn_by_the_seed(monkeypatch):
    monkeypatch.setattr(linear, "MAX_ROWS", 150)
    monkeypatch.setattr(linear, "STRENGTH_ROWS", 100)
    problem = problem_of("binary")
    rows = rows_of(20, seed=5)
    first, again, other = (linear.train(problem, {**SETTINGS, "seed": seed}).predict(rows) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_past_the_deadline_one_strength_is_fitted_and_no_further_rows(monkeypatch):
    problem = problem_of("binary")
    assert linear.train(problem, SETTINGS).strength != linear.STRENGTHS[0]
    assert linear.train(problem, SETTINGS, deadline=Deadline.after(0)).strength == linear.STRENGTHS[0]
    monkeypatch.setattr(linear, "STRENGTH_ROWS", 100)
    assert linear.train(problem, SETTINGS).rows == 400
    assert linear.train(problem, SETTINGS, deadline=Deadline.after(0)).rows == 100


@pytest.mark.parametrize(("large", "rows"), [(0, 60), (10**9, 400)])
def test_large_table_is_fitted_on_few_rows_where_there_is_no_time_for_more(monkeypatch, large, rows):
    monkeypatch.setattr(linear, "PROBED_ROWS", 60)
    monkeypatch.setattr(linear, "LARGE", large)
    assert linear.train(problem_of("multiclass"), SETTINGS).rows == 400
    assert linear.train(problem_of("multiclass"), SETTINGS, deadline=Deadline.after(0)).rows == rows
