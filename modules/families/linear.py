"""The family `linear`: logistic or linear regression by scikit-learn on the transformed columns.

Signs of coefficients, other losses than the squared one and ordinal classes are in `bounded_linear`.

Numbers are scaled already; categories are one-hot encoded. The strength of the L2 penalty is the one of STRENGTHS with
the least validation loss.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from modules.families.bounded_linear import fit_bounded, fit_ordinal, signs_of
from modules.families.cost import Cost, linear_cost
from modules.families.deadline import Deadline
from modules.families.explanation import LEAST_PROBABILITY, Explanation, RawModel
from modules.families.links import Link, link_of, predictions
from modules.families.problem import Columns, Fitted, Problem, Rows, given_weights, joined, weights_of
from penstock.core.features import Task
from penstock.core.loss_values import LEAST_MEAN


class LinearModel(RawModel):
    """A linear model from a dict of transformed columns to predictions [batch, units]."""

    def __init__(
        self, columns: Columns, weights: np.ndarray, bias: np.ndarray, link: Link, means: np.ndarray | None = None
    ) -> None:
        """Take the weights.

        Args:
            columns: The transformed columns.
            weights: [numbers, flags, numbers of vectors and indices of categories, units].
            bias: [units]; of ordinal classes, which have one unit, [classes - 1].
            link: The link of the scores.
            means: The means of the training rows, in the order of the weights; None if the scores are not explained.
        """
        super().__init__(link)
        self._columns = columns
        if means is not None:
            # An infinite score has no contributions: a class without rows is as unlikely as LightGBM has it.
            bias = np.where(np.isfinite(bias), bias, bias[np.isfinite(bias)].min() + math.log(LEAST_PROBABILITY))
        dense = len(columns.numbers) + len(columns.flags) + sum(columns.vectors.values())
        self._dense = tf.Variable(weights[:dense], trainable=False)
        self._table = tf.Variable(weights[dense:], trainable=False)
        sizes = list(columns.categories.values())
        self._offsets = np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, np.int64)
        self._bias = tf.Variable(bias, trainable=False)
        if means is not None:
            self._base = tf.Variable(bias + means @ weights, trainable=False)
            self._means = tf.Variable(means[:dense], trainable=False)
            weighted = means[dense:, None] * weights[dense:]
            parts = np.split(weighted, self._offsets[1:]) if sizes else []
            by_category = [part.sum(axis=0) for part in parts]
            self._usual = tf.Variable(np.array(by_category).reshape(-1, len(bias)), trainable=False)

    def raw_scores(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return the sum of the weighted columns and the bias, float64 [batch, units]."""
        columns = self._columns
        scores = self._bias[None, :]
        single = [*columns.numbers, *columns.flags]
        # Columns are copied at once if they become the rows of a matrix.
        parts = [tf.stack([rows[name] for name in single])] if single else []
        parts += [tf.transpose(rows[name]) for name in columns.vectors]
        if parts:
            scores += tf.matmul(tf.cast(tf.concat(parts, axis=0), tf.float64), self._dense, transpose_a=True)
        if columns.categories:
            indices = tf.stack([rows[name] for name in columns.categories], axis=1) + self._offsets
            scores += tf.reduce_sum(tf.gather(self._table, indices), axis=1)
        return scores

    def explained(self, rows: dict[str, tf.Tensor]) -> Explanation:
        """Return weight times difference from the training mean; the base is the score at the mean.

        These are the Shapley values of a linear model whose columns are independent: Lundberg, Lee: A Unified Approach
        to Interpreting Model Predictions, NIPS 2017.
        """
        columns, parts = self._columns, []
        single = [*columns.numbers, *columns.flags]
        if single:
            values = tf.cast(tf.stack([rows[name] for name in single], axis=1), tf.float64)
            parts.append((values - self._means[: len(single)])[:, :, None] * self._dense[: len(single)])
        if columns.categories:
            indices = tf.stack([rows[name] for name in columns.categories], axis=1) + self._offsets
            parts.append(tf.gather(self._table, indices) - self._usual)
        place = len(single)
        for name, width in columns.vectors.items():
            differences = tf.cast(rows[name], tf.float64) - self._means[place : place + width]
            parts.append(tf.matmul(differences, self._dense[place : place + width])[:, None, :])
            place += width
        return Explanation(self.raw_scores(rows), tf.identity(self._base), tf.concat(parts, axis=1))


