"""A candidate of `auto`: settings of a family, fitted on each fold and scored on the held-out rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from modules.families import constant
from modules.families.cost import Cost, network_cost
from modules.families.deadline import Deadline, network_saving_seconds
from modules.families.problem import Columns, Problem, Rows, joined, weights_of

FOLDS, MAX_FOLD_ROWS, MIN_FOLD_ROWS = 5, 20_000, 20
# The best constant, which every other model has to exceed.
CONSTANT = "constant"
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

    def loss(self, scores: np.ndarray) -> float:
        """Return the loss of predictions of all held-out rows."""
        return self.problems[0].loss_of(self.labels, scores, self.weights)

    def loss_of_fold(self, scores: np.ndarray, fold: int) -> float:
        """Return the loss of the predictions of one fold's held-out rows alone."""
        rows = self.places[fold]
        weights = None if self.weights is None else self.weights[rows]
        return self.problems[0].loss_of(self.labels[rows], scores, weights)

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
        seconds: The processor time to fit.
    """

    family: str
    settings: dict[str, Any]
    models: list[Any]
    scores: np.ndarray
    loss: float
    losses: list[float]
    seconds: float

    @property
    def cut(self) -> str:
        """What the models lack because of the deadline, in words; empty if nothing."""
        cut = [model.cut for model in self.models if model.cut]
        folds = f" in {len(cut)} of {len(self.models)} folds" if len(self.models) > 1 else ""
        return f"{cut[0]}{folds}" if cut else ""

    def first(self, folds: Folds, rows: np.ndarray) -> "Candidate":
        """Return the candidate on its first folds only.

        Args:
            folds: The first folds.
            rows: The positions of their held-out rows among all of them.
        """
        count, scores = len(folds.problems), self.scores[rows]
        losses, share = self.losses[:count], count / len(self.models)
        return replace(
            self,
            models=self.models[:count],
            scores=scores,
            loss=folds.loss(scores),
            losses=losses,
            seconds=self.seconds * share,
        )


@dataclass(frozen=True)
class Network:
    """A fitted network with the interface of the other families."""

    model: Any
    columns: Columns
    export_seconds: float
    cost: Cost
    epochs: int = 0
    curves: list[dict[str, float]] = field(default_factory=list)
    cut: str = ""

    def predict(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return predictions [rows, units]."""
        import tensorflow as tf

        count = len(next(iter(rows.values())))
        parts = []
        for start in range(0, count, PREDICTED_ROWS):
            end = start + PREDICTED_ROWS
            part = {name: tf.constant(rows[name][start:end]) for name in self.columns.names}
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
    columns, labels = joined(problem.train, problem.validation, problem.columns)
    places = _places(labels, problem.task != "regression", settings["seed"])
    problems = []
    for held_out in places:
        rest = np.setdiff1d(np.arange(count), held_out, assume_unique=True)
        train, validation = (_subset(columns, labels, rows) for rows in (rest, held_out))
        problems.append(replace(problem, train=train, validation=validation))
    return Folds(problems, places, labels, weights_of((columns, labels), problem.task, settings.get("class_weights")))


def single_split(problem: Problem, settings: Mapping[str, Any]) -> Folds:
    """Return the training and validation rows as the only fold."""
    labels = problem.validation[1]
    weights = weights_of(problem.validation, problem.task, settings.get("class_weights"))
    return Folds([problem], [np.arange(len(labels))], labels, weights)


def _places(labels: np.ndarray, classes: bool, seed: int) -> list[np.ndarray]:
    """Return the positions of the rows of each fold, stratified by class."""
    order = np.random.default_rng(seed).permutation(len(labels))
    if classes:
        order = order[np.argsort(labels[order], kind="stable")]
    return [np.sort(order[fold::FOLDS]) for fold in range(FOLDS)]


def _subset(columns: Mapping[str, np.ndarray], labels: np.ndarray, places: np.ndarray) -> Rows:
    return {name: values[places] for name, values in columns.items()}, labels[places]


def load_libraries(families: Sequence[str]) -> None:
    """Import what some families need, so that the time of the first fit is that of any other."""
    if "linear" in families:
        import sklearn.linear_model  # noqa: F401
    if "trees" in families:
        from modules.families.trees import training

        training.library()


def train(family: str, problem: Problem, settings: dict[str, Any], deadline: Deadline) -> Any:
    """Return a fitted model of a family, before it is exported."""
    if family == "linear":
        from modules.families import linear

        return linear.train(problem, settings, deadline)
    if family == "trees":
        from modules.families.trees import training

        return training.train(problem, settings, deadline)
    if family == CONSTANT:
        return constant.train(problem, settings)
    from modules.families.neural import network

    fitted = network.fit(problem, {**settings, "deadline": deadline})
    seconds = network_saving_seconds(problem.columns)
    cost = network_cost(problem.columns, *network.count_weights(fitted.model))
    report = fitted.report
    return Network(fitted.model, problem.columns, seconds, cost, report["epochs"], fitted.curves, report["cut"])
