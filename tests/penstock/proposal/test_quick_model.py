"""A quick model is better than a constant if the features predict the label, for few rows and for many."""

import numpy as np
import pytest

from penstock.proposal import quick_model
from penstock.proposal.quick_model import QuickScores, quick_scores
from penstock.proposal.scores import Target

TASKS = {"binary": "auc", "multiclass": "macro_f1", "regression": "rmse"}


def reached(task, rows, metric="", noise=0.3, scale=1.0):
    draw = np.random.default_rng(3)
    x, other = draw.normal(size=rows), draw.integers(0, 4, rows).astype(float)
    amount = x + (other == 2) + noise * draw.normal(size=rows)
    values = {"binary": amount > 0, "multiclass": np.digitize(amount, [-0.5, 0.8]), "regression": amount * scale}[task]
    gaps = np.where(draw.random(rows) < 0.1, np.nan, x)
    known = np.ones(rows, bool)
    aim = Target(task, values if task == "regression" else values.astype(np.int64), known)
    return quick_scores([(gaps, False), (other, True)], aim, metric or TASKS[task])


@pytest.mark.parametrize("rows", [30, 200, 700])
@pytest.mark.parametrize("task", TASKS)
def test_what_can_be_learned_is_learned(task, rows):
    found = reached(task, rows)
    assert found.rows == rows // 3
    assert (found.quick < found.constant) if task == "regression" else (found.quick > found.constant)
    assert found == reached(task, rows)


def test_the_constants_are_those_of_the_metrics():
    assert reached("binary", 300).constant == 0.5
    assert reached("multiclass", 300, "accuracy").constant == pytest.approx(0.4, abs=0.2)


def test_huge_amounts_are_measured():
    found = reached("regression", 300, scale=1e17)
    assert found.quick < found.constant < 1e19


@pytest.mark.parametrize(("metric", "task"), [("rmse", "regression"), ("accuracy", "binary")])
def test_sampling_error_is_that_of_the_theory_and_falls_with_the_rows(metric, task):
    draw = np.random.default_rng(3)
    widths = []
    for rows in (800, 80_000):
        noise = draw.normal(size=rows)
        known = noise if task == "regression" else (noise > 0.8).astype(np.int64)
        guess = np.zeros(rows) if task == "regression" else np.zeros(rows, np.int64)
        widths.append(quick_model._sampling_error(known, guess, metric))
    # Of a root mean square s / sqrt(2 n); of a share p: sqrt(p (1 - p) / n).
    assert widths[0] == pytest.approx(
        2.09 * (1 / np.sqrt(1600) if task == "regression" else np.sqrt(0.167 / 800)), rel=0.5
    )
    assert widths[1] == pytest.approx(widths[0] / 10, rel=0.7)
    assert quick_model._sampling_error(np.arange(30.0), np.zeros(30), "rmse") == 0.0


@pytest.mark.filterwarnings("error")
def test_numbers_near_the_limits_of_doubles_are_measured():
    column = np.where(np.arange(30) % 5 == 0, 1e208, np.where(np.arange(30) % 3 == 0, 3e47, 0.0))
    label = np.where(np.arange(30) % 7 == 0, 1.7e147, np.arange(30.0))
    found = quick_scores([(column, False)], Target("regression", label, np.ones(30, bool)), "rmse")
    assert np.isfinite([found.quick, found.constant]).all()


def test_rows_of_one_label_give_no_scores():
    one = Target("binary", np.zeros(30, np.int64), np.ones(30, bool))
    assert quick_scores([(np.arange(30.0), False)], one, "auc") is None
    alike = Target("regression", np.full(30, 7.0), np.ones(30, bool))
    assert quick_scores([(np.arange(30.0), False)], alike, "rmse") is None


@pytest.mark.parametrize(("rows", "columns"), [(4, [(np.arange(4.0), False)]), (40, [])])
def test_where_nothing_can_be_learned_the_constant_is_known(rows, columns):
    amounts = Target("regression", np.arange(float(rows)), np.ones(rows, bool))
    assert quick_scores(columns, amounts, "rmse") == QuickScores(pytest.approx(np.arange(rows).std()), None, rows)
    classes = Target("binary", np.arange(rows) % 2, np.ones(rows, bool))
    assert quick_scores(columns, classes, "auc") == QuickScores(0.5, None, rows)
