"""Whether models that take more time per row are worth it.

More models, and trees that are fitted several times, take more time and are hardly ever worse, so that they would use
all that the limit of the cost allows. If no limit is configured, models that take at most the first of MODEST_SHARES of
the default one are exported in their place, unless the better ones have less loss on the held-out rows by more than the
standard error of the difference, or by more than MOST_LOST of it: of a few hundred rows the standard error may be 5 %
of the loss. Then models of the next share are, with the same condition.

Method: the one standard error rule: Breiman, Friedman, Olshen, Stone: Classification and Regression Trees, 1984; here
with the error of the paired difference.
"""

from dataclasses import replace

import numpy as np

from modules.families.auto.candidate import Folds
from modules.families.cost import Cost
from modules.families.problem import losses_of

MODEST_SHARES = (1 / 6, 1 / 4, 1 / 3, 1 / 2)
# Microseconds that are worth saving: parsing and transforming a row of some columns takes about as long.
LEAST_SAVED = 5.0
_ERRORS = 1.0
# The greatest share of the loss that is given for less time per row.
MOST_LOST = 0.02


def modest_limits(default: Cost) -> list[Cost]:
    """Return the default limit with shares of its time per row, the least first."""
    return [replace(default, microseconds=share * default.microseconds) for share in MODEST_SHARES]


def is_better(folds: Folds, scores: np.ndarray, others: np.ndarray) -> bool:
    """Say whether predictions have less loss than others by more than the standard error, or than MOST_LOST of it.

    Args:
        folds: The held-out rows.
        scores: Predictions of them, [rows, units].
        others: Other predictions of them.
    """
    problem, weights = folds.problems[0], folds.weights
    ours, theirs = (losses_of(problem.task, folds.labels, each, problem.loss) for each in (scores, others))
    shares = np.full(len(ours), 1 / len(ours)) if weights is None else weights / weights.sum()
    gains = theirs - ours
    mean = float(shares @ gains)
    error = float(np.sqrt(shares**2 @ (gains - mean) ** 2))
    loss, theirs_loss = folds.loss(scores), folds.loss(others)
    return mean > _ERRORS * error or theirs_loss - loss > MOST_LOST * abs(loss)
