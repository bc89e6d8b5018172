"""The complete analysis of a model on sampled rows; TensorFlow is not needed here, only in what predicts."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from modules.analysis import curves
from modules.analysis.correlation import groups, with_label
from modules.analysis.dependence import dependence
from modules.analysis.importance import MOST_REPEATED, Measured, importance, is_screened, metric_of
from modules.analysis.losses import WORDS, losses
from modules.analysis.sample import Predict, Sample, shown
from modules.analysis.weak_slices import weak_slices
from penstock.core.documents.analysis import Analysis, WorstRow

PERMUTATIONS = 5
_MOST_PREDICTIONS = 100_000
_LEAST_ROWS = 200
_DEPENDENCES = 5
_WORST = 20
_BATCH = 8_192


def analyse(sample: Sample, predict: Predict, measured: Measured, most_rows: int) -> Analysis:
    """Return the analysis.

    Args:
        sample: The rows, in a pseudorandom order.
        predict: The model.
        measured: The metric of the importance.
        most_rows: The most rows that are permuted; of a wide table there are fewer.
    """
    if not len(sample):
        return Analysis(problem="the split eval has no rows")
    predict = _batched(predict)
    scores = predict(sample.columns)
    if not np.isfinite(scores).all():
        return Analysis(problem="the model predicts values that are no numbers", rows=len(sample), of=sample.of)
    permuted = sample.first(permuted_rows(len(sample.columns), most_rows, measured.permutations))
    single = importance(permuted, predict, measured, [(name,) for name in sample.columns])
    grouped = importance(permuted, predict, measured, groups(sample.viewed))
    value = metric_of(permuted, scores[: len(permuted)], measured)
    lost = losses(measured.task, sample.labels, scores)
    slices, tested = weak_slices(sample, lost)
    return Analysis(
        of=sample.of,
        rows=len(sample),
        permuted_rows=len(permuted),
        permutations=measured.permutations,
        screened=_screened(sample, len(single), measured.permutations),
        metric=measured.metric,
        value=None if math.isnan(value) else value,
        weighted=sample.weights is not None,
        loss=WORDS[measured.task],
        confidence=measured.confidence,
        tested=tested,
        associations=with_label(sample.viewed, sample.labels, measured.task),
        importance=single,
        groups=grouped,
        dependence=dependence(sample, predict, [each.columns[0] for each in single], _DEPENDENCES),
        slices=slices,
        worst=_worst(sample, measured.task, scores, lost),
        **_drawn(sample, measured.task, scores),
    )


def permuted_rows(columns: int, most: int, permutations: int) -> int:
    """Return how many rows are permuted: fewer of a wide table, so that the time stays the same."""
    return max(min(most, _LEAST_ROWS), min(most, _MOST_PREDICTIONS // max(1, columns * permutations)))


def _screened(sample: Sample, found: int, permutations: int) -> int:
    """Return how many of the columns that have an importance were permuted once only."""
    return max(0, found - MOST_REPEATED) if is_screened(len(sample.columns), permutations) else 0


def _drawn(sample: Sample, task: str, scores: np.ndarray) -> dict[str, Any]:
    """Return the curves of the task."""
    if task == "regression":
        residuals = curves.residuals(sample.labels, scores)
        return {"residuals": residuals, "scatter": curves.scatter(sample.labels, scores)}
    roc, precision = curves.ranked(sample.labels, scores, sample.classes)
    cuts = curves.cuts(sample.labels, scores) if task == "binary" else ()
    return {"roc": tuple(roc), "precision_recall": tuple(precision), "cuts": cuts}


def _worst(sample: Sample, task: str, scores: np.ndarray, lost: np.ndarray) -> tuple[WorstRow, ...]:
    rows = np.argsort(-lost, kind="stable")[:_WORST].tolist()
    return tuple(
        WorstRow(
            loss=float(lost[row]),
            label=_label(sample, task, sample.labels[row]),
            predicted=_predicted(sample, task, scores[row]),
            score=float(scores[row] if scores.ndim == 1 else scores[row].max()),
            values={name: shown(values, row) for name, values in sample.columns.items()},
        )
        for row in rows
    )


def _label(sample: Sample, task: str, label: float) -> str:
    if task == "multiclass":
        return _class(sample.classes, int(label))
    return f"{label:.10g}"


def _predicted(sample: Sample, task: str, scores: Any) -> str:
    if task == "multiclass":
        return _class(sample.classes, int(np.argmax(scores)))
    return f"{scores:.4g}"


def _class(classes: Sequence[str], number: int) -> str:
    return classes[number] if 0 <= number < len(classes) else "(another class)"


def _batched(predict: Predict) -> Predict:
    """Return the model with few rows at a time, so that a wide table does not need much memory."""

    def predicted(columns: Any) -> np.ndarray:
        rows = len(next(iter(columns.values())))
        parts = range(0, rows, _BATCH)
        found = [predict({name: values[at : at + _BATCH] for name, values in columns.items()}) for at in parts]
        return found[0] if len(found) == 1 else np.concatenate(found)

    return predicted
