"""A candidate of `auto`: settings of a family, fitted on each fold and scored on the held-out rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from modules.families.deadline import Deadline, network_saving_seconds
from modules.families.problem import Problem, Rows, loss_of, row_weights

FOLDS, MAX_FOLD_ROWS, MIN_FOLD_ROWS = 5, 20_000, 20
# A candidate is pruned when the mean loss of its first folds is this many times that of the best candidate.
PRUNING_RATIO = 1.05
# The share of the time of a fold for fitting; the rest is for predicting. A candidate that is estimated to be late by
# less than LATE_TOLERANCE of its time continues, because its later folds get less time each.
FITTING_SHARE, LATE_TOLERANCE = 0.85, 0.1
PREDICTED_ROWS = 16_384


@dataclass(frozen=True)
class Folds:
    """The splits of a cross-validation, and the positions of the held-out rows.

    Attributes:
        problems: A problem per fold.
        places: The positions of the held-out rows of each fold in `labels`.
        labels: The labels of all held-out rows.
        weights: A weight per held-out row, or None.
    """

    problems: list[Problem]
    places: list[np.ndarray]
    labels: np.ndarray
    weights: np.ndarray | None

    def loss(self, scores: np.ndarray, fold: int | None = None) -> float:
        """Return the loss of predictions of all held-out rows, or of the rows of one fold."""
        rows = slice(None) if fold is None else self.places[fold]
        weights = None if self.weights is None else self.weights[rows]
        return loss_of(self.problems[0].task, self.labels[rows], scores[rows], weights)

    def first(self, count: int) -> tuple["Folds", np.ndarray]:
        """Return the first folds, and the positions of their held-out rows among all of them."""
        rows = np.sort(np.concatenate(self.places[:count]))
        places = [np.asarray(np.searchsorted(rows, positions)) for positions in self.places[:count]]
        weights = None if self.weights is None else self.weights[rows]
        return Folds(self.problems[:count], places, self.labels[rows], weights), rows


@dataclass(frozen=True)
class Candidate:
    """Models of one family and settings, one per fold.

    Attributes:
        family: The family.
        settings: The settings that differ from the configuration.
        models: The fitted model of each fold, before it is exported.
        scores: Predictions of the held-out rows, [rows, units].
        loss: The loss of these predictions.
        losses: The loss of each fold.
        seconds: The time to fit.
        latency: The time to predict a row, in seconds, in large batches.
    """

    family: str
    settings: dict[str, Any]
    models: list[Any]
    scores: np.ndarray
    loss: float
    losses: list[float]
    seconds: float
    latency: float

    @property
    def cut(self) -> str:
        """What the models lack because of the deadline, in words; empty if nothing."""
        cut = [model.cut for model in self.models if model.cut]
        folds = f" in {len(cut)} of {len(self.models)} folds" if len(self.models) > 1 else ""
        return f"{cut[0]}{folds}" if cut else ""

    def export_seconds(self, folds: int) -> float:
        """Return the estimated seconds to export the models of the first folds."""
        return float(sum(model.export_seconds for model in self.models[:folds]))


@dataclass(frozen=True)
class Network:
    """A fitted network with the interface of the other families."""

    model: Any
    export_seconds: float
    curves: list[dict[str, float]] = field(default_factory=list)
    cut: str = ""

    def predict(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return predictions [rows, units]."""
        import tensorflow as tf

        count = len(next(iter(rows.values())))
        parts = []
        for start in range(0, count, PREDICTED_ROWS):
            part = {name: tf.constant(values[start : start + PREDICTED_ROWS]) for name, values in rows.items()}
            parts.append(np.asarray(self.model(part)))
        return np.concatenate(parts)

    def export(self) -> Any:
        """Return the network itself, which is a TensorFlow model."""
        return self.model


