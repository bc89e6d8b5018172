"""Areas under curves from one sort, of all rows and with each bucket left out."""

import numpy as np

from modules.scored import Scored

_CHUNK = 16_384


def areas(truth: np.ndarray, scores: np.ndarray, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the area under the ROC curve and the average precision, each [1 + buckets]; NaN where there is none.

    The rows are gone through from the highest score down, those of equal score as one step.

    Args:
        truth: Whether each row is true.
        scores: The greater, the likelier.
        buckets: As in `Scored`.
    """
    order = np.argsort(-scores, kind="stable")
    true, falling = truth[order].astype(np.float64), scores[order]
    last = np.append(falling[1:] != falling[:-1], True)
    reached = np.zeros((2, 1 + buckets))  # true and false rows so far
    step = np.zeros((2, 1 + buckets))  # the same at the end of the last step
    area, precision = np.zeros(1 + buckets), np.zeros(1 + buckets)
    for start in range(0, len(order), _CHUNK):
        rows = slice(start, start + _CHUNK)
        here = _kept(order[rows], buckets)
        sums = np.cumsum(np.stack([here * true[rows, None], here * (1 - true[rows, None])]), axis=1)
        sums += reached[:, None, :]
        reached = sums[:, -1]
        ends = np.concatenate([step[:, None, :], sums[:, last[rows]]], axis=1)
        step = ends[:, -1]
        gained, false = np.diff(ends, axis=1)
        area += np.sum(false * (ends[0, :-1] + gained / 2), axis=0)
        precision += np.sum(gained * ends[0, 1:] / np.maximum(ends[:, 1:].sum(axis=0), 1), axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return area / (reached[0] * reached[1]), precision / reached[0]


def binary_areas(rows: Scored) -> tuple[np.ndarray, np.ndarray]:
    """Return the areas of a binary task; they are computed once for the rows."""
    found: tuple[np.ndarray, np.ndarray] = rows.once(
        "areas", lambda rows: areas(rows.labels > 0.5, rows.predictions, rows.buckets)
    )
    return found


def _kept(positions: np.ndarray, buckets: int) -> np.ndarray:
    """Return 1 for each row, and for each bucket that it is left in, else 0."""
    kept = np.ones((len(positions), 1 + buckets))
    if buckets:
        kept[np.arange(len(positions)), 1 + positions % buckets] = 0
    return kept
