"""The family `linear`: logistic or linear regression by scikit-learn on the transformed columns.

Numbers are scaled already; each index of a category is a column of its own. The strength of the L2 penalty is the one
of a few that has the least validation loss.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from modules.families.deadline import Deadline
from modules.families.problem import Columns, Fitted, Problem, Rows, loss_of, row_weights
from penstock.core.features import Task


class LinearModel(tf.Module):
    """A linear model: a dict of transformed columns in, predictions [batch, units] out."""

    def __init__(self, columns: Columns, weights: np.ndarray, bias: np.ndarray, task: Task) -> None:
        """Take the weights [numbers, flags, numbers of vectors and indices of categories, units], and the bias."""
        super().__init__()
        self._columns = columns
        dense = len(columns.numbers) + len(columns.flags) + sum(columns.vectors.values())
        self._dense = tf.Variable(weights[:dense], trainable=False)
        self._table = tf.Variable(weights[dense:], trainable=False)
        sizes = list(columns.categories.values())
        self._offsets = np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, np.int64)
        self._bias = tf.Variable(bias, trainable=False)
        self._link = {"binary": tf.sigmoid, "multiclass": tf.nn.softmax, "regression": tf.identity}[task]

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the predictions, float32."""
        columns = self._columns
        scores = self._bias[None, :]
        single = [*columns.numbers, *columns.flags]
        parts = [tf.stack([rows[name] for name in single], axis=1)] if single else []
        parts += [rows[name] for name in columns.vectors]
        if parts:
            scores += tf.matmul(tf.cast(tf.concat(parts, axis=1), tf.float64), self._dense)
        if columns.categories:
            indices = tf.stack([rows[name] for name in columns.categories], axis=1) + self._offsets
            scores += tf.reduce_sum(tf.gather(self._table, indices), axis=1)
        return tf.cast(self._link(scores), tf.float32)


# The weight of the penalty against the sum of the losses of all rows; the middling first, as there may be time for one.
STRENGTHS = (10.0, 3.0, 100.0, 1.0, 0.1)
# Rows that strengths are compared on, and that are fitted: more hardly change so few weights. Of many classes, fewer.
TRIED_ROWS, MOST_ROWS, MOST_CLASSES = 10_000, 100_000, 5
# Before a table of so many values and classes is fitted in time, some of its rows tell what a row takes.
LARGE, PROBED_ROWS = 20_000_000, 500
MOST_STEPS = 200
TOLERANCE = 1e-4

