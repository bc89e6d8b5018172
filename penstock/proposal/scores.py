"""What a sample tells of a label by numpy alone: which single column gives it away, and what a quick model reaches.

One half of the rows is learned from and the other is measured on, so that a column of many values does not look better
than it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.proposal.profile import GREATEST, present_values

# The most bins of a column of numbers, and the rows that each should hold.
BINS, _ROWS_PER_BIN = 256, 20
_DAY = 86_400


@dataclass(frozen=True)
class Target:
    """The label of a sample as numbers: 0 and 1, the classes' numbers, or values; with the rows that have one."""

    task: str
    values: np.ndarray
    known: np.ndarray


def target(array: pa.ChunkedArray, task: str, classes: tuple[tuple[Any, ...], ...]) -> Target:
    """Return the label as numbers, given the values that stand for each class; of two classes the last is 1."""
    if task == "regression":
        found = numbers(array.combine_chunks()) if not _is_text(array) else read_numbers(array)
        return Target(task, np.where(np.isfinite(found), found, 0.0), np.isfinite(found))
    places = {str(value): float(place) for place, values in enumerate(classes) for value in values}
    found = np.array([places.get(str(value), np.nan) for value in array.to_pylist()], np.float64)
    return Target(task, np.nan_to_num(found).astype(np.int64), ~np.isnan(found))


def numbers(array: pa.Array) -> np.ndarray:
    """Return a column as float64: times as days, what is no number by `category_places`.

    NaN where missing, or infinite in the 32 bits of an example.
    """
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    kind = array.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        seconds = array.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        return _floats(seconds) / 1e6 / _DAY
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _floats(array)
    if pa.types.is_decimal(kind):
        return _floats(array.cast(pa.float64()))
    return category_places(array)


def _floats(array: pa.Array) -> np.ndarray:
    return _held(np.asarray(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64))


def _held(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) < GREATEST, values, np.nan)


def category_places(array: pa.Array) -> np.ndarray:
    """Return the place of each value by falling frequency, NaN where missing."""
    if pa.types.is_dictionary(array.type) or pa.types.is_time(array.type):
        array = array.cast(pa.string())
    counted = pc.value_counts(present_values(array))
    order = np.argsort(-counted.field("counts").to_numpy(), kind="stable")
    values = counted.field("values").take(pa.array(order))
    found = pc.index_in(array, value_set=values)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.float64)


def read_numbers(array: pa.Array) -> np.ndarray:
    """Return a column of text as float64, NaN where it does not read as a number that an example holds."""

    def number(value: str | None) -> float:
        try:
            return float(value or "nan")
        except ValueError:
            return float("nan")

    return _held(np.array([number(value) for value in array.to_pylist()], np.float64))


def list_numbers(array: pa.Array, length: int) -> Iterator[np.ndarray]:
    """Yield each place of lists of one length as a column, NaN where the list is missing."""
    found = np.full((len(array), length), np.nan)
    there = ~array.is_null().to_numpy(zero_copy_only=False)
    if there.any():
        found[there] = _floats(array.filter(pa.array(there)).flatten()).reshape(-1, length)
    yield from found.T


def _is_text(array: pa.ChunkedArray) -> bool:
    return pa.types.is_string(array.type) or pa.types.is_large_string(array.type)


def single_score(column: np.ndarray, *, label: Target, is_category: bool) -> float:
    """Return what the column alone tells of the label: AUC, gain of accuracy over the largest class, or R2."""
    values, known = column[label.known], label.values[label.known]
    half = np.arange(len(known)) % 2 == 0
    places = _binned(values, half, is_category=is_category)
    if label.task == "binary":
        area = _area(_means(places, known, half)[places], known, half)
        return area if is_category else max(area, _directed_area(values, known, half))
    if label.task == "multiclass":
        fine = places if is_category else _binned(values, half, is_category=False, rows_per_bin=1)
        return max(_gain(places, known, half), _gain(fine, known, half))
    return max(_explained(places, known, half), 0.0 if is_category else _straight(values, known))


