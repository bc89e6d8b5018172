"""A quick model is better than a constant if the features predict the label, for few rows and for many."""

import numpy as np
import pytest

from penstock.core.loss_values import best_constant
from penstock.core.losses import Loss
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
        widths.append(quick_model._sampling_error(known, guess, quick_model._Measure(metric, task, Loss())))
    # Of a root mean square s / sqrt(2 n); of a share p: sqrt(p (1 - p) / n).
    assert widths[0] == pytest.approx(
        2.09 * (1 / np.sqrt(1600) if task == "regression" else np.sqrt(0.167 / 800)), rel=0.5
    )
    assert widths[1] == pytest.approx(widths[0] / 10, rel=0.7)
    assert quick_model._sampling_error(np.arange(30.0), np.zeros(30), quick_model._Measure("rmse", task, Loss())) == 0.0


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


LOSSES = {
    "quantile": ("pinball", Loss("quantile", 0.9)),
    "poisson": ("poisson_deviance", Loss("poisson")),
    "tweedie": ("tweedie_deviance", Loss("tweedie", 1.5)),
    "gamma": ("tweedie_deviance", Loss("tweedie", 2.0)),
    "huber": ("huber", Loss("huber", 0.5)),
}


@pytest.mark.parametrize("rows", [120, 1500])
@pytest.mark.parametrize("name", LOSSES)
def test_quick_model_and_constant_of_a_loss_are_measured_by_it(name, rows):
    from sklearn import metrics

    metric, loss = LOSSES[name]
    draw = np.random.default_rng(4)
    x = draw.normal(size=rows)
    mean = np.exp(1 + x)
    values = draw.poisson(mean).astype(float) if name in ("poisson", "tweedie") else draw.gamma(2.0, mean / 2)
    weights = draw.uniform(0.5, 2, rows)
    aim = Target("regression", values, np.ones(rows, bool))
    found = quick_scores([(x, False)], aim, metric, weights, loss)
    assert found.quick < 0.95 * found.constant
    assert 0 < found.error < found.constant
    # The constant is that of two thirds of the rows, measured on the others.
    whole = best_constant(loss, values, weights)
    expected = {
        "quantile": lambda: metrics.mean_pinball_loss(values, np.full(rows, whole), alpha=0.9, sample_weight=weights),
        "poisson": lambda: metrics.mean_poisson_deviance(values, np.full(rows, whole), sample_weight=weights),
        "tweedie": lambda: metrics.mean_tweedie_deviance(
            values, np.full(rows, whole), power=1.5, sample_weight=weights
        ),
        "gamma": lambda: metrics.mean_gamma_deviance(values, np.full(rows, whole), sample_weight=weights),
        "huber": lambda: np.average(
            [0.5 * r * r if abs(r) <= 0.5 else 0.5 * (abs(r) - 0.25) for r in values - whole], weights=weights
        ),
    }[name]()
    assert found.constant == pytest.approx(expected, rel=0.35)
    known = quick_model._value(values, np.full(rows, whole), quick_model._Measure(metric, "regression", loss), weights)
    assert known == pytest.approx(expected, rel=1e-9)


def test_quadratic_kappa_is_that_of_scikit_learn_and_zero_for_a_constant():
    from sklearn.metrics import cohen_kappa_score

    draw = np.random.default_rng(5)
    known, weights = draw.integers(0, 4, 500), draw.uniform(0.5, 2, 500)
    guess = np.clip(known + draw.integers(-1, 2, 500), 0, 3)
    measure = quick_model._Measure("quadratic_kappa", "multiclass", Loss())
    expected = cohen_kappa_score(known, guess, weights="quadratic", sample_weight=weights)
    assert quick_model._value(known, guess, measure, weights) == pytest.approx(expected, rel=1e-9)
    assert quick_model._value(known, np.full(500, 2), measure) == pytest.approx(0, abs=1e-12)
    assert quick_model._value(np.full(9, 2), np.full(9, 2), measure) == 0
