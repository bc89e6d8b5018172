"""The delete-a-bucket jackknife: how far a metric would lie elsewhere, had other rows been drawn.

The rows are put into 20 buckets by chance, and a metric is computed 20 times more, each time without one bucket; from
how far these values scatter follows the standard error (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
chapter 11; TFMA's own intervals are made so too, one pass over the data per bucket). Chance is a hash of the row's
content, so that it does not matter in what order, in how many batches or on which machine the rows come.
"""

import math

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