def folds_of(problem: Problem, settings: Mapping[str, Any]) -> Folds:
    """Return the folds of a small table, over all its rows; for a large one the split into training and validation."""
    count = len(problem.train[1]) + len(problem.validation[1])
    if not MIN_FOLD_ROWS <= count <= MAX_FOLD_ROWS:
        return single_split(problem, settings)
    parts = (problem.train, problem.validation)
    columns = {name: np.concatenate([part[0][name] for part in parts]) for name in problem.columns.names}
    labels = np.concatenate([part[1] for part in parts])
    places = _places(labels, problem.task != "regression", settings["seed"])
    problems = []
    for held_out in places:
        rest = np.setdiff1d(np.arange(count), held_out, assume_unique=True)
        train, validation = (_subset(columns, labels, rows) for rows in (rest, held_out))
        problems.append(replace(problem, train=train, validation=validation))
    return Folds(problems, places, labels, row_weights(labels, problem.task, settings.get("class_weights")))


def single_split(problem: Problem, settings: Mapping[str, Any]) -> Folds:
    """Return the training and validation rows as the only fold."""
    labels = problem.validation[1]
    weights = row_weights(labels, problem.task, settings.get("class_weights"))
    return Folds([problem], [np.arange(len(labels))], labels, weights)


def _places(labels: np.ndarray, classes: bool, seed: int) -> list[np.ndarray]:
    """Return the positions of the rows of each fold, stratified by class."""
    order = np.random.default_rng(seed).permutation(len(labels))
    if classes:
        order = order[np.argsort(labels[order], kind="stable")]
    return [np.sort(order[fold::FOLDS]) for fold in range(FOLDS)]


def _subset(columns: Mapping[str, np.ndarray], labels: np.ndarray, places: np.ndarray) -> Rows:
    return {name: values[places] for name, values in columns.items()}, labels[places]


def fit_candidate(
    family: str,
    folds: Folds,
    settings: Mapping[str, Any],
    own: dict[str, Any],
    limits: tuple[Deadline, Sequence[float]],
) -> Candidate | None:
    """Return a candidate; None if its first folds show that it would be late, or is much worse than the best.

    Args:
        family: The family.
        folds: The splits to fit and to predict.
        settings: The settings of the configuration.
        own: The settings that differ from it.
        limits: The deadline, and the losses by fold of the current best candidate, or none.
    """
    deadline, best = limits
    started, models, losses, predicting = deadline.now(), [], [], 0.0
    scores: np.ndarray | None = None
    for number, (problem, places) in enumerate(zip(folds.problems, folds.places, strict=True)):
        left = len(folds.problems) - number
        now = deadline.now()
        if number and now + (now - started) / number * left > deadline.at + LATE_TOLERANCE * (deadline.at - started):
            return None
        until = deadline.moved(now + FITTING_SHARE * (deadline.at - now) / left)
        models.append(_train(family, problem, {**settings, **own}, until))
        before = deadline.now()
        predicted = models[-1].predict(problem.validation[0])
        predicting += deadline.since(before)
        if scores is None:
            scores = np.zeros((len(folds.labels), predicted.shape[1]))
        scores[places] = predicted
        losses.append(folds.loss(scores, number))
        if best and np.mean(losses) > PRUNING_RATIO * np.mean(best[: number + 1]):
            return None
    assert scores is not None  # noqa: S101  for the type checker; there is at least one fold
    seconds = deadline.since(started)
    latency = predicting / len(folds.labels) * len(models)
    return Candidate(family, own, models, scores, folds.loss(scores), losses, seconds, latency)


def _train(family: str, problem: Problem, settings: dict[str, Any], deadline: Deadline) -> Any:
    if family == "linear":
        from modules.families import linear

        return linear.train(problem, settings, deadline)
    if family == "trees":
        from modules.families.trees import training

        return training.train(problem, settings, deadline)
    from modules.families.neural import network

    fitted = network.fit(problem, {**settings, "deadline": deadline})
    return Network(fitted.model, network_saving_seconds(problem.columns), fitted.curves, fitted.report["cut"])
