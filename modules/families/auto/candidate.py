"""One model that `auto` tries: settings of a family, fitted on each fold and judged on the rows that it did not see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from modules.families.auto.costs import network_of
from modules.families.deadline import Deadline
from modules.families.problem import Problem, Rows, loss_of, row_weights

FOLDS, MOST_FOLDED, FEWEST_FOLDED = 5, 20_000, 20
# A fold whose loss is by so much greater than that of the best ends a trial.
HOPELESS = 1.05
# A model is to be fitted in this part of a fold's time; the rest is for what comes after, such as predicting. A trial
# that is foreseen to be late by less than that share of its time goes on, for its later folds have less time each.
FITTING, LATE = 0.85, 0.1
PREDICTED_ROWS = 16_384


@dataclass(frozen=True)
class Folds:
    """The ways in which rows are fitted and held out, and where the held-out rows stand in the order of all.

    Attributes:
        problems: A problem per fold.
        places: The place of the held-out rows of each among `labels`.
        labels: The labels of all held-out rows.
        weights: A weight per held-out row, or None.
    """

    problems: list[Problem]
    places: list[np.ndarray]
    labels: np.ndarray
    weights: np.ndarray | None

    def loss(self, scores: np.ndarray, fold: int | None = None) -> float:
        """Return the loss of predictions of all held-out rows, or of those of one fold."""
        rows = slice(None) if fold is None else self.places[fold]
        weights = None if self.weights is None else self.weights[rows]
        return loss_of(self.problems[0].task, self.labels[rows], scores[rows], weights)

    def first(self, count: int) -> tuple["Folds", np.ndarray]:
        """Return the first of the folds, and where their held-out rows stand among those of all."""
        rows = np.sort(np.concatenate(self.places[:count]))
        places = [np.asarray(np.searchsorted(rows, mine)) for mine in self.places[:count]]
        weights = None if self.weights is None else self.weights[rows]
        return Folds(self.problems[:count], places, self.labels[rows], weights), rows


@dataclass(frozen=True)
class Candidate:
    """Models of one family and settings, one per fold.

    Attributes:
        family: The family.
        settings: What was set beyond the configuration.
        models: The fitted model of each fold, before it is exported.
        scores: Predictions of the held-out rows, [rows, units].
        loss: The loss of these.
        losses: The loss of each fold.
        seconds: What fitting took.
        latency: Seconds per row that predicting took, in large batches.
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
        """What the deadline left out of the models, in words; empty where nothing was."""
        cut = [model.cut for model in self.models if model.cut]
        folds = f" in {len(cut)} of {len(self.models)} folds" if len(self.models) > 1 else ""
        return f"{cut[0]}{folds}" if cut else ""

    def export_seconds(self, folds: int) -> float:
        """Return about how many seconds it takes to export the models of the first folds."""
        return float(sum(model.export_seconds for model in self.models[:folds]))


@dataclass(frozen=True)
class Network:
    """A fitted network; predicts and exports as the other families do."""

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
    """Return the folds of a small table, of all its rows; of a large one its training and validation rows."""
    count = len(problem.train[1]) + len(problem.validation[1])
    if not FEWEST_FOLDED <= count <= MOST_FOLDED:
        return one_fold(problem, settings)
    parts = (problem.train, problem.validation)
    columns = {name: np.concatenate([part[0][name] for part in parts]) for name in problem.columns.names}
    labels = np.concatenate([part[1] for part in parts])
    places = _places(labels, problem.task != "regression", settings["seed"])
    problems = []
    for held in places:
        rest = np.setdiff1d(np.arange(count), held, assume_unique=True)
        problems.append(replace(problem, train=_taken(columns, labels, rest), validation=_taken(columns, labels, held)))
    return Folds(problems, places, labels, row_weights(labels, problem.task, settings.get("class_weights")))


def one_fold(problem: Problem, settings: Mapping[str, Any]) -> Folds:
    """Return the training and validation rows as the only fold."""
    labels = problem.validation[1]
    weights = row_weights(labels, problem.task, settings.get("class_weights"))
    return Folds([problem], [np.arange(len(labels))], labels, weights)


def _places(labels: np.ndarray, classes: bool, seed: int) -> list[np.ndarray]:
    """Return the places of each fold's rows; each fold has its share of every class."""
    order = np.random.default_rng(seed).permutation(len(labels))
    if classes:
        order = order[np.argsort(labels[order], kind="stable")]
    return [np.sort(order[fold::FOLDS]) for fold in range(FOLDS)]


def _taken(columns: Mapping[str, np.ndarray], labels: np.ndarray, places: np.ndarray) -> Rows:
    return {name: values[places] for name, values in columns.items()}, labels[places]


def tried(
    family: str,
    folds: Folds,
    settings: Mapping[str, Any],
    own: dict[str, Any],
    limits: tuple[Deadline, Sequence[float]],
) -> Candidate | None:
    """Return a candidate; None where its first folds show that it gets ready too late, or is of no use.

    Args:
        family: The family.
        folds: What to fit and to predict.
        settings: The configuration's.
        own: What is set beyond it.
        limits: When to end at the latest, and the losses by fold of the best so far, which may be none.
    """
    deadline, best = limits
    started, models, losses, predicting = deadline.now(), [], [], 0.0
    scores: np.ndarray | None = None
    for number, (problem, places) in enumerate(zip(folds.problems, folds.places, strict=True)):
        left = len(folds.problems) - number
        now = deadline.now()
        if number and now + (now - started) / number * left > deadline.at + LATE * (deadline.at - started):
            return None
        until = deadline.moved(now + FITTING * (deadline.at - now) / left)
        models.append(_trained(family, problem, {**settings, **own}, until))
        begun = deadline.now()
        predicted = models[-1].predict(problem.validation[0])
        predicting += deadline.since(begun)
        if scores is None:
            scores = np.zeros((len(folds.labels), predicted.shape[1]))
        scores[places] = predicted
        losses.append(folds.loss(scores, number))
        if best and np.mean(losses) > HOPELESS * np.mean(best[: number + 1]):
            return None
    assert scores is not None  # noqa: S101  for the types; it holds by what stands above
    seconds = deadline.since(started)
    latency = predicting / len(folds.labels) * len(models)
    return Candidate(family, own, models, scores, folds.loss(scores), losses, seconds, latency)


def _trained(family: str, problem: Problem, settings: dict[str, Any], deadline: Deadline) -> Any:
    if family == "linear":
        from modules.families import linear

        return linear.train(problem, settings, deadline)
    if family == "trees":
        from modules.families.trees import training

        return training.train(problem, settings, deadline)
    from modules.families.neural import network

    fitted = network.fit(problem, {**settings, "deadline": deadline})
    return Network(fitted.model, network_of(problem.columns), fitted.curves, fitted.report["cut"])
