"""Scored rows: labels and predictions of one model in one slice, and sums for the jackknife over buckets of rows.

Method: the delete-a-group jackknife, as in Kott: The Delete-a-Group Jackknife, Journal of Official Statistics, 2001.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from pandas.util import hash_array
from scipy.special import stdtrit

from modules.row_weights import checked_weights

BUCKETS = 20
LEVEL = 0.95

# The constants of SplitMix64: Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
_STEP, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def hashes_of(contents: np.ndarray) -> np.ndarray:
    """Return a hash of each row's content (bytes), uint64, the same on every machine."""
    return np.asarray(hash_array(np.asarray(contents, object), categorize=False))


def hash_order(hashes: np.ndarray) -> np.ndarray:
    """Return a pseudorandom order of the rows that depends only on their content.

    Equal rows are numbered, so that they do not all fall into one bucket.

    Args:
        hashes: A hash of each row's content, uint64.
    """
    order = np.argsort(hashes, kind="stable")
    sorted_hashes = hashes[order]
    positions = np.arange(len(order))
    first: np.ndarray = np.ones(len(order), bool)
    first[1:] = sorted_hashes[1:] != sorted_hashes[:-1]
    occurrence = positions - np.maximum.accumulate(np.where(first, positions, 0))
    return order[np.argsort(_splitmix64(sorted_hashes + occurrence.astype(np.uint64) * _STEP), kind="stable")]


def leave_one_out(sums: np.ndarray) -> np.ndarray:
    """Return the sum over all buckets, then the sums without each of them, along the first axis."""
    total = sums.sum(axis=0, keepdims=True)
    return np.concatenate([total, total - sums])


def interval_half_width(values: np.ndarray, level: float = LEVEL) -> float:
    """Return half the width of the confidence interval around the first value; NaN if a value is missing.

    Args:
        values: The value over all rows, then the jackknife replicates, each without one bucket.
        level: The confidence level.
    """
    replicates = values[1:]
    buckets = len(replicates)
    if buckets < 2 or not np.isfinite(values).all():
        return math.nan
    variance = (buckets - 1) / buckets * float(np.sum((replicates - replicates.mean()) ** 2))
    return float(stdtrit(buckets - 1, (1 + level) / 2)) * math.sqrt(variance)


def _splitmix64(numbers: np.ndarray) -> np.ndarray:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _FIRST
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _SECOND
    return numbers ^ (numbers >> np.uint64(31))


class Scored:
    """Labels and predictions in the order of `hash_order`: row r is in bucket r modulo the number of buckets."""

    def __init__(
        self,
        labels: np.ndarray,
        predictions: np.ndarray,
        *,
        buckets: int = 0,
        weights: np.ndarray | None = None,
        attributes: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Take the rows.

        Args:
            labels: [rows].
            predictions: [rows], or [rows, classes] for a multiclass task.
            buckets: The number of jackknife buckets; 0 for the value only.
            weights: The weight of each row, or None for 1: sums and means are weighted.
            attributes: The group of each row, [rows] text, by attribute of fairness.
        """
        self.attributes = attributes or {}
        self.labels = labels
        self.predictions = predictions
        self.buckets = buckets
        self.weights = None if weights is None else np.asarray(weights, np.float64)
        self.usable = len(labels) > 0 and bool(np.isfinite(predictions).all())
        self._cache: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.labels)

    def cached(self, name: str, compute: Callable[["Scored"], Any]) -> Any:
        """Return the result of `compute` for these rows; it is computed once per name."""
        if name not in self._cache:
            self._cache[name] = compute(self)
        return self._cache[name]

    @property
    def without_buckets(self) -> "Scored":
        """The same rows without the jackknife."""
        rows: Scored = self.cached("without_buckets", lambda rows: rows.with_buckets(0))
        return rows

    def with_buckets(self, buckets: int) -> "Scored":
        """Return the same rows in another number of buckets."""
        own: dict[str, Any] = {"weights": self.weights, "attributes": self.attributes}
        return Scored(self.labels, self.predictions, buckets=buckets, **own)

    def weighted(self, values: np.ndarray) -> np.ndarray:
        """Return a value per row times the row's weight."""
        return values if self.weights is None else values * self.weights

    @property
    def counts(self) -> np.ndarray:
        """The number of rows or their total weight, [1 + buckets]: of all, then without each bucket."""
        return np.asarray(self.cached("counts", lambda rows: rows.sums(np.ones(len(rows)))))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the weighted sums of a value per row, [1 + buckets]."""
        values = self.weighted(values)
        if not self.buckets:
            return np.asarray([values.sum(dtype=np.float64)])
        padded = np.zeros(-(-len(values) // self.buckets) * self.buckets)
        padded[: len(values)] = values
        return leave_one_out(padded.reshape(-1, self.buckets).sum(axis=0))

    def sums_by(self, groups: np.ndarray, size: int, values: np.ndarray | None = None) -> np.ndarray:
        """Return the sums of a value per row within each group, or their weight, [1 + buckets, size]."""
        values = self.weights if values is None else self.weighted(values)
        if not self.buckets:
            return np.bincount(groups, values, minlength=size)[None, :].astype(np.float64)
        cells = (np.arange(len(groups)) % self.buckets) * size + groups
        return leave_one_out(np.bincount(cells, values, minlength=self.buckets * size).reshape(self.buckets, size))

    def means(self, values: np.ndarray) -> np.ndarray:
        """Return the weighted means of a value per row, [1 + buckets]."""
        return self.sums(values) / self.counts


def scored(
    labels: np.ndarray,
    predictions: np.ndarray,
    order: np.ndarray,
    attributes: Mapping[str, np.ndarray] | None = None,
    weights: np.ndarray | None = None,
) -> Scored:
    """Return rows in an order, in buckets if there are enough rows for one in each.

    Raises:
        NodeError: A weight is not a number above zero.
    """
    predictions = predictions[order].astype(np.float64)
    groups = {name: values[order] for name, values in (attributes or {}).items()}
    given = None if weights is None else checked_weights(np.asarray(weights, np.float64)[order])
    buckets = BUCKETS if len(order) >= BUCKETS else 0
    return Scored(labels[order], predictions, buckets=buckets, weights=given, attributes=groups)


def group(columns: tuple[str, ...], values: list[list[Any]]) -> Iterable[tuple[tuple[Any, ...], np.ndarray | None]]:
    """Return each slice that occurs in some columns, with the positions of its rows; None for all rows.

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
    """Return predictions of one number per row as [rows], others unchanged."""
    return predictions[:, 0] if predictions.ndim > 1 and predictions.shape[1] == 1 else predictions
