"""Areas under curves from one sort, of all rows and with each bucket left out."""

import numpy as np

from modules.scored import Scored

_CHUNK = 4096


def areas(truth: np.ndarray, scores: np.ndarray, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the area under the ROC curve and the average precision, each [1 + buckets]; NaN where there is none.

    The rows are gone through from the highest score down. Only scores that a true row has add to either area, so that
    only there the rows so far are counted by bucket.

    Args:
        truth: Whether each row is true.
        scores: The greater, the likelier.
        buckets: As in `Scored`.
    """
    order = np.argsort(-scores, kind="stable")
    true = truth[order]
    bucket, width = (order % buckets, buckets) if buckets else (np.zeros(len(order), int), 1)
    ends, tied = _steps(true, scores[order])
    trues, falses = (_left(np.bincount(bucket[part], minlength=width)[None, :], buckets)[0] for part in (true, ~true))
    area, precision, above, below = np.zeros((4, 1 + buckets))
    start = 0
    for first in range(0, len(ends), _CHUNK):
        here = ends[first : first + _CHUNK]
        rows = slice(start, here[-1])
        cells = np.searchsorted(here, np.arange(start, here[-1]), side="right") * width + bucket[rows]
        gained, passed, equal = (
            _left(np.bincount(cells[part[rows]], minlength=len(here) * width).reshape(-1, width), buckets)
            for part in (true, ~true, tied)
        )
        so_far, passed_by = above + np.cumsum(gained, axis=0), below + np.cumsum(passed, axis=0)
        area += np.sum(gained * (falses - passed_by + equal / 2), axis=0)
        precision += np.sum(gained * so_far / np.maximum(so_far + passed_by, 1), axis=0)
        above, below, start = so_far[-1], passed_by[-1], int(here[-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return area / (trues * falses), precision / trues


def binary_areas(rows: Scored) -> tuple[np.ndarray, np.ndarray]:
    """Return the areas of a binary task; they are computed once for the rows."""
    found: tuple[np.ndarray, np.ndarray] = rows.once(
        "areas", lambda rows: areas(rows.labels > 0.5, rows.predictions, rows.buckets)
    )
    return found


def _steps(true: np.ndarray, falling: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each score of a true row ends, and which false rows share such a score."""
    step = np.cumsum(np.append(False, falling[1:] != falling[:-1]))
    counted = np.zeros(step[-1] + 1, bool)
    counted[step[true]] = True
    last = np.append(step[1:] != step[:-1], True)
    return np.flatnonzero(last & counted[step]) + 1, counted[step] & ~true


def _left(counts: np.ndarray, buckets: int) -> np.ndarray:
    """Return counts [steps, buckets] as those of all buckets, then without each, [steps, 1 + buckets]."""
    total = counts.sum(axis=1, keepdims=True).astype(np.float64)
    return np.concatenate([total, total - counts], axis=1) if buckets else total
