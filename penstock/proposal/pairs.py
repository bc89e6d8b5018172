"""Pairs of columns that together determine the label, though neither does alone.

Four rules, each of which honest features hardly meet by chance: a number is a sum or a difference of two columns with
some factors; it is a product or a quotient of their powers; one of two classes is that their difference or ratio is
above a cut; a combination of two categories names the class, on rows that it was not learned from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from penstock.core.text import shorten
from penstock.proposal.scores import Parts, Target, accuracy_gain

# The least R2, and the greatest median distance from the fit as a share of the interquartile range: R2 alone can be
# that of a few extreme rows. And the most of what the better column alone leaves that both may leave.
_R2, _MOST_DISTANT, _LEFT = 0.999, 0.01, 0.1
# The most rows that a comparison gets wrong as a share of the rarer class, the least gain of accuracy of a combination,
# and by how much it is more than that of each column.
_MOST_WRONG, _GAIN, _MORE = 0.01, 0.99, 0.05
_LEAST_ROWS, _LEAST_KNOWN = 100, 0.5
# Rows and columns of the search; what is found is checked on all rows.
_ROWS, _MOST_NUMBERS, _MOST_CATEGORIES, _MOST_CHECKED = 2_000, 300, 60, 20
_MOST_CODES, _FEW_VALUES = 50, 20


class Pair(NamedTuple):
    """A column of a pair, and in words how both determine the label."""

    column: str
    reason: str


def pairs(parts: Parts, label: Target, features: Sequence[str]) -> Iterator[Pair]:
    """Yield the columns of the pairs that determine the label, those with the best evidence first.

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
    some = _spread(len(known))
    scores = _linear_r2(table[some], known[some])
    places = np.argwhere(np.triu(scores, 1) >= _R2)
    places = places[np.argsort(-scores[places[:, 0], places[:, 1]], kind="stable")]
    for one, other in places[:_MOST_CHECKED]:
        found = _fit(table[:, [one, other]], known)
        if found is not None:
            words = f"the label is {what} of it and"
            yield Pair(names[one], f"{words} {_named(names[other])}, with R2 {found}")
            yield Pair(names[other], f"{words} {_named(names[one])}, with R2 {found}")


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
    usable = (rows >= _least(len(known))) & (determinant > 1e-9) & (of_label > 1e-9)
    scores = np.zeros_like(rows)
    return np.divide(explained, determinant * of_label, out=scores, where=usable)


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
    if 1 - score > _LEFT * (1 - alone):
        return None
    return f"{int(score * 10_000) / 10_000:.4f}"


def _comparisons(columns: Mapping[str, np.ndarray], known: np.ndarray) -> Iterator[Pair]:
    """Yield the pairs whose difference or ratio is above a cut in the rows of one class, and not in the others."""
    names = list(columns)
    if len(names) < 2 or min(known.sum(), (~known).sum()) < _LEAST_ROWS // 2:
        return
    table = np.column_stack([columns[name] for name in names])
    some = _spread(len(known))
    few, label = table[some], known[some]
    checked = 0
    for one, other, sign in _separated(few, label):
        found = _cut(sign(table[:, one], table[:, other]), known)
        if found is None:
            continue
        for place, words in ((one, ("it", _named(names[other]))), (other, (_named(names[one]), "it"))):
            yield Pair(names[place], f"the label says whether {_compared(words, sign is _ratio, found[0])} {found[1]}")
        checked += 1
        if checked == _MOST_CHECKED:
            return


Combined = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.where(other > 0, one / other, np.nan)


