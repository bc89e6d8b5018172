"""Scores of single columns as predictors of the label, which detect leakage, computed with numpy.

One half of the rows is trained on and the other is evaluated on, so that the score of a column with many values is not
overestimated.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.proposal.profile import GREATEST, present_values

# The maximum number of bins of a numeric column, and the rows per bin.
BINS, _ROWS_PER_BIN = 256, 20
_DAY = 86_400

# The parts of a column by name: values as float64, NaN if missing, and whether they are category codes.
Parts = Mapping[str, Sequence[tuple[np.ndarray, bool]]]


@dataclass(frozen=True)
class Target:
    """The label of a sample as numbers (0 and 1, class numbers, or values), and which rows have one."""

    task: str
    values: np.ndarray
    known: np.ndarray


def target(array: pa.ChunkedArray, task: str, classes: tuple[tuple[Any, ...], ...]) -> Target:
    """Return the label as numbers, given the values of each class; the last of two classes is 1."""
    if task == "regression":
        found = numbers(array.combine_chunks()) if not _is_text(array) else read_numbers(array)
        return Target(task, np.where(np.isfinite(found), found, 0.0), np.isfinite(found))
    places = {str(value): float(place) for place, values in enumerate(classes) for value in values}
    found = np.array([places.get(str(value), np.nan) for value in array.to_pylist()], np.float64)
    return Target(task, np.nan_to_num(found).astype(np.int64), ~np.isnan(found))


def numbers(array: pa.Array) -> np.ndarray:
    """Return a column as float64: times as days, other values that are no numbers by `category_codes`.

    It is NaN if the value is missing, or infinite in the 32 bits of an example.
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
    return category_codes(array)


def _floats(array: pa.Array) -> np.ndarray:
    return _finite(np.asarray(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64))


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) < GREATEST, values, np.nan)


def category_codes(array: pa.Array) -> np.ndarray:
    """Return the rank of each value by frequency, the most frequent is 0; NaN if missing."""
    if pa.types.is_dictionary(array.type) or pa.types.is_time(array.type):
        array = array.cast(pa.string())
    counted = pc.value_counts(present_values(array))
    order = np.argsort(-counted.field("counts").to_numpy(), kind="stable")
    values = counted.field("values").take(pa.array(order))
    found = pc.index_in(array, value_set=values)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.float64)


def read_numbers(array: pa.Array) -> np.ndarray:
    """Return a text column as float64, NaN if a text is not a number within the range of an example."""

    def number(value: str | None) -> float:
        try:
            return float(value or "nan")
        except ValueError:
            return float("nan")

    return _finite(np.array([number(value) for value in array.to_pylist()], np.float64))


def list_numbers(array: pa.Array, length: int) -> Iterator[np.ndarray]:
    """Yield each position of lists of one length as a column, NaN if the list is missing."""
    found = np.full((len(array), length), np.nan)
    present = ~array.is_null().to_numpy(zero_copy_only=False)
    if present.any():
        found[present] = _floats(array.filter(pa.array(present)).flatten()).reshape(-1, length)
    yield from found.T


def _is_text(array: pa.ChunkedArray) -> bool:
    return pa.types.is_string(array.type) or pa.types.is_large_string(array.type)


def single_score(column: np.ndarray, *, label: Target, is_category: bool) -> float:
    """Return the score of the column as the only predictor: AUC, gain of accuracy over the largest class, or R2."""
    values, known = column[label.known], label.values[label.known]
    half = np.arange(len(known)) % 2 == 0
    places = _binned(values, half, is_category=is_category)
    if label.task == "binary":
        area = _area(_means(places, known, half)[places], known, half)
        return area if is_category else max(area, _directed_area(values, known, half))
    if label.task == "multiclass":
        fine = places if is_category else _binned(values, half, is_category=False, rows_per_bin=1)
        return max(accuracy_gain(places, known, half), accuracy_gain(fine, known, half))
    return max(_binned_r2(places, known, half), 0.0 if is_category else _linear_r2(values, known))


