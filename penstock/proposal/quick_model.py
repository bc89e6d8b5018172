"""The scores of a constant and of a quick model on held-out rows, from which the threshold is derived."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.core.loss_values import best_constant, power_of, row_losses
from penstock.core.losses import Loss
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


@dataclass(frozen=True)
class _Measure:
    """What is measured: the metric, the task, and the loss of a regression."""

    metric: str
    task: str
    loss: Loss


def quick_scores(
    columns: list[tuple[np.ndarray, bool]],
    label: Target,
    metric: str,
    weights: np.ndarray | None = None,
    loss: Loss | None = None,
) -> QuickScores | None:
    """Return the scores by a metric; that of the constant only if there are too few rows or columns to train on.

    None if the label is missing in all rows, or constant.

    Args:
        columns: Each column's numbers, and whether they are category codes.
        label: The label.
        metric: auc, accuracy, macro_f1, quadratic_kappa, rmse or the metric of the loss.
        weights: The weight of each row, or None.
        loss: The loss of a regression; a squared one by default.
    """
    measure = _Measure(metric, label.task, loss or Loss())
    known = label.values[label.known]
    weigh = None if weights is None else weights[label.known]
    if len(set(known)) < 2:
        return None
    matrix = np.column_stack([values for values, _ in columns])[label.known] if columns else np.empty((len(known), 0))
    order = np.random.Generator(np.random.PCG64(_SEED)).permutation(len(known))
    order = order[: max(min(_MOST_ROWS, _MOST_CELLS // max(matrix.shape[1], 1)), 100)]
    measured, learned = order[: len(order) // 3], order[len(order) // 3 :]
    several = len(set(known[learned])) > 1 and (label.task != "binary" or len(set(known[measured])) > 1)
    if not columns or len(measured) < 3 or not several:
        constant = _constant(known, len(known), measure, weigh)
        return QuickScores(_value(known, constant, measure, weigh), None, len(known))
    is_category = [category for _, category in columns]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if label.task == "regression":
            scale = max(float(np.abs(known).max()), 1e-300)
            parts = (learned, measured)
            guess = _fitted(matrix, known / scale, is_category, parts=parts, of=measure, weights=weigh) * scale
            # A linear model may extrapolate beyond the range of floats, so predictions are clipped to the labels.
            guess = np.clip(guess, known[learned].min(), known[learned].max())
        else:
            guess = _fitted(matrix, known, is_category, parts=(learned, measured), of=measure, weights=weigh)
    own = None if weigh is None else weigh[measured]
    constant = _constant(known[learned], len(measured), measure, None if weigh is None else weigh[learned])
    return QuickScores(
        _value(known[measured], constant, measure, own),
        _value(known[measured], guess, measure, own),
        len(measured),
        _sampling_error(known[measured], guess, measure, own),
    )


def _fitted(  # noqa: PLR0913 what is fitted and predicted
    matrix: np.ndarray,
    known: np.ndarray,
    is_category: list[bool],
    *,
    parts: tuple[np.ndarray, np.ndarray],
    of: _Measure,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    learned, measured = parts
    model, matrix = _learner(matrix, known, is_category, learned, of)
    with _on_one_thread():
        model.fit(matrix[learned], known[learned], sample_weight=None if weights is None else weights[learned])
        if of.task == "binary":
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
            model, inputs = _learner(matrix, labels, is_category, learned, _Measure("", task, Loss()))
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
    matrix: np.ndarray, known: np.ndarray, is_category: list[bool], learned: np.ndarray, of: _Measure
) -> tuple[Any, np.ndarray]:
    """Return the model for that many rows, not fitted, and the features as it takes them."""
    if len(learned) >= _FEW:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingRegressor if of.task == "regression" else HistGradientBoostingClassifier
        # Each round trains one tree per class.
        rounds = _ROUNDS if of.task != "multiclass" else max(_ROUNDS * 3 // len(set(known)), 5)
        model = kind(max_iter=rounds, early_stopping=False, random_state=_SEED, **_boosted_loss(of.loss))
        return model, np.where(np.isfinite(matrix), np.clip(matrix, -1e30, 1e30), np.nan)
    from sklearn.linear_model import LogisticRegression

    model = _linear_regression(of.loss) if of.task == "regression" else LogisticRegression(max_iter=200)
    return model, _linear_inputs(matrix, is_category, learned)


def _boosted_loss(loss: Loss) -> dict[str, Any]:
    """Return the arguments of boosted trees for the nearest loss that they have; none for a squared one."""
    if loss.name == "quantile":
        return {"loss": "quantile", "quantile": loss.parameter}
    if loss.is_log_linked:
        # Every deviance of Tweedie's distributions is least at the mean.
        return {"loss": "poisson"}
    return {"loss": "absolute_error"} if loss.name == "huber" else {}


def _linear_regression(loss: Loss) -> Any:
    from sklearn.linear_model import HuberRegressor, QuantileRegressor, Ridge, TweedieRegressor

    if loss.name == "quantile":
        return QuantileRegressor(quantile=loss.parameter, alpha=1e-3)
    if loss.is_log_linked:
        return TweedieRegressor(power=power_of(loss), alpha=1e-3, link="log", max_iter=200)
    return HuberRegressor(max_iter=200) if loss.name == "huber" else Ridge()


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


def _constant(known: np.ndarray, rows: int, of: _Measure, weights: np.ndarray | None = None) -> np.ndarray:
    if of.task == "regression":
        return np.full(rows, best_constant(of.loss, known, weights))
    value = np.average(known, weights=weights) if of.metric == "auc" else np.bincount(known, weights).argmax()
    return np.full(rows, value)


def _sampling_error(known: np.ndarray, guess: np.ndarray, of: _Measure, weights: np.ndarray | None = None) -> float:
    """Return half the width of the 95 % interval by the delete-a-group jackknife; 0 for too few rows.

    Method: Efron and Tibshirani: An Introduction to the Bootstrap, 1993, chapter 11; as the Evaluator's intervals.
    """
    if len(known) < 2 * _GROUPS:
        return 0.0
    # The rows are in random order.
    group, values = np.arange(len(known)) % _GROUPS, []
    for left_out in range(_GROUPS):
        rows = group != left_out
        if of.metric == "auc" and len(set(known[rows])) < 2:
            return 0.0
        values.append(_value(known[rows], guess[rows], of, None if weights is None else weights[rows]))
    scale = max(float(np.abs(values).max()), 1e-300)
    scaled = np.asarray(values) / scale
    return float(_T_QUANTILE * np.sqrt((_GROUPS - 1) / _GROUPS * ((scaled - scaled.mean()) ** 2).sum()) * scale)


def _value(known: np.ndarray, guess: np.ndarray, of: _Measure, weights: np.ndarray | None = None) -> float:
    """Return the metric of predictions."""
    from sklearn import metrics

    if of.task == "regression" and of.metric != "rmse":
        return float(np.average(row_losses(of.loss, known, guess), weights=weights))
    if of.metric == "auc":
        return float(metrics.roc_auc_score(known, guess, sample_weight=weights))
    if of.metric == "accuracy":
        return float(np.average(known == guess, weights=weights))
    if of.metric == "macro_f1":
        return float(metrics.f1_score(known, guess, average="macro", zero_division=0.0, sample_weight=weights))
    if of.metric == "quadratic_kappa":
        return _quadratic_kappa(known.astype(np.float64), guess.astype(np.float64), weights)
    scale = max(float(np.abs(known).max()), float(np.abs(guess).max()), 1e-300)
    return float(np.sqrt(np.average(((known - guess) / scale) ** 2, weights=weights)) * scale)


def _quadratic_kappa(known: np.ndarray, guess: np.ndarray, weights: np.ndarray | None) -> float:
    """Return Cohen's kappa of ranks with quadratic weights; 0 if all labels and predictions are of one class."""
    truth, predicted = (float(np.average(each, weights=weights)) for each in (known, guess))
    squares = float(np.average(known**2 + guess**2, weights=weights))
    expected = squares - 2 * truth * predicted
    found = float(np.average((known - guess) ** 2, weights=weights))
    return 1 - found / expected if expected > 1e-9 * max(squares, 1) else 0.0