def _separated(table: np.ndarray, label: np.ndarray) -> Iterator[tuple[int, int, Combined]]:
    """Yield the pairs of columns whose difference, or else ratio, no value of one class has above one of the other."""
    least, count = _least(len(label)), table.shape[1]
    # In how many rows one can be divided by the other.
    divided = np.isfinite(table).T.astype(np.float64) @ (table > 0)
    for one in range(count):
        separated = np.zeros(count, bool)
        for combined in (np.subtract, _ratio):
            values = combined(table[:, [one]], table)
            missing = ~np.isfinite(values)
            low, high = np.where(missing, np.inf, values), np.where(missing, -np.inf, values)
            split = (low[label].min(axis=0) >= high[~label].max(axis=0)) | (
                high[label].max(axis=0) <= low[~label].min(axis=0)
            )
            enough = (~missing).sum(axis=0) >= least
            # The other way round, a difference is the same, and a ratio in as many rows or more.
            order = np.arange(count) > one
            if combined is _ratio:
                order = (divided[one] > divided[:, one]) | (order & (divided[one] == divided[:, one]))
            fresh = split & enough & order & ~separated
            separated |= fresh
            yield from ((one, other, combined) for other in np.flatnonzero(fresh).tolist())


def _cut(values: np.ndarray, known: np.ndarray) -> tuple[float, str] | None:
    """Return where the classes are separated, and in how many rows; None if they are not."""
    rows = np.isfinite(values)
    found, label = values[rows], known[rows]
    rarer = min(int(label.sum()), int((~label).sum()))
    if rarer < _LEAST_ROWS // 2:
        return None
    if found[label].mean() < found[~label].mean():
        label = ~label
    # As many are above as the class has.
    ordered = np.sort(found)
    place = int((~label).sum())
    low, high = float(ordered[place - 1]), float(ordered[place])
    cut = 0.0 if low <= 0 <= high else (low + high) / 2
    same = max(int(((found > cut) == label).sum()), int(((found >= cut) == label).sum()))
    if len(label) - same > _MOST_WRONG * rarer:
        return None
    return cut, f"in {same:,} of {len(label):,} rows"


def _compared(words: tuple[str, str], is_ratio: bool, cut: float) -> str:  # noqa: FBT001
    one, other = words
    if is_ratio:
        return f"{one} divided by {other} is above {cut:.3g}"
    return f"{one} is above {other}" if cut == 0 else f"{one} minus {other} is above {cut:.3g}"


def _combinations(columns: Mapping[str, tuple[np.ndarray, bool]], known: np.ndarray) -> Iterator[Pair]:
    """Yield the pairs of categories, or of numbers with few values, that name the class."""
    coded = {name: codes for name, column in columns.items() if (codes := _codes(*column)) is not None}
    classes, half = known.astype(np.int64), np.arange(len(known)) % 2 == 0
    if len(set(classes[half].tolist())) < 2:
        return
    coded = dict(list(coded.items())[:_MOST_CATEGORIES])
    alone = {name: accuracy_gain(codes, classes, half) for name, codes in coded.items()}
    found = []
    for one, other in combinations(coded, 2):
        gain = accuracy_gain(coded[one] * (_MOST_CODES + 1) + coded[other], classes, half)
        if gain >= _GAIN and gain >= max(alone[one], alone[other]) + _MORE:
            found.append((gain, one, other))
    for gain, one, other in sorted(found, key=lambda each: -each[0]):
        for name, partner in ((one, other), (other, one)):
            gains = f"with a gain of accuracy of {gain:.3f}, and {max(alone[name], 0.0):.3f} alone"
            yield Pair(name, f"it and {_named(partner)} together name the class, {gains}")


def _codes(values: np.ndarray, is_category: bool) -> np.ndarray | None:  # noqa: FBT001 as in Parts
    """Return the number of the value in each row, 0 if it is missing; None if there are many different ones."""
    present = np.isfinite(values)
    different, places = np.unique(values[present], return_inverse=True)
    if not 2 <= len(different) + (not present.all()) <= (_MOST_CODES if is_category else _FEW_VALUES):
        return None
    codes = np.zeros(len(values), np.int64)
    codes[present] = places + 1
    return codes


def _spread(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, _ROWS)).astype(np.int64))


def _least(count: int) -> float:
    """Return in how many of so many rows both columns have a value at least."""
    return max(_LEAST_ROWS, _LEAST_KNOWN * count)


def _named(name: str) -> str:
    return shorten(repr(name), 40)
