"""Whether models that take more time per row are worth it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.families.auto.candidate import Folds
from modules.families.auto.modest import MODEST_SHARES, MOST_LOST, is_better, modest_limits
from modules.families.cost import limit_of
from modules.families.problem import Columns
from tests.modules.families.problems import problem_of

pytestmark = pytest.mark.slow

ROWS = 400


def folds_of(task, labels, weights=None):
    return Folds([problem_of(task, 4)], [np.arange(len(labels))], labels, weights)


def problem_rows(task, seed):
    """Return labels, good predictions, and the direction in which each one improves."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        labels = rng.normal(size=ROWS)
        scores = labels[:, None] + rng.normal(size=(ROWS, 1))
        return labels, scores, labels[:, None] - scores
    labels = rng.integers(0, 2 if task == "binary" else 3, ROWS).astype(np.float64)
    if task == "binary":
        scores = rng.uniform(0.2, 0.8, size=(ROWS, 1))
        return labels, scores, labels[:, None] - scores
    scores = rng.dirichlet(np.full(3, 5.0), ROWS)
    return labels, scores, np.eye(3)[labels.astype(int)] - scores


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@given(seed=st.integers(0, 100), share=st.floats(0.01, 0.9))
def test_predictions_that_are_better_in_every_row_are_better_and_never_the_other_way_round(task, seed, share):
    labels, scores, direction = problem_rows(task, seed)
    folds, nearer = folds_of(task, labels), scores + share * direction
    assert folds.loss(nearer) < folds.loss(scores)
    assert is_better(folds, nearer, scores)
    assert not is_better(folds, scores, nearer)
    assert not is_better(folds, scores, scores)


@given(st.integers(0, 100), st.floats(0.01, 100), st.floats(0.001, 0.05))
def test_gain_within_the_standard_error_of_the_paired_difference_is_none_unless_it_is_large(seed, scale, share):
    """SciPy has the same error, of the mean of one sample, but for the degree of freedom."""
    from scipy import stats

    rng = np.random.default_rng(seed)
    labels, first, change = (scale * rng.normal(size=ROWS) for _ in range(3))
    second = first + share * change
    gains = (second - labels) ** 2 - (first - labels) ** 2
    is_significant = stats.ttest_1samp(gains, 0.0).statistic > np.sqrt((ROWS - 1) / ROWS)
    losses = [np.sqrt(np.mean((scores - labels) ** 2)) for scores in (first, second)]
    is_large = losses[1] > (1 + MOST_LOST) * losses[0]
    found = is_better(folds_of("regression", labels), first[:, None], second[:, None])
    assert found == (is_significant or is_large)


@pytest.mark.parametrize(("errors", "expected"), [((2.0, 0.0), True), ((1.2, 0.9), False)])
def test_gain_of_more_than_a_share_of_the_loss_is_one_however_few_the_rows(errors, expected):
    """All errors are 1 but for two rows, so that the standard error is larger than the mean gain."""
    labels, scores = np.zeros(40), np.ones((40, 1))
    others = scores.copy()
    others[:2, 0] = errors
    gains = others[:, 0] ** 2 - scores[:, 0] ** 2
    assert 0 < gains.mean() < gains.std() / np.sqrt(40)
    assert is_better(folds_of("regression", labels), scores, others) == expected


def test_row_of_weight_zero_decides_nothing():
    labels, scores, direction = problem_rows("regression", 1)
    better = scores + 0.5 * direction
    better[:5] += 1000.0
    assert not is_better(folds_of("regression", labels), better, scores)
    weights = np.where(np.arange(ROWS) < 5, 0.0, 2.0)
    assert is_better(folds_of("regression", labels, weights), better, scores)


def test_limits_are_rising_shares_of_the_default_time_and_its_whole_size():
    default = limit_of(1000, Columns(["a"], [], {}))
    limits = modest_limits(default)
    assert [limit.microseconds / default.microseconds for limit in limits] == pytest.approx(sorted(MODEST_SHARES))
    assert {limit.megabytes for limit in limits} == {default.megabytes}
