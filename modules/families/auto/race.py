"""Racing: contenders are compared on one cheap fit each, and only the best of them are fitted on every fold.

Method: successive halving (Jamieson, Talwalkar: Non-stochastic Best Arm Identification and Hyperparameter Optimization,
AISTATS 2016), with the folds as the resource, and a part of the training rows in place of the first fold where there
is only one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from modules.families.auto.candidate import Candidate, Folds, train
from modules.families.deadline import Deadline
from modules.families.problem import Problem

# The share of the time of a fold for fitting; the rest is for predicting. A contender that is estimated to be late by
# less than LATE_TOLERANCE of its time continues, because its later folds get less time each.
FITTING_SHARE, LATE_TOLERANCE = 0.85, 0.1
# A contender is given up when the mean loss of its first folds is this many times that of the best candidate.
PRUNING_RATIO = 1.05
# The training rows of the first comparison, where there is one split of more than twice as many.
FIRST_ROWS = 20_000


@dataclass
class Contender:
    """A family with settings, and the models of the folds that are fitted already.

    Attributes:
        family: The family.
        settings: The settings that differ from the configuration.
        first_loss: The loss of the first comparison; infinite before it.
        first_seconds: What that fit took.
        models: The fitted model of each fold.
        losses: The loss of each fold.
        scores: The predictions of the held-out rows of each fold.
        seconds: The processor time to fit all of them.
    """

    family: str
    settings: dict[str, Any]
    first_loss: float = np.inf
    first_seconds: float = 0.0
    models: list[Any] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    scores: list[np.ndarray] = field(default_factory=list)
    seconds: float = 0.0

    def start(self, folds: Folds, settings: Mapping[str, Any], deadline: Deadline) -> None:
        """Fit the first fold, or a part of the rows of the only split, until the deadline."""
        part = first_part(folds, settings["seed"])
        if part is None:
            self._fit(folds, settings, deadline)
            self.first_loss, self.first_seconds = self.losses[0], self.seconds
            return
        began = deadline.now()
        model = train(self.family, part, {**settings, **self.settings}, _fitting(deadline, 1))
        self.first_loss = folds.loss(model.predict(part.validation[0]))
        self.first_seconds = deadline.since(began)

    def complete(
        self,
        folds: Folds,
        settings: Mapping[str, Any],
        deadline: Deadline,
        best: Sequence[float] = (),
        *,
        is_required: bool = False,
    ) -> Candidate | None:
        """Return the candidate, fitted on all folds; None if it would be late, or is much worse than the best.

        Args:
            folds: The splits to fit and to predict.
            settings: The settings of the configuration.
            deadline: The latest time to end.
            best: The losses by fold of the current best candidate, or none.
            is_required: Whether it is fitted even if it is late.
        """
        latest = deadline.at + LATE_TOLERANCE * (deadline.at - deadline.now())
        if not self.is_fitted(folds) and self._is_behind(best):
            return None
        while not self.is_fitted(folds):
            left = len(folds.problems) - len(self.models)
            needed = self.seconds / len(self.models) * left if self.models else 0.0
            if not is_required and (deadline.left() <= 0 or deadline.now() + needed > latest):
                return None
            self._fit(folds, settings, deadline)
            if self._is_behind(best):
                return None
        return self.candidate(folds)

    def _is_behind(self, best: Sequence[float]) -> bool:
        """Say whether the folds that are fitted have more loss than those of the best candidate, beyond a ratio."""
        if not self.losses or not len(best):
            return False
        return bool(np.mean(self.losses) > PRUNING_RATIO * np.mean(best[: len(self.losses)]))

    def is_fitted(self, folds: Folds) -> bool:
        """Say whether it is fitted on all folds."""
        return len(self.models) >= len(folds.problems)

    def candidate(self, folds: Folds) -> Candidate:
        """Return the candidate of all folds, each of which is fitted."""
        scores = np.zeros((len(folds.labels), self.scores[0].shape[1]))
        for places, part in zip(folds.places, self.scores, strict=False):
            scores[places] = part
        count = len(folds.problems)
        share = count / len(self.models)
        models, losses = self.models[:count], self.losses[:count]
        return Candidate(self.family, self.settings, models, scores, folds.loss(scores), losses, self.seconds * share)

    def _fit(self, folds: Folds, settings: Mapping[str, Any], deadline: Deadline) -> None:
        number, began = len(self.models), deadline.now()
        problem = folds.problems[number]
        until = _fitting(deadline, len(folds.problems) - number if number else 1)
        model = train(self.family, problem, {**settings, **self.settings}, until)
        predicted = model.predict(problem.validation[0])
        self.models.append(model)
        self.scores.append(predicted)
        self.losses.append(folds.loss_of_fold(predicted, number))
        self.seconds += deadline.since(began)


def first_part(folds: Folds, seed: int) -> Problem | None:
    """Return the problem of the first comparison where it is not the first fold: a part of many training rows."""
    [problem, *others] = folds.problems
    rows = len(problem.train[1])
    if others or rows < 2 * FIRST_ROWS:
        return None
    chosen = np.sort(np.random.default_rng(seed).choice(rows, FIRST_ROWS, replace=False))
    columns, labels = problem.train
    return replace(problem, train=({name: values[chosen] for name, values in columns.items()}, labels[chosen]))


def _fitting(deadline: Deadline, folds: int) -> Deadline:
    """Return the deadline of the next fit, if so many folds are left."""
    now = deadline.now()
    return deadline.moved(now + FITTING_SHARE * (deadline.at - now) / folds)
