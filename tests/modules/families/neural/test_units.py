"""The unit of a network's label, its losses, and the head of ordinal classes."""

import numpy as np
import pytest

from penstock.core.losses import Loss

pytestmark = pytest.mark.slow  # Keras


@pytest.fixture(scope="module")
def units():
    from modules.families.neural import units

    return units


def problem_of(labels, loss, weights=None):
    from modules.families.problem import WEIGHT, Columns, Problem

    rows = {"a_xf": np.zeros(len(labels), np.float32), **({WEIGHT: weights} if weights is not None else {})}
    part = rows, np.asarray(labels, np.float32)
    return Problem(Columns(["a_xf"], [], {}), "regression", 0, part, part, loss=loss)


def test_unit_is_the_weighted_mean_and_deviation_or_the_mean_of_a_log_link(units):
    weights = np.array([1.0, 3.0])
    unit = units.unit_of(problem_of([0, 4], Loss("quantile", 0.5), weights))
    assert (unit.middle, unit.spread, unit.of_loss) == pytest.approx((3, 3**0.5, 3**0.5))
    of_counts = units.unit_of(problem_of([0, 4], Loss("poisson"), weights))
    assert (of_counts.middle, of_counts.spread, of_counts.is_log) == (0, 3, True)


@pytest.mark.parametrize("loss", [Loss("quantile", 0.8), Loss("huber", 1.5), Loss("poisson"), Loss("tweedie", 1.4)])
def test_differences_of_losses_are_those_of_the_definition(units, loss):
    from penstock.core.loss_values import row_losses

    labels, scores = np.array([[0.5], [2.0], [4.0]], np.float32), np.array([[0.2], [1.0], [-0.5]], np.float32)
    unit = units.Unit(is_log=loss.is_log_linked)
    given = units.loss_in(unit, problem_of(labels[:, 0], loss))
    found = [float(given(labels, each)) for each in (scores, scores + 0.3)]
    factor = 2 if loss.is_log_linked else 1
    predictions = [np.exp(each) if loss.is_log_linked else each for each in (scores, scores + 0.3)]
    expected = [row_losses(loss, labels[:, 0], each[:, 0]).mean() / factor for each in predictions]
    assert found[1] - found[0] == pytest.approx(expected[1] - expected[0], rel=1e-4)


def test_weights_of_rows_are_those_of_repeated_rows(units):
    from modules.families.neural import fitting

    labels, scores = np.array([0.5, 2.0, 4.0], np.float32), np.array([[0.2], [1.0], [-0.5]], np.float32)
    weights = np.array([1.0, 2.0, 3.0])
    loss = units.loss_in(units.Unit(), problem_of(labels, Loss("quantile", 0.8)))
    weighted = fitting.weighted_rows(loss, classes=False)(fitting.with_weights(labels, weights), scores)
    again = loss(np.repeat(labels, [1, 2, 3])[:, None], np.repeat(scores, [1, 2, 3], axis=0))
    assert float(weighted) == pytest.approx(float(again), rel=1e-5)


def test_head_of_ordinal_classes_has_falling_cumulative_shares(units):
    layer = units.CumulativeLogit(4)
    shares = np.asarray(layer(np.linspace(-5, 5, 11, dtype=np.float32)[:, None]))
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert (shares >= 0).all()
    above = 1 - np.cumsum(shares, axis=1)[:, :-1]
    assert (np.diff(above, axis=0) > 0).all()
    assert layer.get_config()["classes"] == 4
