"""A candidate fitted once more, to all rows, with the rounds, penalty or epochs that its folds showed to be best.

One model takes the place of one per fold: about as good, because it learns from more rows, and cheaper to serve.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from modules.families.auto.candidate import CONSTANT, Candidate, train
from modules.families.deadline import Deadline
from modules.families.problem import Problem, joined

# The rows are more than those of a fold by a quarter. On nine tables the time of a round of trees was 0.7 to 1.24 times
# that of a fold, whose validation rows are predicted after each round.
MORE_ROWS = 1.25


class Timed(Protocol):
    """The part of a candidate, or of a contender of the race, that its estimated times follow from."""

    @property
    def models(self) -> Sequence[Any]:
        """The fitted model of each fold."""

    @property
    def seconds(self) -> float:
        """The processor time to fit all of them."""


def refit_seconds(timed: Timed) -> float:
    """Return the estimated seconds to fit a candidate to all rows and to export it."""
    kept = statistics.fmean(getattr(model, "kept_share", 1.0) for model in timed.models)
    return MORE_ROWS * timed.seconds / len(timed.models) * kept + export_seconds(timed) / len(timed.models)


def export_seconds(timed: Timed) -> float:
    """Return the estimated seconds to export the models of all folds."""
    return float(sum(model.export_seconds for model in timed.models))


def refit(candidate: Candidate, problem: Problem, settings: Mapping[str, Any], share: float = 1.0) -> Any:
    """Return a candidate's model of all rows.

    Args:
        candidate: The candidate, with the models of its folds.
        problem: Columns, task and rows.
        settings: The settings of the configuration.
        share: The share of the rounds that trees have.
    """
    own = {**settings, **candidate.settings}
    if candidate.family == "linear":
        from modules.families import linear

        return linear.retrain(problem, own, statistics.median_low([model.strength for model in candidate.models]))
    if candidate.family == "trees":
        from modules.families.trees import training

        rounds = round(share * statistics.mean(model.rounds for model in candidate.models))
        return training.retrain(problem, own, max(rounds, 1))
    both = replace(problem, train=joined(problem.train, problem.validation, problem.columns))
    if candidate.family == CONSTANT:
        return train(CONSTANT, both, own, Deadline())
    return train("neural", both, {**own, **_epochs(candidate)}, Deadline())


def _epochs(candidate: Candidate) -> dict[str, int]:
    """Return the epochs of the network's schedule, and after how many of them the folds were best."""
    best, planned = [], []
    for model in candidate.models:
        losses = [curve["val_loss"] for curve in model.curves]
        best.append(losses.index(min(losses)) + 1)
        planned.append(model.epochs)
    return {"epochs": round(statistics.mean(planned)), "stop_after": round(statistics.mean(best))}
