"""Pairs of columns that together determine the label, though neither does alone.

Four rules, each of which honest features hardly meet by chance: a number is a sum or a difference of two columns with
some factors; it is a product or a quotient of their powers; one of two classes is that their difference or ratio is
above a cut; a combination of two categories names the class, on rows that it was not learned from.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from penstock.core.text import abbreviate
from penstock.proposal.comparisons import compared, separated, spread
from penstock.proposal.scores import Parts, Target, accuracy_gain

# The least R2, and the greatest median distance from the fit as a share of the interquartile range: R2 alone can be
# that of a few extreme rows. And the most of what the better column alone leaves that both may leave.
_R2, _MOST_DISTANT, _LEFT = 0.999, 0.01, 0.1
# The least gain of accuracy of a combination, and by how much it is more than that of each column, also in rows: a few
# more rows are named by some of many pairs by chance.
_GAIN, _MORE, _MORE_ROWS = 0.99, 0.05, 25
_LEAST_ROWS, _LEAST_KNOWN = 100, 0.5
# Rows and columns of the search; what is found is checked on all rows.
_ROWS, _MOST_NUMBERS, _MOST_CATEGORIES, _MOST_REFUSED = 2_000, 300, 60, 200
_MOST_CODES, _FEW_VALUES, _MOST_CELLS = 50, 20, 200_000


class Pair(NamedTuple):
    """A column of a pair, and in words how both determine the label."""

    column: str
    reason: str


def pairs(parts: Parts, label: Target, features: Sequence[str]) -> Iterator[Pair]:
    """Yield the columns of the pairs that determine the label, each with the first pair that is found.

    Args:
        parts: The values of the features, with one row for each of the label.
        label: The label.
        features: The columns to look at; none of them determines the label alone.
    """
    if label.known.sum() < _LEAST_ROWS:
        return
    single = {name: parts[name][0] for name in features if len(parts.get(name, ())) == 1}
    numbers = {name: values[label.known] for name, (values, is_category) in single.items() if not is_category}
    numbers = dict(list(numbers.items())[:_MOST_NUMBERS])
    known = label.values[label.known]
    if label.task == "regression":
        yield from _sums(numbers, known, "a sum or difference")
        yield from _products(numbers, known)
        return
    if label.task == "binary":
        yield from _comparisons(numbers, known.astype(bool))
    yield from _combinations({name: (values[label.known], code) for name, (values, code) in single.items()}, known)


def _sums(columns: Mapping[str, np.ndarray], known: np.ndarray, what: str) -> Iterator[Pair]:
    """Yield the pairs a linear function of which is the label."""
    names = list(columns)
    if len(names) < 2:
        return
    table = np.column_stack([columns[name] for name in names])
    some = spread(len(known), _ROWS)
    few, label = table[some], known[some]
    scores = _linear_r2(few, label)
    places = np.argwhere(np.triu(scores, 1) >= _R2)
    places = places[np.argsort(np.abs(1 - scores[places[:, 0], places[:, 1]]), kind="stable")]

    def check(one: int, other: int) -> tuple[str, ...] | None:
        both = [one, other]
        if _fit(few[:, both], label) is None or (found := _fit(table[:, both], known)) is None:
            return None
        return tuple(f"the label is {what} of it and {_named(names[place])}, with R2 {found}" for place in (other, one))

    yield from _checked(names, map(tuple, places.tolist()), check)


def _checked(
    names: Sequence[str], places: Iterable[tuple[int, int]], check: Callable[[int, int], tuple[str, ...] | None]
) -> Iterator[Pair]:
    """Yield each column of the pairs with a reason once, until many pairs were refused."""
    named: set[int] = set()
    refused = 0
    for one, other in places:
        if {one, other} <= named:
            continue
        reasons = check(one, other)
        if reasons is None:
            refused += 1
            if refused == _MOST_REFUSED:
                return
            continue
        for place, reason in zip((one, other), reasons, strict=True):
            if place not in named:
                yield Pair(names[place], reason)
        named |= {one, other}


def _products(columns: Mapping[str, np.ndarray], known: np.ndarray) -> Iterator[Pair]:
    """Yield the pairs a product of whose powers is the label; all of these numbers are above zero."""
    if not (known > 0).all():
        return
    above = {name: np.log(values) for name, values in columns.items() if not (values <= 0).any()}
    yield from _sums(above, np.log(known), "a product or quotient")


def _linear_r2(table: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return R2 of the linear function of each pair of columns, on the rows in which both have a value."""
    label = (known - known.mean()) / (float(known.std()) or 1.0)
    present = np.isfinite(table)
    counts = np.maximum(present.sum(axis=0), 1)
    centers = np.where(present, table, 0.0).sum(axis=0) / counts
    values = np.where(present, table - centers, 0.0)
    values /= np.maximum(np.sqrt((values**2).sum(axis=0) / counts), 1e-300)
    mask = present.astype(np.float64)
    # Sums over the rows in which both have a value: [one, other].
    rows = mask.T @ mask
    some = np.maximum(rows, 1)
    mean = values.T @ mask / some
    square = (values**2).T @ mask / some - mean**2
    both = values.T @ values / some - mean * mean.T
    mean_label = (mask * label[:, None]).T @ mask / some
    of_label = (mask * (label**2)[:, None]).T @ mask / some - mean_label**2
    with_label = (values * label[:, None]).T @ mask / some - mean * mean_label
    determinant = square * square.T - both**2
    explained = with_label**2 * square.T + with_label.T**2 * square - 2 * with_label * with_label.T * both
    usable = (rows >= _least(len(known))) & (determinant > 1e-13) & (of_label > 1e-9)
    scores = np.zeros_like(rows)
    np.divide(explained, determinant * of_label, out=scores, where=usable)
    # Of nearly equal columns, such as start and end over years, the sums have few exact digits.
    return np.where(usable & (np.abs(scores - 1) < 1e-14 / np.maximum(determinant, 1e-13)), 1.0, scores)


