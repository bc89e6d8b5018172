"""Scored rows: labels and predictions of one model in one slice, and sums over them with each bucket left out."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from pandas.util import hash_array
from scipy.special import stdtrit

BUCKETS = 20
LEVEL = 0.95

# The odd constants of SplitMix64: Steele, Lea, Flood, OOPSLA 2014.
_STEP, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def hashes_of(contents: np.ndarray) -> np.ndarray:
    """Return a hash of each row's content (bytes), uint64, the same on every machine."""
    return np.asarray(hash_array(np.asarray(contents, object), categorize=False))


def shuffled(hashes: np.ndarray) -> np.ndarray:
    """Return an order of the rows that looks random and depends on nothing but their content.

    Rows of equal content are told apart by their number, so that they do not all fall into one bucket.

    Args:
        hashes: A hash of each row's content, uint64.
    """
    order = np.argsort(hashes, kind="stable")
    sorted_hashes = hashes[order]
    positions = np.arange(len(order))
    first = np.ones(len(order), bool)
    first[1:] = sorted_hashes[1:] != sorted_hashes[:-1]
    occurrence = positions - np.maximum.accumulate(np.where(first, positions, 0))
    return order[np.argsort(_mixed(sorted_hashes + occurrence.astype(np.uint64) * _STEP), kind="stable")]


def leave_one_out(sums: np.ndarray) -> np.ndarray:
    """Return the sum over all buckets, then the sums without each of them, along the first axis."""
    total = sums.sum(axis=0, keepdims=True)
    return np.concatenate([total, total - sums])


def half_width(values: np.ndarray, level: float = LEVEL) -> float:
    """Return half the width of the interval around the first value; NaN where a value is missing.

    Args:
        values: The value over all rows, then the values without each bucket.
        level: How often such an interval is to hold what it estimates.
    """
    without = values[1:]
    buckets = len(without)
    if buckets < 2 or not np.isfinite(values).all():
        return math.nan
    variance = (buckets - 1) / buckets * float(np.sum((without - without.mean()) ** 2))
    return float(stdtrit(buckets - 1, (1 + level) / 2)) * math.sqrt(variance)


def _mixed(numbers: np.ndarray) -> np.ndarray:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _FIRST
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _SECOND
    return numbers ^ (numbers >> np.uint64(31))


class Scored:
    """Labels and predictions in the order of `shuffled`: row r is in bucket r modulo the buckets."""

    def __init__(self, labels: np.ndarray, predictions: np.ndarray, *, buckets: int = 0) -> None:
        """Take the rows.

        Args:
            labels: [rows].
            predictions: [rows], or [rows, classes] for a multiclass task.
            buckets: How many to leave out one by one; 0 where a value is enough.
        """
        self.labels = labels
        self.predictions = predictions
        self.buckets = buckets
        self.usable = len(labels) > 0 and bool(np.isfinite(predictions).all())
        self._known: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.labels)

    def once(self, name: str, compute: Callable[["Scored"], Any]) -> Any:
        """Return what was computed of these rows under a name, and compute it the first time."""
        if name not in self._known:
            self._known[name] = compute(self)
        return self._known[name]

    @property
    def whole(self) -> "Scored":
        """The same rows, of which no bucket is left out."""
        found: Scored = self.once("whole", lambda rows: Scored(rows.labels, rows.predictions))
        return found

    @property
    def counts(self) -> np.ndarray:
        """The number of rows, [1 + buckets]: of all, then without each bucket."""
        return np.asarray(self.once("counts", lambda rows: rows.sums(np.ones(len(rows)))))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sums of a value per row, [1 + buckets]."""
        if not self.buckets:
            return np.asarray([values.sum(dtype=np.float64)])
        padded = np.zeros(-(-len(values) // self.buckets) * self.buckets)
        padded[: len(values)] = values
        return leave_one_out(padded.reshape(-1, self.buckets).sum(axis=0))

    def sums_by(self, groups: np.ndarray, size: int, values: np.ndarray | None = None) -> np.ndarray:
        """Return the sums of a value per row within each group, or the number of rows, [1 + buckets, size]."""
        if not self.buckets:
            return np.bincount(groups, values, minlength=size)[None, :].astype(np.float64)
        cells = (np.arange(len(groups)) % self.buckets) * size + groups
        return leave_one_out(np.bincount(cells, values, minlength=self.buckets * size).reshape(self.buckets, size))

    def means(self, values: np.ndarray) -> np.ndarray:
        """Return the means of a value per row, [1 + buckets]."""
        return self.sums(values) / self.counts


def scored(labels: np.ndarray, predictions: np.ndarray, order: np.ndarray) -> Scored:
    """Return rows in an order, put into buckets where each of these gets a row."""
    predictions = predictions[order].astype(np.float64)
    return Scored(labels[order], predictions, buckets=BUCKETS if len(order) >= BUCKETS else 0)


def group(columns: tuple[str, ...], values: list[list[Any]]) -> Iterable[tuple[tuple[Any, ...], np.ndarray | None]]:
    """Return each slice of the columns that occurs with the positions of its rows; None for all of them.

    A row whose value is missing is in no slice of that column.
    """
    if not columns:
        return [((), None)]
    positions: dict[tuple[Any, ...], list[int]] = {}
    for row, combination in enumerate(zip(*values, strict=True)):
        if None not in combination:
            positions.setdefault(tuple(zip(columns, combination, strict=True)), []).append(row)
    return [(key, np.asarray(rows)) for key, rows in positions.items()]


def one_column(predictions: np.ndarray) -> np.ndarray:
    """Return predictions of one number per row as [rows], others as they are."""
    return predictions[:, 0] if predictions.ndim > 1 and predictions.shape[1] == 1 else predictions
