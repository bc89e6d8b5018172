"""ROC, precision over recall, the decisions at several cuts, and the residuals, each with few points."""

from collections.abc import Iterator, Sequence

import numpy as np

from modules.metrics.measures import areas
from penstock.core.documents.analysis import Curve, Cut, Point, Residual

_POINTS = 120
_CLASSES = 4
_BUCKETS = 24
_SCATTER = 400
CUTS = tuple(number / 20 for number in range(1, 20))


def ranked(labels: np.ndarray, scores: np.ndarray, classes: Sequence[str]) -> tuple[list[Curve], list[Curve]]:
    """Return the ROC curves and those of precision over recall: one of two classes, else one of each frequent class.

    A class that all rows have, or none, has no curve.
    """
    roc, precision = [], []
    for name, truth, score in _one_against_others(labels, scores, classes):
        if truth.all() or not truth.any():
            continue
        area, average = (float(value[0]) for value in areas(truth, score, 0))
        trues, falses = _counts(truth, score)
        recall = trues / trues[-1]
        roc.append(Curve(name=name, points=_thinned(falses / falses[-1], recall), area=area))
        share = trues[1:] / (trues[1:] + falses[1:])
        precision.append(Curve(name=name, points=_thinned(recall[1:], share), area=average))
    return roc, precision


def cuts(labels: np.ndarray, scores: np.ndarray) -> tuple[Cut, ...]:
    """Return the rows by label and decision at each cut of a binary task."""
    true = labels > 0.5
    return tuple(_cut(true, scores, at) for at in CUTS)


def _cut(true: np.ndarray, scores: np.ndarray, at: float) -> Cut:
    decided = scores >= at
    return Cut(
        at=at,
        true_positives=int((true & decided).sum()),
        false_positives=int((~true & decided).sum()),
        false_negatives=int((true & ~decided).sum()),
        true_negatives=int((~true & ~decided).sum()),
    )


def residuals(labels: np.ndarray, predictions: np.ndarray) -> tuple[Residual, ...]:
    """Return the distribution of the residuals; the outer buckets have the outermost percent of the rows."""
    found = labels - predictions
    low, high = (float(np.quantile(found, share)) for share in (0.005, 0.995))
    if not low < high:
        return (Residual(low=float(found.min()), high=float(found.max()), rows=len(found)),)
    counts, edges = np.histogram(np.clip(found, low, high), bins=_BUCKETS, range=(low, high))
    return tuple(
        Residual(low=float(edges[n]), high=float(edges[n + 1]), rows=int(count)) for n, count in enumerate(counts)
    )


def scatter(labels: np.ndarray, predictions: np.ndarray) -> tuple[Point, ...]:
    """Return prediction and label of some rows."""
    return tuple((_rounded(p), _rounded(y)) for p, y in zip(predictions[:_SCATTER], labels, strict=False))


def _one_against_others(
    labels: np.ndarray, scores: np.ndarray, classes: Sequence[str]
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    if scores.ndim == 1:
        yield "", labels > 0.5, scores
        return
    # Classes are numbered by falling frequency in training.
    for number in range(min(_CLASSES, scores.shape[1])):
        yield classes[number] if number < len(classes) else str(number), labels == number, scores[:, number]


def _counts(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the true and the false rows with at least each score, from none to all."""
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    trues, falses = np.cumsum(truth[order])[ends], np.cumsum(~truth[order])[ends]
    return np.append(0, trues), np.append(0, falses)


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[Point, ...]:
    """Return few of the points: those at equal distances along the curve, ends included."""
    if len(x) > _POINTS:
        along = np.append(0, np.cumsum(np.hypot(np.diff(x), np.diff(y))))
        wanted = np.linspace(0, along[-1], _POINTS)
        kept = np.unique(np.clip(np.searchsorted(along, wanted), 0, len(x) - 1))
        x, y = x[kept], y[kept]
    return tuple((_rounded(a), _rounded(b)) for a, b in zip(x, y, strict=True))


def _rounded(value: float) -> float:
    """Return a number with the digits that a chart can show."""
    return float(f"{value:.5g}")
