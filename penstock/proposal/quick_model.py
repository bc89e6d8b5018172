"""The scores of a constant and of a quick model on held-out rows, from which the threshold is derived."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.proposal.scores import Target

# With fewer rows a linear model generalizes better; of more rows than the maximum a part is enough.
_FEW, _MOST_ROWS, _MOST_CELLS = 400, 20_000, 2_000_000
_MOST_CATEGORIES, _ROUNDS, _FOLDS = 20, 30, 5
_SEED = 20
# The groups of the jackknife, and the quantile of Student's t for 95 % with one degree of freedom less.
_GROUPS, _T_QUANTILE = 20, 2.093
# Numbers are clipped at this many standard deviations from the mean.
_MAX_DEVIATIONS = 1e3


@dataclass(frozen=True)
class QuickScores:
    """The metric of the best constant and of the quick model, if there is one.

    Attributes:
        constant: That of the constant.
        quick: That of the quick model.
        rows: The number of evaluated rows.
        error: The sampling error of the quick model: half the width of its 95 % interval; 0 if there is none.
    """

    constant: float
    quick: float | None
    rows: int
    error: float = 0.0

    @property
    def allowance(self) -> float:
        """By how much a model that is as good may be worse on as many other rows, in 95 of 100 cases at least.

        The score of the quick model and that of the model have one sampling error each, and these add up as variances.
        """
        return math.sqrt(2) * self.error


def quick_scores(columns: list[tuple[np.ndarray, bool]], label: Target, metric: str) -> QuickScores | None:
    """Return the scores by a metric; that of the constant only if there are too few rows or columns to train on.

    None if the label is missing in all rows, or constant.

    Args:
        columns: Each column's numbers, and whether they are category codes.
        label: The label.
        metric: auc, accuracy, macro_f1 or rmse.
    """
    known = label.values[label.known]
    if len(set(known)) < 2:
        return None
    matrix = np.column_stack([values for values, _ in columns])[label.known] if columns else np.empty((len(known), 0))
    order = np.random.Generator(np.random.PCG64(_SEED)).permutation(len(known))
    order = order[: max(min(_MOST_ROWS, _MOST_CELLS // max(matrix.shape[1], 1)), 100)]
    measured, learned = order[: len(order) // 3], order[len(order) // 3 :]
    several = len(set(known[learned])) > 1 and (label.task != "binary" or len(set(known[measured])) > 1)
    if not columns or len(measured) < 3 or not several:
        return QuickScores(_measure(known, _constant(known, len(known), metric), metric), None, len(known))
    is_category = [category for _, category in columns]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if label.task == "regression":
            scale = max(float(np.abs(known).max()), 1e-300)
            guess = _fitted(matrix, known / scale, is_category, parts=(learned, measured), task=label.task) * scale
            # A linear model may extrapolate beyond the range of floats, so predictions are clipped to the labels.
            guess = np.clip(guess, known[learned].min(), known[learned].max())
        else:
            guess = _fitted(matrix, known, is_category, parts=(learned, measured), task=label.task)
    constant = _constant(known[learned], len(measured), metric)
    return QuickScores(
        _measure(known[measured], constant, metric),
        _measure(known[measured], guess, metric),
        len(measured),
        _sampling_error(known[measured], guess, metric),
    )


def _fitted(
    matrix: np.ndarray,
    known: np.ndarray,
    is_category: list[bool],
    *,
    parts: tuple[np.ndarray, np.ndarray],
    task: str,
) -> np.ndarray:
    learned, measured = parts
    model, matrix = _learner(matrix, known, is_category, learned, task)
    with _on_one_thread():
        model.fit(matrix[learned], known[learned])
        if task == "binary":
            return np.asarray(model.predict_proba(matrix[measured])[:, 1])
        return np.asarray(model.predict(matrix[measured]))


def out_of_fold(matrix: np.ndarray, known: np.ndarray, is_category: list[bool], task: str) -> np.ndarray:
    """Return the predictions of each row by quick models of the other folds: [rows, classes], or [rows] numbers.

    Args:
        matrix: The features, [rows, columns].
        known: The label of each row; the classes are numbered from 0, and each has a row in every fold.
        is_category: Whether each column has category codes.
        task: The task.
    """
    fold = _folds(known, task)
    scale = max(float(np.abs(known).max()), 1e-300) if task == "regression" else 1
    labels = known / scale if task == "regression" else known
    found = np.zeros(len(known)) if task == "regression" else np.zeros((len(known), int(known.max()) + 1))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for number in range(_FOLDS):
            learned, rest = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            model, inputs = _learner(matrix, labels, is_category, learned, task)
            with _on_one_thread():
                model.fit(inputs[learned], labels[learned])
                found[rest] = model.predict(inputs[rest]) if task == "regression" else model.predict_proba(inputs[rest])
    return np.clip(found, labels.min(), labels.max()) * scale if task == "regression" else found


def _folds(known: np.ndarray, task: str) -> np.ndarray:
    """Return the fold of each row, at random; of each class in equal parts."""
    order = np.random.Generator(np.random.PCG64(_SEED)).permutation(len(known))
    if task != "regression":
        order = order[np.argsort(known[order], kind="stable")]
    fold = np.empty(len(known), np.int64)
    fold[order] = np.arange(len(known)) % _FOLDS
    return fold


def _on_one_thread() -> Any:
    """Limit the threads of libraries that are imported: synchronization costs more than further threads save."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def _learner(
    matrix: np.ndarray, known: np.ndarray, is_category: list[bool], learned: np.ndarray, task: str
) -> tuple[Any, np.ndarray]:
    """Return the model for that many rows, not fitted, and the features as it takes them."""
    if len(learned) >= _FEW:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
        # Each round trains one tree per class.
        rounds = _ROUNDS if task != "multiclass" else max(_ROUNDS * 3 // len(set(known)), 5)
        model = kind(max_iter=rounds, early_stopping=False, random_state=_SEED)
        return model, np.where(np.isfinite(matrix), np.clip(matrix, -1e30, 1e30), np.nan)
    from sklearn.linear_model import LogisticRegression, Ridge

    model = Ridge() if task == "regression" else LogisticRegression(max_iter=200)
    return model, _linear_inputs(matrix, is_category, learned)


def _linear_inputs(matrix: np.ndarray, is_category: list[bool], learned: np.ndarray) -> np.ndarray:
    """Return standardized numbers with missing values imputed, and one-hot columns of the frequent categories."""
    parts = []
    for values, category in zip(matrix.T, is_category, strict=True):
        if category:
            parts += [values == place for place in range(min(_MOST_CATEGORIES, int(np.nanmax(values, initial=0)) + 1))]
            continue
        finite = np.isfinite(values)
        scale = max(float(np.abs(values[finite]).max(initial=0.0)), 1e-300)
        scaled = np.where(finite, values, 0.0) / scale
        inside = scaled[learned][finite[learned]]
        mean, spread = (float(inside.mean()), float(inside.std())) if len(inside) else (0.0, 0.0)
        standardized = np.clip((scaled - mean) / (spread or 1.0), -_MAX_DEVIATIONS, _MAX_DEVIATIONS)
        parts.append(np.where(finite, standardized, 0.0))
        if not finite.all():
            parts.append(~finite)
    return np.column_stack(parts).astype(np.float64)


def _constant(known: np.ndarray, rows: int, metric: str) -> np.ndarray:
    value = known.mean() if metric in ("auc", "rmse") else np.bincount(known).argmax()
    return np.full(rows, value)


def _sampling_error(known: np.ndarray, guess: np.ndarray, metric: str) -> float:
    """Return half the width of the 95 % interval by the delete-a-group jackknife; 0 for too few rows.

    Method: Efron and Tibshirani: An Introduction to the Bootstrap, 1993, chapter 11; as the Evaluator's intervals.
    """
    if len(known) < 2 * _GROUPS:
        return 0.0
    # The rows are in random order.
    group, values = np.arange(len(known)) % _GROUPS, []
    for left_out in range(_GROUPS):
        rows = group != left_out
        if metric == "auc" and len(set(known[rows])) < 2:
            return 0.0
        values.append(_measure(known[rows], guess[rows], metric))
    scale = max(float(np.abs(values).max()), 1e-300)
    scaled = np.asarray(values) / scale
    return float(_T_QUANTILE * np.sqrt((_GROUPS - 1) / _GROUPS * ((scaled - scaled.mean()) ** 2).sum()) * scale)


def _measure(known: np.ndarray, guess: np.ndarray, metric: str) -> float:
    from sklearn import metrics

    if metric == "auc":
        return float(metrics.roc_auc_score(known, guess))
    if metric == "accuracy":
        return float((known == guess).mean())
    if metric == "macro_f1":
        return float(metrics.f1_score(known, guess, average="macro", zero_division=0.0))
    scale = max(float(np.abs(known).max()), float(np.abs(guess).max()), 1e-300)
    return float(np.sqrt((((known - guess) / scale) ** 2).mean()) * scale)