# The weight of the penalty relative to the sum of the losses; a medium one first, as it may be the only one.
STRENGTHS = (10.0, 3.0, 100.0, 1.0, 0.1)
# Rows to compare strengths on, and rows to fit: more hardly change so few weights. Fewer if there are many classes.
STRENGTH_ROWS, MAX_ROWS, MAX_CLASSES = 10_000, 100_000, 5
# In a table of more values times classes than this, the time of a row is first measured on some of its rows.
LARGE, PROBED_ROWS = 20_000_000, 500
MAX_STEPS = 200
TOLERANCE = 1e-4
# The logit of a class that all training rows have.
_CERTAIN = 30.0

_Weights = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Trained:
    """Weights of the columns.

    Attributes:
        columns: The transformed columns.
        link: The link of the scores.
        weights: float64 [numbers, flags, numbers of vectors and indices of categories, units].
        bias: float64 [units], or [classes - 1] of ordinal classes.
        strength: The selected strength of the penalty.
        rows: The number of training rows.
        cut: What was left out because of the deadline, in words; empty if nothing.
        export_seconds: The estimated seconds to export them.
        means: The means of the training rows, in the order of the weights; None if the scores are not explained.
    """

    columns: Columns
    link: Link
    weights: np.ndarray
    bias: np.ndarray
    strength: float
    rows: int
    cut: str = ""
    export_seconds: float = 0.05
    means: np.ndarray | None = None

    @property
    def cost(self) -> Cost:
        """The estimated cost of serving it."""
        return linear_cost(self.columns, self.weights.size)

    def predict(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return predictions [rows, units]."""
        return _predict(design(self.columns, rows), self.weights, self.bias, self.link)

    def export(self) -> Any:
        """Return the weights as a TensorFlow module over the transformed columns."""
        return LinearModel(self.columns, self.weights, self.bias, self.link, self.means)


def fit(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return a linear model.

    Args:
        problem: Columns, task and rows.
        settings: `seed`, `class_weights` and `explain` of the configuration, and `deadline` if there is one.
    """
    trained = train(problem, settings, settings.get("deadline", Deadline()))
    return Fitted(trained.export(), report={"strength": trained.strength, "cut": trained.cut})


def train(problem: Problem, settings: Mapping[str, Any], deadline: Deadline | None = None) -> Trained:
    """Return the weights.

    Args:
        problem: Columns, task and rows.
        settings: As `fit` takes them.
        deadline: When to end: first strengths are left out, then rows. One strength is fitted to some rows in any case.
    """
    deadline = deadline or Deadline()
    part = min(1.0, MAX_CLASSES / max(problem.classes, 1))
    rng, class_weights, now = np.random.default_rng(settings["seed"]), settings.get("class_weights"), deadline.now()
    sample = _sample(problem.train, int(STRENGTH_ROWS * part), rng)
    validation = _sample(problem.validation, int(MAX_ROWS * part), rng)
    # Half of the time is for the rows outside of the sample.
    until = deadline if sample is problem.train else deadline.moved(now + (deadline.at - now) / 2)
    sample = _rows_in_time(problem, sample, class_weights, until, rng)
    strength, weights, seconds, strengths = _select_strength(problem, sample, validation, class_weights, until)
    in_time = len(sample[1]) * max(0.0, deadline.left()) / seconds
    max_rows = int(min(MAX_ROWS * part, len(problem.train[1])))
    count = int(min(max_rows, in_time))
    if count > len(sample[1]):
        sample = _sample(problem.train, count, rng)
        weights = _fit_rows(sample, problem, strength, class_weights)
    rows = len(sample[1])
    means = means_of(problem.columns, problem.train[0]) if settings.get("explain") else None
    cut = _cut(strengths, rows, max_rows)
    return Trained(problem.columns, link_of(problem), *weights, strength, rows, cut, means=means)


def retrain(problem: Problem, settings: Mapping[str, Any], strength: float) -> Trained:
    """Return the weights of a known strength of the penalty, fitted to the training and validation rows together."""
    both = joined(problem.train, problem.validation, problem.columns)
    part = min(1.0, MAX_CLASSES / max(problem.classes, 1))
    sample = _sample(both, int(MAX_ROWS * part), np.random.default_rng(settings["seed"]))
    weights = _fit_rows(sample, problem, strength, settings.get("class_weights"))
    means = means_of(problem.columns, both[0]) if settings.get("explain") else None
    return Trained(problem.columns, link_of(problem), *weights, strength, len(sample[1]), means=means)


def means_of(columns: Columns, rows: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the weighted means of the columns of `design`, float64: of a category the share of each index."""
    weights = given_weights((rows, rows[columns.names[0]]))

    def mean(name: str) -> np.ndarray:
        return np.atleast_1d(np.average(rows[name].astype(np.float64), axis=0, weights=weights))

    def shares(name: str, size: int) -> np.ndarray:
        counts = np.bincount(rows[name], weights, minlength=size)
        return np.asarray(counts / counts.sum())

    names = [*columns.numbers, *columns.flags, *columns.vectors]
    return np.concatenate([np.zeros(0), *map(mean, names), *(shares(*each) for each in columns.categories.items())])


def design(columns: Columns, rows: Mapping[str, np.ndarray]) -> Any:
    """Return the rows as a sparse matrix: numbers, flags, vectors, then the one-hot encoded categories."""
    from scipy import sparse

    count = len(rows[columns.names[0]])
    single = [*columns.numbers, *columns.flags]
    parts = [sparse.csr_matrix(np.stack([rows[name] for name in single], axis=1))] if single else []
    # Vectors have 16 bits, which SciPy's matrices do not take (1.12 did in part, 1.18 does not).
    parts += [sparse.csr_matrix(rows[name], dtype=np.float32) for name in columns.vectors]
    sizes = list(columns.categories.values())
    if sizes:
        indices = np.stack([rows[name] for name in columns.categories], axis=1) + np.cumsum([0, *sizes[:-1]])
        starts = np.arange(0, indices.size + 1, len(sizes))
        ones = np.ones(indices.size, np.float32)
        parts.append(sparse.csr_matrix((ones, indices.ravel(), starts), shape=(count, sum(sizes))))
    return sparse.hstack(parts, format="csr", dtype=np.float64)


def _cut(strengths: int, rows: int, max_rows: int) -> str:
    """Return what was left out, in words."""
    parts = [f"{strengths} of {len(STRENGTHS)} strengths"] if strengths < len(STRENGTHS) else []
    return ", ".join([*parts, *([f"{rows:,} of {max_rows:,} rows"] if rows < max_rows else [])])


def _rows_in_time(
    problem: Problem, rows: Rows, class_weights: str | None, until: Deadline, rng: np.random.Generator
) -> Rows:
    """Return as many of the rows as one strength can be fitted to before the deadline."""
    count = len(rows[1])
    is_small = count <= PROBED_ROWS or count * problem.columns.width * max(problem.classes, 1) <= LARGE
    if math.isinf(until.at) or is_small:
        return rows
    started = until.now()
    _fit_rows(_sample(rows, PROBED_ROWS, rng), problem, STRENGTHS[0], class_weights)
    in_time = PROBED_ROWS * until.left() / until.since(started)
    return _sample(rows, int(np.clip(in_time, PROBED_ROWS, count)), rng)


def _select_strength(
    problem: Problem, sample: Rows, validation: Rows, class_weights: str | None, until: Deadline
) -> tuple[float, _Weights, float, int]:
    """Return the strength with the least validation loss, its weights, the seconds of a fit, and the number of fits.

    After the first strength, another is fitted only if the slowest fit would end before the deadline.
    """
    matrix, held_out = design(problem.columns, sample[0]), design(problem.columns, validation[0])
    weights, held_out_weights = (weights_of(rows, problem.task, class_weights) for rows in (sample, validation))
    least, best, slowest, count = np.inf, None, 0.0, 0
    for strength in STRENGTHS:
        started = until.now()
        if best is not None and started + slowest > until.at:
            break
        fitted = _fit(matrix, sample[1], problem, strength=strength, weights=weights)
        loss = problem.loss_of(validation[1], _predict(held_out, *fitted, link_of(problem)), held_out_weights)
        if best is None or loss < least:
            least, best = loss, (strength, fitted)
        slowest, count = max(slowest, until.since(started)), count + 1
    assert best is not None  # noqa: S101  for the type checker; the first strength is always fitted
    return *best, slowest, count


def _fit_rows(rows: Rows, problem: Problem, strength: float, class_weights: str | None) -> _Weights:
    weights = weights_of(rows, problem.task, class_weights)
    return _fit(design(problem.columns, rows[0]), rows[1], problem, strength=strength, weights=weights)


def _fit(matrix: Any, labels: np.ndarray, problem: Problem, *, strength: float, weights: np.ndarray | None) -> _Weights:
    """Return the weights [columns, units] and the bias [units] that scikit-learn fits."""
    present = np.unique(labels)
    if len(present) == 1:
        return _constant(matrix.shape[1], present[0], problem)
    if problem.ordinal:
        return fit_ordinal(matrix, labels, problem.classes, (strength, weights))
    if problem.monotonic or problem.loss.name != "squared":
        signs = signs_of(problem.columns, problem.monotonic, matrix.shape[1])
        return fit_bounded(matrix, labels, problem.task, (strength, weights), signs, problem.loss)
    model = estimator(problem.task, strength)
    with warnings.catch_warnings():
        # Whether it converged to the last digit does not matter: the validation loss decides.
        warnings.simplefilter("ignore")
        model.fit(matrix, labels, sample_weight=weights)
    coefficients, bias = np.atleast_2d(model.coef_).T, np.atleast_1d(model.intercept_)
    if problem.task != "multiclass":
        return coefficients, bias
    units, classes = problem.classes, present.astype(np.int64)
    if len(classes) == 2:
        # scikit-learn fits one score for two classes.
        coefficients, bias = np.pad(coefficients, ((0, 0), (1, 0))), np.pad(bias, (1, 0))
    all_weights, biases = np.zeros((matrix.shape[1], units)), np.full(units, -np.inf)
    all_weights[:, classes], biases[classes] = coefficients, bias
    return all_weights, biases


def estimator(task: Task, strength: float) -> Any:
    """Return scikit-learn's estimator with a penalty of this strength."""
    from sklearn.linear_model import LogisticRegression, Ridge

    if task == "regression":
        return Ridge(alpha=strength, solver="sparse_cg", tol=TOLERANCE**2, max_iter=MAX_STEPS)
    return LogisticRegression(C=1 / strength, tol=TOLERANCE, max_iter=MAX_STEPS)


def _constant(columns: int, value: float, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of a model for training rows with one label."""
    link, units = link_of(problem), 1
    if link == "identity":
        bias = np.array([value], np.float64)
    elif link == "exp":
        bias = np.array([math.log(max(value, LEAST_MEAN))])
    elif link == "sigmoid":
        bias = np.array([_CERTAIN if value else -_CERTAIN])
    elif link == "cumulative":
        bias = np.where(np.arange(problem.classes - 1) < int(value), _CERTAIN, -_CERTAIN)
    else:
        units = problem.classes
        bias = np.where(np.arange(units) == int(value), 0.0, -np.inf)
    return np.zeros((columns, units)), bias


def _predict(matrix: Any, weights: np.ndarray, bias: np.ndarray, link: Link) -> np.ndarray:
    scores: np.ndarray = matrix @ weights + bias
    return predictions(link, scores)


def _sample(rows: Rows, count: int, rng: np.random.Generator) -> Rows:
    """Return a random sample of the rows, or all of them."""
    columns, labels = rows
    if len(labels) <= count:
        return rows
    chosen = np.sort(rng.choice(len(labels), count, replace=False))
    return {name: values[chosen] for name, values in columns.items()}, labels[chosen]