_Weights = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Trained:
    """Weights of the columns.

    Attributes:
        columns: The transformed columns.
        task: What is predicted.
        weights: float64 [numbers, flags, numbers of vectors and indices of categories, units].
        bias: float64 [units].
        strength: The strength that was chosen.
        rows: How many rows they were fitted to.
        cut: What the deadline left out, in words; empty where nothing was.
        export_seconds: About how many seconds it takes to export them.
    """

    columns: Columns
    task: Task
    weights: np.ndarray
    bias: np.ndarray
    strength: float
    rows: int
    cut: str = ""
    export_seconds: float = 0.05

    def predict(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return predictions [rows, units]."""
        return _predicted(design(self.columns, rows), self.weights, self.bias, self.task)

    def export(self) -> Any:
        """Return the weights as a TensorFlow module over the transformed columns."""
        pass

        return LinearModel(self.columns, self.weights, self.bias, self.task)


def fit(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return a linear model.

    Args:
        problem: Columns, task and rows.
        settings: `seed` and `class_weights` of the configuration, and `deadline` where there is one.
    """
    trained = train(problem, settings, settings.get("deadline", Deadline()))
    return Fitted(trained.export(), report={"strength": trained.strength, "cut": trained.cut})


def train(problem: Problem, settings: Mapping[str, Any], deadline: Deadline | None = None) -> Trained:
    """Return the weights.

    Args:
        problem: Columns, task and rows.
        settings: As `fit` takes them.
        deadline: When to end: strengths are left out for it, then rows. One strength is fitted to some rows whatever
            the deadline.
    """
    deadline = deadline or Deadline()
    part = min(1.0, MOST_CLASSES / max(problem.classes, 1))
    draw, class_weights, now = np.random.default_rng(settings["seed"]), settings.get("class_weights"), deadline.now()
    tried = _some(problem.train, int(TRIED_ROWS * part), draw)
    measured = _some(problem.validation, int(MOST_ROWS * part), draw)
    # Half of the time is for more rows, where there are more.
    until = deadline if tried is problem.train else deadline.moved(now + (deadline.at - now) / 2)
    tried = _in_time(problem, tried, class_weights, until, draw)
    strength, found, seconds, strengths = _strength(problem, tried, measured, class_weights, until)
    in_time = len(tried[1]) * max(0.0, deadline.left()) / seconds
    most = int(min(MOST_ROWS * part, len(problem.train[1])))
    count = int(min(most, in_time))
    if count > len(tried[1]):
        tried = _some(problem.train, count, draw)
        found = _fitted_to(tried, problem, strength, class_weights)
    rows = len(tried[1])
    return Trained(problem.columns, problem.task, *found, strength, rows, _cut(strengths, rows, most))


def design(columns: Columns, rows: Mapping[str, np.ndarray]) -> Any:
    """Return the rows as a sparse matrix: numbers, flags, vectors, then an indicator per index of each category."""
    from scipy import sparse

    count = len(rows[columns.names[0]])
    single = [*columns.numbers, *columns.flags]
    parts = [sparse.csr_matrix(np.stack([rows[name] for name in single], axis=1))] if single else []
    parts += [sparse.csr_matrix(rows[name]) for name in columns.vectors]
    sizes = list(columns.categories.values())
    if sizes:
        indices = np.stack([rows[name] for name in columns.categories], axis=1) + np.cumsum([0, *sizes[:-1]])
        starts = np.arange(0, indices.size + 1, len(sizes))
        ones = np.ones(indices.size, np.float32)
        parts.append(sparse.csr_matrix((ones, indices.ravel(), starts), shape=(count, sum(sizes))))
    return sparse.hstack(parts, format="csr", dtype=np.float64)


def _cut(strengths: int, rows: int, most: int) -> str:
    """Return in words what was left out."""
    parts = [f"{strengths} of {len(STRENGTHS)} strengths"] if strengths < len(STRENGTHS) else []
    return ", ".join([*parts, *([f"{rows:,} of {most:,} rows"] if rows < most else [])])


def _in_time(
    problem: Problem, rows: Rows, class_weights: str | None, until: Deadline, draw: np.random.Generator
) -> Rows:
    """Return as many of the rows as one strength can be fitted to in time."""
    count = len(rows[1])
    is_small = count <= PROBED_ROWS or count * problem.columns.width * max(problem.classes, 1) <= LARGE
    if math.isinf(until.at) or is_small:
        return rows
    begun = until.now()
    _fitted_to(_some(rows, PROBED_ROWS, draw), problem, STRENGTHS[0], class_weights)
    in_time = PROBED_ROWS * until.left() / until.since(begun)
    return _some(rows, int(np.clip(in_time, PROBED_ROWS, count)), draw)


def _strength(
    problem: Problem, tried: Rows, measured: Rows, class_weights: str | None, until: Deadline
) -> tuple[float, _Weights, float, int]:
    """Return the strength with the least loss on the validation rows, its weights, a fit's seconds, and the tries.

    After the first one only those are tried that end in time if they take as long as the slowest so far.
    """
    matrix, validation = design(problem.columns, tried[0]), design(problem.columns, measured[0])
    weights, of_measured = (row_weights(labels, problem.task, class_weights) for labels in (tried[1], measured[1]))
    least, best, slowest, count = np.inf, None, 0.0, 0
    for strength in STRENGTHS:
        begun = until.now()
        if best is not None and begun + slowest > until.at:
            break
        found = _fitted(matrix, tried[1], problem, strength=strength, weights=weights)
        loss = loss_of(problem.task, measured[1], _predicted(validation, *found, problem.task), of_measured)
        if best is None or loss < least:
            least, best = loss, (strength, found)
        slowest, count = max(slowest, until.since(begun)), count + 1
    assert best is not None  # noqa: S101  for the types; it holds by what stands above
    return *best, slowest, count


def _fitted_to(rows: Rows, problem: Problem, strength: float, class_weights: str | None) -> _Weights:
    weights = row_weights(rows[1], problem.task, class_weights)
    return _fitted(design(problem.columns, rows[0]), rows[1], problem, strength=strength, weights=weights)


def _fitted(
    matrix: Any, labels: np.ndarray, problem: Problem, *, strength: float, weights: np.ndarray | None
) -> _Weights:
    """Return weights [columns, units] and bias [units] as scikit-learn finds them."""
    units = problem.classes if problem.task == "multiclass" else 1
    known = np.unique(labels)
    if len(known) == 1:
        return _constant(matrix.shape[1], known[0], problem.task, units)
    model = estimator(problem.task, strength)
    with warnings.catch_warnings():
        # Whether the last digit was reached is told by the validation loss.
        warnings.simplefilter("ignore")
        model.fit(matrix, labels, sample_weight=weights)
    coefficients, bias = np.atleast_2d(model.coef_).T, np.atleast_1d(model.intercept_)
    if problem.task != "multiclass":
        return coefficients, bias
    classes = known.astype(np.int64)
    if len(classes) == 2:
        # scikit-learn has one score for two classes.
        coefficients, bias = np.pad(coefficients, ((0, 0), (1, 0))), np.pad(bias, (1, 0))
    every, biases = np.zeros((matrix.shape[1], units)), np.full(units, -np.inf)
    every[:, classes], biases[classes] = coefficients, bias
    return every, biases


def estimator(task: Task, strength: float) -> Any:
    """Return scikit-learn's estimator with a penalty of that strength."""
    from sklearn.linear_model import LogisticRegression, Ridge

    if task == "regression":
        return Ridge(alpha=strength, solver="sparse_cg", tol=TOLERANCE**2, max_iter=MOST_STEPS)
    return LogisticRegression(C=1 / strength, tol=TOLERANCE, max_iter=MOST_STEPS)


def _constant(columns: int, value: float, task: Task, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of a model that knows one label only."""
    if task == "regression":
        bias = np.array([value], np.float64)
    elif task == "binary":
        bias = np.array([30.0 if value else -30.0])
    else:
        bias = np.where(np.arange(units) == int(value), 0.0, -np.inf)
    return np.zeros((columns, units)), bias


def _predicted(matrix: Any, weights: np.ndarray, bias: np.ndarray, task: Task) -> np.ndarray:
    from scipy import special

    scores: np.ndarray = matrix @ weights + bias
    links = {"binary": special.expit, "multiclass": lambda s: special.softmax(s, axis=1), "regression": lambda s: s}
    return np.asarray(links[task](scores))


def _some(rows: Rows, count: int, draw: np.random.Generator) -> Rows:
    """Return at most so many of the rows."""
    columns, labels = rows
    if len(labels) <= count:
        return rows
    chosen = np.sort(draw.choice(len(labels), count, replace=False))
    return {name: values[chosen] for name, values in columns.items()}, labels[chosen]