def _binned(
    values: np.ndarray, half: np.ndarray, *, is_category: bool, rows_per_bin: int = _ROWS_PER_BIN
) -> np.ndarray:
    """Return the bin of each value, 0 if it is missing; bins of numbers are quantiles."""
    known = np.isfinite(values)
    places: np.ndarray = np.zeros(len(values), np.int64)
    if is_category:
        places[known] = values[known].astype(np.int64) + 1
    elif known.any():
        learned = values[known & half] if (known & half).any() else values[known]
        bins = int(np.clip(len(learned) // rows_per_bin, 8, BINS))
        places[known] = ranges(values[known], learned, bins) + 1
    return places


def ranges(values: np.ndarray, learned: np.ndarray, count: int) -> np.ndarray:
    """Return the range of each value, from 0, among at most so many with as many of the learned values each."""
    edges = np.unique(np.quantile(learned, np.linspace(0, 1, count + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, values, side="right"))


def _means(places: np.ndarray, known: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Return the mean label by bin, from one half of the rows, smoothed toward the overall mean in small bins."""
    width = int(places.max()) + 1
    mean = float(known[half].mean())
    totals = np.bincount(places[half], known[half], width)
    counts = np.bincount(places[half], minlength=width)
    return np.asarray((totals + 0.1 * mean) / (counts + 0.1))


def _area(scores: np.ndarray, known: np.ndarray, half: np.ndarray) -> float:
    """Return the area under the ROC curve of scores on the evaluated half."""
    if known[~half].min(initial=1) == known[~half].max(initial=0):
        return 0.5
    _, ranks = np.unique(scores[~half], return_inverse=True)
    positive, negative = (np.bincount(ranks[known[~half] == value], minlength=ranks.max() + 1) for value in (1, 0))
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum()))


def _directed_area(values: np.ndarray, known: np.ndarray, half: np.ndarray) -> float:
    """Return the area under the ROC curve of the values, with the sign that is better on the training half."""
    scores = np.where(np.isfinite(values), values, -np.inf)
    return _area(scores if _area(scores, known, ~half) >= 0.5 else -scores, known, half)


def accuracy_gain(places: np.ndarray, known: np.ndarray, half: np.ndarray) -> float:
    """Return how much of the error of the largest class the likeliest class of each place, from one half, avoids."""
    classes, width = int(known.max()) + 1, int(places.max()) + 1
    table = np.bincount(places[half] * classes + known[half], minlength=width * classes).reshape(width, classes)
    best = np.where(table.sum(axis=1) > 0, table.argmax(axis=1), np.bincount(known[half]).argmax())
    largest = float((known[~half] == np.bincount(known[half]).argmax()).mean())
    accuracy = float((best[places[~half]] == known[~half]).mean())
    return (accuracy - largest) / (1 - largest) if largest < 1 else 0.0


def _binned_r2(places: np.ndarray, known: np.ndarray, half: np.ndarray) -> float:
    scaled = known / max(float(np.abs(known).max()), 1e-300)
    left = scaled[~half] - _means(places, scaled, half)[places[~half]]
    spread = float(((scaled[~half] - scaled[~half].mean()) ** 2).sum())
    return 1 - float((left**2).sum()) / spread if spread else 0.0


def _linear_r2(values: np.ndarray, known: np.ndarray) -> float:
    both = np.isfinite(values)
    if both.mean() < 0.9 or both.sum() < 3:
        return 0.0
    x, y = (part / max(float(np.abs(part).max()), 1e-300) for part in (values[both], known[both]))
    spread = float(x.std() * y.std())
    return float((((x - x.mean()) * (y - y.mean())).mean() / spread) ** 2) if spread > 1e-12 else 0.0


_BUCKETS = 2**15
# Scripts without spaces are split into characters: Thai, Japanese, Chinese.
_WORDS = r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+"
# The number of training rows is limited, because the cost is quadratic in it.
_MOST_LEARNED, _LEAST_KNOWN = 2000, 4


def text_predictions(texts: Sequence[str | None], label: Target) -> tuple[np.ndarray, bool]:
    """Return a text column as one column of predictions from its words, and whether these are classes.

    For two classes and for numbers the prediction is a number. The rows of each half are predicted by a model of the
    other half, so that words that occur once do not seem to leak the label. NaN without a label.
    """
    found = np.full(len(texts), np.nan)
    places = np.flatnonzero(label.known)
    known = label.values[places]
    if len(known) >= _LEAST_KNOWN:
        targets = np.eye(int(known.max()) + 1)[known] if label.task == "multiclass" else _scaled(known)[:, None]
        scores = _scored(_counted([texts[place] or "" for place in places.tolist()]), targets)
        found[places] = scores.argmax(axis=1) if label.task == "multiclass" else scores[:, 0]
    return found, label.task == "multiclass"


def _scaled(known: np.ndarray) -> np.ndarray:
    return np.asarray(known / max(float(np.abs(known).max()), 1e-300))


def _counted(texts: list[str]) -> Any:
    """Return a sparse matrix of texts and the hashed words in them."""
    from sklearn.feature_extraction.text import HashingVectorizer

    words = HashingVectorizer(
        n_features=_BUCKETS, norm=None, alternate_sign=False, binary=True, token_pattern=_WORDS, dtype=np.float32
    )
    return words.transform(texts)


def _scored(words: Any, targets: np.ndarray) -> np.ndarray:
    from threadpoolctl import threadpool_limits

    scores = np.zeros(targets.shape)
    half = np.arange(len(targets)) % 2 == 0
    # On one thread, because on a busy machine synchronization costs more than further threads save.
    with threadpool_limits(1):
        for part in (half, ~half):
            rows = np.flatnonzero(part)
            learned = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST_LEARNED)).astype(np.int64)]
            mean = targets[learned].mean(axis=0)
            kernel = (words[learned] @ words[learned].T).toarray() + np.eye(len(learned))
            weights = words[learned].T @ np.linalg.solve(kernel, targets[learned] - mean)
            scores[~part] = words[~part] @ weights + mean
    return scores