def _fit(table: np.ndarray, known: np.ndarray) -> str | None:
    """Return R2 of a linear function of two columns on all rows as text; None if it is not near all of them."""
    rows = np.isfinite(table).all(axis=1)
    if rows.sum() < _least(len(known)):
        return None
    inputs, label = np.column_stack([table[rows], np.ones(int(rows.sum()))]), known[rows]
    scale = np.maximum(np.abs(inputs).max(axis=0), 1e-300)
    left = label - inputs / scale @ np.linalg.lstsq(inputs / scale, label, rcond=None)[0]
    total = float(((label - label.mean()) ** 2).sum())
    score = 1 - float((left**2).sum()) / total if total else 0.0
    width = float(np.quantile(label, 0.75) - np.quantile(label, 0.25)) or float(label.std())
    if score < _R2 or float(np.median(np.abs(left))) > _MOST_DISTANT * width:
        return None
    # With a column that is nearly the label alone, any other one would make a pair.
    alone = max(float(np.corrcoef(inputs[:, place], label)[0, 1]) ** 2 for place in (0, 1))
    if 1 - score > _LEFT * (1 - alone) - 1e-9:
        return None
    return f"{int(score * 10_000) / 10_000:.4f}"


def _comparisons(columns: Mapping[str, np.ndarray], known: np.ndarray) -> Iterator[Pair]:
    """Yield the pairs whose difference or ratio is above a cut in the rows of one class, and not in the others."""
    # A ratio is by the column that is above zero in more rows.
    names = sorted(columns, key=lambda name: int((columns[name] > 0).sum()))
    if len(names) < 2:
        return
    table = np.column_stack([columns[name] for name in names])

    def check(one: int, other: int) -> tuple[str, ...] | None:
        found = compared(table[:, one], table[:, other], known, _least(len(known)))
        if found is None:
            return None
        both = ("it", _named(names[other])), (_named(names[one]), "it")
        return tuple(f"the label says whether {found.format(*each)}" for each in both)

    yield from _checked(names, separated(table, known), check)


def _combinations(columns: Mapping[str, tuple[np.ndarray, bool]], known: np.ndarray) -> Iterator[Pair]:
    """Yield the pairs of categories, or of numbers with few values, that name the class."""
    coded = {name: codes for name, column in columns.items() if (codes := _codes(*column)) is not None}
    classes, half = known.astype(np.int64), np.arange(len(known)) % 2 == 0
    if len(set(classes[half].tolist())) < 2:
        return
    coded = dict(list(coded.items())[:_MOST_CATEGORIES])
    alone = {name: accuracy_gain(codes, classes, half) for name, codes in coded.items()}
    # The gain is a share of the rows that are not of the largest class.
    others = int((~half).sum()) - int(np.bincount(classes[~half]).max())
    more = max(_MORE, _MORE_ROWS / max(others, 1))
    names = list(coded)
    gains: dict[tuple[int, int], float] = {}
    for one, other in combinations(range(len(names)), 2):
        first, second = coded[names[one]], coded[names[other]]
        width = int(second.max()) + 1
        if (int(first.max()) + 1) * width * (int(classes.max()) + 1) <= _MOST_CELLS:
            gain = accuracy_gain(first * width + second, classes, half)
            if gain >= _GAIN and gain >= max(alone[names[one]], alone[names[other]]) + more:
                gains[one, other] = gain

    def check(one: int, other: int) -> tuple[str, ...]:
        words = f"together name the class, with a gain of accuracy of {gains[one, other]:.3f}, and"
        return tuple(
            f"it and {_named(names[partner])} {words} {max(alone[names[place]], 0.0):.3f} alone"
            for place, partner in ((one, other), (other, one))
        )

    yield from _checked(names, sorted(gains, key=gains.__getitem__, reverse=True), check)


def _codes(values: np.ndarray, is_category: bool) -> np.ndarray | None:  # noqa: FBT001 as in Parts
    """Return the number of the value in each row, 0 if it is missing; None if there are many different ones."""
    present = np.isfinite(values)
    different, places = np.unique(values[present], return_inverse=True)
    if not 2 <= len(different) + (not present.all()) <= (_MOST_CODES if is_category else _FEW_VALUES):
        return None
    codes = np.zeros(len(values), np.int64)
    codes[present] = places + 1
    return codes


def _least(count: int) -> float:
    """Return in how many of so many rows both columns have a value at least."""
    return max(_LEAST_ROWS, _LEAST_KNOWN * count)


def _named(name: str) -> str:
    return abbreviate(repr(name), 40)