def _binned(
    values: np.ndarray, half: np.ndarray, *, is_category: bool, rows_per_bin: int = _ROWS_PER_BIN
) -> np.ndarray:
    """Return the bin of each value, 0 where it is missing; bins of numbers hold equally many of them."""
    known = np.isfinite(values)
    places = np.zeros(len(values), np.int64)
    if is_category:
        places[known] = values[known].astype(np.int64) + 1
    elif known.any():
        learned = values[known & half] if (known & half).any() else values[known]
        bins = int(np.clip(len(learned) // rows_per_bin, 8, BINS))
        edges = np.unique(np.quantile(learned, np.linspace(0, 1, bins + 1)[1:-1]))
        places[known] = np.searchsorted(edges, values[known], side="right") + 1
    return places


def _means(places: np.ndarray, known: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Return the mean of the label by bin, learned from one half and drawn to the mean of all where rows are few."""
    width = int(places.max()) + 1
    mean = float(known[half].mean())
    totals = np.bincount(places[half], known[half], width)
    counts = np.bincount(places[half], minlength=width)
    return np.asarray((totals + 0.1 * mean) / (counts + 0.1))


def _area(scores: np.ndarray, known: np.ndarray, half: np.ndarray) -> float:
    """Return the area under the curve of scores, on the half that was not learned from."""
    if known[~half].min(initial=1) == known[~half].max(initial=0):
        return 0.5
    _, ranks = np.unique(scores[~half], return_inverse=True)
    positive, negative = (np.bincount(ranks[known[~half] == value], minlength=ranks.max() + 1) for value in (1, 0))
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum()))


def _directed_area(values: np.ndarray, known: np.ndarray, half: np.ndarray) -> float:
    """Return the area of the values as they are, in the direction that the learned half tells."""
    scores = np.where(np.isfinite(values), values, -np.inf)
    return _area(scores if _area(scores, known, ~half) >= 0.5 else -scores, known, half)


def _gain(places: np.ndarray, known: np.ndarray, half: np.ndarray) -> float:
    classes, width = int(known.max()) + 1, int(places.max()) + 1
    table = np.bincount(places[half] * classes + known[half], minlength=width * classes).reshape(width, classes)
    best = np.where(table.sum(axis=1) > 0, table.argmax(axis=1), np.bincount(known[half]).argmax())
    largest = float((known[~half] == np.bincount(known[half]).argmax()).mean())
    accuracy = float((best[places[~half]] == known[~half]).mean())
    return (accuracy - largest) / (1 - largest) if largest < 1 else 0.0


def _explained(places: np.ndarray, known: np.ndarray, half: np.ndarray) -> float:
    scaled = known / max(float(np.abs(known).max()), 1e-300)
    left = scaled[~half] - _means(places, scaled, half)[places[~half]]
    spread = float(((scaled[~half] - scaled[~half].mean()) ** 2).sum())
    return 1 - float((left**2).sum()) / spread if spread else 0.0


def _straight(values: np.ndarray, known: np.ndarray) -> float:
    both = np.isfinite(values)
    if both.mean() < 0.9 or both.sum() < 3:
        return 0.0
    x, y = (part / max(float(np.abs(part).max()), 1e-300) for part in (values[both], known[both]))
    spread = float(x.std() * y.std())
    return float((((x - x.mean()) * (y - y.mean())).mean() / spread) ** 2) if spread > 1e-12 else 0.0


_BUCKETS = 2**15
# Scripts that write without spaces are read sign by sign: Thai, Japanese, Chinese.
_WORDS = r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+"
# More rows than these hardly tell more, and cost their square.
_MOST_LEARNED, _LEAST_KNOWN = 2000, 4


def text_evidence(texts: Sequence[str | None], label: Target) -> tuple[np.ndarray, bool]:
    """Return a text as one column, and whether it stands for categories: the class that its words point to.

    Of two classes and of numbers it is the value that the words point to. A row is scored by what the other half of
    the rows tells, so that words that are there once do not look as if they told the label. NaN without a label.
    """
    found = np.full(len(texts), np.nan)
    places = np.flatnonzero(label.known)
    known = label.values[places]
    if len(known) >= _LEAST_KNOWN:
        aims = np.eye(int(known.max()) + 1)[known] if label.task == "multiclass" else _scaled(known)[:, None]
        scores = _scored(_counted([texts[place] or "" for place in places]), aims)
        found[places] = scores.argmax(axis=1) if label.task == "multiclass" else scores[:, 0]
    return found, label.task == "multiclass"


def _scaled(known: np.ndarray) -> np.ndarray:
    return np.asarray(known / max(float(np.abs(known).max()), 1e-300))


def _counted(texts: list[str]) -> Any:
    """Return which words are in which text, a sparse matrix of rows and hashed words."""
    from sklearn.feature_extraction.text import HashingVectorizer

    words = HashingVectorizer(
        n_features=_BUCKETS, norm=None, alternate_sign=False, binary=True, token_pattern=_WORDS, dtype=np.float32
    )
    return words.transform(texts)


def _scored(words: Any, aims: np.ndarray) -> np.ndarray:
    from threadpoolctl import threadpool_limits

    scores = np.zeros(aims.shape)
    half = np.arange(len(aims)) % 2 == 0
    # On one thread, because waiting for others costs more than they do where a machine is busy.
    with threadpool_limits(1):
        for part in (half, ~half):
            rows = np.flatnonzero(part)
            learned = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST_LEARNED)).astype(np.int64)]
            mean = aims[learned].mean(axis=0)
            alike = (words[learned] @ words[learned].T).toarray() + np.eye(len(learned))
            weights = words[learned].T @ np.linalg.solve(alike, aims[learned] - mean)
            scores[~part] = words[~part] @ weights + mean
    return scores
