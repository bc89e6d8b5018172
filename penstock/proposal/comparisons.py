"""Pairs of columns of which one of two classes is that their difference, or their ratio, is above a cut."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

# The most rows on the wrong side of the cut, as a share of the rarer class. The least rows on the wrong side of any cut
# of one column alone, as such a share and as a number: a few rows are separated by some of many pairs by chance.
_MOST_WRONG, _ALONE, _ALONE_ROWS = 0.01, 0.05, 50
# With fewer rows, there is no cut but that at which both columns are equal: there are many other cuts.
_ENOUGH_ROWS = 1_000
# The least rows of a class, and of a class in the first sample and in the second; and the most in these.
_LEAST_OF_CLASS, _LEAST_OF_SAMPLE, _SAMPLES = 50, 10, (100, 1_000)

Combined = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.where(other > 0, one / other, np.nan)


# How two columns are combined, in words, and the cut at which they are equal.
_COMBINED: tuple[tuple[Combined, str, float], ...] = ((np.subtract, "minus", 0), (_ratio, "divided by", 1))


def separated(table: np.ndarray, known: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the pairs of columns whose difference or ratio nearly separates the classes, on some rows of each.

    With a column that nearly does so alone, any other one would make a pair; it has none.
    """
    classes = [np.flatnonzero(known), np.flatnonzero(~known)]
    if min(map(len, classes)) < _LEAST_OF_CLASS:
        return

    @cache
    def alone(place: int) -> bool:
        label = known[rows := np.isfinite(table[:, place])]
        least = max(_ALONE * _rarer(label), _ALONE_ROWS)
        return bool(_wrong(table[rows, place], label)[1].min() < least)

    samples = [np.concatenate([rows[spread(len(rows), most)] for rows in classes]) for most in _SAMPLES]
    parts = [(table[rows], known[rows]) for rows in samples]
    for one in range(table.shape[1]):
        found: set[int] = set()
        for combined, _, _ in _COMBINED:
            others = np.arange(one + 1, table.shape[1])
            for some, label in parts:
                if len(others):
                    others = others[_split(combined(some[:, [one]], some[:, others]), label)]
            found.update(others.tolist())
        yield from ((one, other) for other in sorted(found) if not alone(one) and not alone(other))


def compared(one: np.ndarray, other: np.ndarray, known: np.ndarray, least: float) -> str | None:
    """Return how a class is a comparison of two columns, with `{}` for each; None if too many rows are wrong.

    Args:
        one: The first column.
        other: The second one.
        known: Whether a row is of the class.
        least: The least number of rows that have both.
    """
    found = [_cut(combined(one, other), known, equal) for combined, _, equal in _COMBINED]
    good = [(*cut, place) for place, cut in enumerate(found) if cut and cut[2] >= least]
    if not good:
        return None
    wrong, cut, rows, place = min(good, key=lambda each: (each[0], each[-1]))
    words = "{} is above {}" if place == cut == 0 else f"{{}} {_COMBINED[place][1]} {{}} is above {cut:.3g}"
    return f"{words} in {rows - wrong:,} of {rows:,} rows"


def spread(count: int, most: int) -> np.ndarray:
    """Return the places of so many rows at most, evenly spaced."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _split(values: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return for each column whether a class is above the other, with about twice as many rows wrong as may be."""
    bounds = []
    for rows in (label, ~label):
        ordered = np.sort(values[rows], axis=0)
        count = np.isfinite(ordered).sum(axis=0)
        wrong = 2 + (2 * _MOST_WRONG * count).astype(np.int64)
        places = np.clip([wrong, count - 1 - wrong], 0, len(ordered) - 1)
        low, high = np.take_along_axis(ordered, places, axis=0)
        bounds.append((low, high, count >= _LEAST_OF_SAMPLE))
    (low, high, enough), (other_low, other_high, others_enough) = bounds
    return np.asarray(((low > other_high) | (other_low > high)) & enough & others_enough)


def _cut(values: np.ndarray, known: np.ndarray, equal: float) -> tuple[int, float, int] | None:
    """Return the rows on the wrong side of a cut, the cut, and all rows; None if too many are on the wrong side."""
    rows = np.isfinite(values)
    label = known[rows]
    if _rarer(label) < _LEAST_OF_CLASS:
        return None
    ordered, wrong = _wrong(values[rows], label)
    least, cut = int(wrong[np.searchsorted(ordered, equal, "left")]), equal
    least = min(least, int(wrong[np.searchsorted(ordered, equal, "right")]))
    if least > _MOST_WRONG * _rarer(label) and len(label) >= _ENOUGH_ROWS:
        place = int(wrong[1:-1].argmin()) + 1
        least, cut = int(wrong[place]), float(ordered[place - 1] + ordered[place]) / 2
    return (least, cut, len(label)) if least <= _MOST_WRONG * _rarer(label) else None


def _wrong(values: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values in order, and how many rows are wrong if so many of the lowest are one class."""
    order = np.argsort(values)
    ordered, others = values[order], int((~label).sum())
    wrong = others + np.cumsum(np.concatenate([[0], np.where(label[order], 1, -1)]))
    wrong = np.minimum(wrong, len(label) - wrong)
    # Equal values are on the same side.
    wrong[1:-1][ordered[1:] == ordered[:-1]] = len(label)
    return ordered, wrong


def _rarer(label: np.ndarray) -> int:
    return min(int(label.sum()), int((~label).sum()))
