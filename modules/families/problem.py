"""The input and output of a model family: columns and labelled rows; a model over transformed columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penstock.core.features import Task
from penstock.core.loss_values import row_losses
from penstock.core.losses import Loss

# Columns [rows] by name ([rows, width] for a vector), and the labels [rows]. The weights of the rows, if they have any,
# are among the columns under the name WEIGHT, which no transformed column has.
WEIGHT = "weight"
Rows = tuple[Mapping[str, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Columns:
    """The transformed columns by kind.

    Attributes:
        numbers: Scaled float32 columns.
        flags: float32 columns of zeros and ones.
        categories: int64 columns, with the number of indices of each.
        vectors: float32 columns [rows, width], with the width of each.
    """

    numbers: list[str]
    flags: list[str]
    categories: dict[str, int]
    vectors: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """All of the columns."""
        return [*self.numbers, *self.flags, *self.categories, *self.vectors]

    @property
    def width(self) -> int:
        """The number of values of a row."""
        return len(self.names) - len(self.vectors) + sum(self.vectors.values())

    @property
    def kinds(self) -> dict[str, list[str]]:
        """The columns by kind, without vectors and without empty kinds."""
        kinds = {"numbers": self.numbers, "flags": self.flags, "categories": list(self.categories)}
        return {kind: names for kind, names in kinds.items() if names}

    def matrices(self, rows: Mapping[str, Any], stack: Callable[..., Any]) -> dict[str, Any]:
        """Return a matrix per kind [rows, columns], made by `stack` of NumPy or Keras; a vector is a matrix already."""
        stacked = {kind: stack([rows[name] for name in names], axis=1) for kind, names in self.kinds.items()}
        return {**stacked, **{f"vector_{place}": rows[name] for place, name in enumerate(self.vectors)}}


@dataclass(frozen=True)
class Problem:
    """The data that a family fits.

    Attributes:
        columns: The transformed columns.
        task: What is predicted.
        classes: The number of classes of a multiclass label; labels are their numbers.
        train: The training rows.
        validation: The rows for early stopping and for the choice of a model; disjoint from `train`.
        monotonic: The transformed numbers that a prediction may only rise (1) or only fall (-1) with.
        loss: The loss of a regression.
        ordinal: Whether the numbers of the classes are their ranks.
    """

    columns: Columns
    task: Task
    classes: int
    train: Rows
    validation: Rows
    monotonic: Mapping[str, int] = field(default_factory=dict)
    loss: Loss = Loss()
    ordinal: bool = False

    def loss_of(self, labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> float:
        """Return the loss of predictions; see the function `loss_of`."""
        return loss_of(self.task, labels, scores, weights, self.loss)


def joined(first: Rows, second: Rows, columns: Columns) -> Rows:
    """Return the rows of both, the first ones first."""
    names = [*columns.names, *([WEIGHT] if WEIGHT in first[0] else [])]
    values = {name: np.concatenate([first[0][name], second[0][name]]) for name in names}
    return values, np.concatenate([first[1], second[1]])


@dataclass(frozen=True)
class HeldOut:
    """Predictions of rows by models that were not fitted to them.

    Attributes:
        scores: The predictions, [rows, units].
        labels: The labels, [rows].
        places: The positions of the rows among the training rows followed by the validation rows.
        source: What the rows are, in words, and what they decided.
        weights: A weight per row, or None.
    """

    scores: np.ndarray
    labels: np.ndarray
    places: np.ndarray
    source: str
    weights: np.ndarray | None = None


@dataclass(frozen=True)
class Fitted:
    """A fitted model.

    Attributes:
        model: Maps a dict of transformed columns as tensors to [batch, units]: the probability of the true class,
            a probability per class, or a number. A `tf.Module` or Keras model, so that saving finds its variables.
        curves: Training and validation loss of each epoch or round.
        report: The decisions of the family, as plain data.
        held_out: Predictions of rows that no fit saw, if the model itself was fitted to the validation rows too.
    """

    model: Any
    curves: list[dict[str, float]] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    held_out: HeldOut | None = None


def given_weights(rows: Rows) -> np.ndarray | None:
    """Return the weights of the rows, float64 [rows]; None if all rows weigh the same."""
    weights = rows[0].get(WEIGHT)
    return None if weights is None else np.asarray(weights, np.float64)


def weights_of(rows: Rows, task: Task, setting: str | None) -> np.ndarray | None:
    """Return a weight per row from its own weight and that of its class; see `row_weights`."""
    return row_weights(rows[1], task, setting, given_weights(rows))


def row_weights(
    labels: np.ndarray, task: Task, setting: str | None, given: np.ndarray | None = None
) -> np.ndarray | None:
    """Return a weight per row, with the total of the given weights; None if all rows have the same weight.

    Args:
        labels: The labels: a class per row.
        task: What is predicted; numbers have no classes.
        setting: `balanced` for classes of equal weight, or None.
        given: The weight of each row, or None for 1.
    """
    if setting is None or task == "regression":
        return given
    classes: np.ndarray = labels.astype(np.int64)
    weights: np.ndarray = class_weights(classes, int(classes.max()) + 1, given)[classes]
    return weights if given is None else weights * given


def class_weights(labels: np.ndarray, classes: int, given: np.ndarray | None = None) -> np.ndarray:
    """Return a weight per class, so that classes have the same total weight and a row 1 on average; 0 without rows.

    Args:
        labels: The number of each row's class.
        classes: The number of classes.
        given: The weight of each row, or None for 1.
    """
    counts = np.bincount(labels.astype(np.int64), given, minlength=classes)
    present, total = np.count_nonzero(counts), counts.sum()
    least = np.where(counts > 0, counts, 1)
    return np.where(counts > 0, total / (present * least), 0.0).astype(np.float32)


_LOSS_NAMES = {
    "squared": "rmse",
    "quantile": "pinball",
    "poisson": "poisson_deviance",
    "tweedie": "tweedie_deviance",
    "huber": "huber",
}
_MIN_LIKELIHOOD = 1e-15


def loss_name(problem: Problem) -> str:
    """Return the name of the loss of a problem, which is also that of a metric."""
    return _LOSS_NAMES[problem.loss.name] if problem.task == "regression" else "log_loss"


def loss_of(
    task: Task, labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None, loss: Loss | None = None
) -> float:
    """Return the loss of predictions.

    Args:
        task: What is predicted.
        labels: The labels [rows]; a class without a unit has likelihood zero.
        scores: The predictions [rows, units].
        weights: A weight per row, or None.
        loss: The loss of a regression; the root of the mean squared error by default.
    """
    mean = float(np.average(losses_of(task, labels, scores, loss), weights=weights))
    return float(np.sqrt(mean)) if task == "regression" and (loss or Loss()).name == "squared" else mean


def losses_of(task: Task, labels: np.ndarray, scores: np.ndarray, loss: Loss | None = None) -> np.ndarray:
    """Return the loss of each row, float64 [rows]; their mean, or its root, is `loss_of`.

    Args:
        task: The task.
        labels: As `loss_of` takes them.
        scores: As `loss_of` takes them.
        loss: As `loss_of` takes it.
    """
    if task == "regression":
        return row_losses(loss or Loss(), labels, scores[:, 0])
    if task == "binary":
        likelihood = np.where(labels > 0.5, scores[:, 0], 1 - scores[:, 0])
    else:
        likelihood = scores[np.arange(len(labels)), labels.astype(np.int64)]
    return np.asarray(-np.log(np.clip(likelihood.astype(np.float64), _MIN_LIKELIHOOD, 1)))
