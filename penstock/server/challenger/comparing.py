"""The comparison of two answers to the same request, output by output and row by row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Tensors = Mapping[str, np.ndarray]

EQUAL, CLOSE, DIFFERENT, MISSING = "equal", "close", "different", "missing"
# Numbers this close are called so: absolute up to 1, relative above. It is the tolerance of `penstock verify`.
_TOLERANCE = 1e-5
# The output of a binary model of Penstock is the probability of the second class.
_PROBABILITY = "probability"


@dataclass(frozen=True)
class Compared:
    """An output of two answers.

    Attributes:
        output: Its name.
        rows: How many rows are equal, close, different, or missing in the second answer, by that word.
        same_class: How many rows have the same class; None if the output has none.
        differences: The difference of each row, the largest of its numbers; empty for text.
        values: The number of each row in both answers, the largest of its numbers; empty for text.
    """

    output: str
    rows: Mapping[str, int]
    same_class: int | None = None
    differences: tuple[float, ...] = ()
    values: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    @property
    def count(self) -> int:
        """The number of rows."""
        return sum(self.rows.values())


def compare(champion: Tensors, challenger: Tensors) -> list[Compared]:
    """Return the comparison of each output of the champion; those that the challenger has in addition are ignored."""
    return [_compare(name, champion[name], challenger.get(name)) for name in sorted(champion)]


def _compare(name: str, one: np.ndarray, other: np.ndarray | None) -> Compared:
    count = len(one) if one.ndim else 1
    if other is None or other.shape != one.shape or _is_number(other) != _is_number(one):
        return Compared(name, {MISSING: count})
    if not one.size:
        return Compared(name, {EQUAL: count})
    one, other = one.reshape(count, -1), other.reshape(count, -1)
    if not _is_number(one):
        same = int(np.all(one == other, axis=1).sum())
        return Compared(name, {EQUAL: same, DIFFERENT: count - same}, same)
    return _numbers(name, one.astype(np.float64), other.astype(np.float64), is_whole=one.dtype.kind in "iu")


def _numbers(name: str, one: np.ndarray, other: np.ndarray, *, is_whole: bool) -> Compared:
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(one - other)
        scale = np.maximum(1.0, np.abs(one))
        equal = (one == other) | (np.isnan(one) & np.isnan(other))
        close = equal | (np.isfinite(difference) & (difference <= _TOLERANCE * scale))
    equal_rows, close_rows = equal.all(axis=1), close.all(axis=1)
    difference[equal] = 0.0
    count, equals, closes = len(one), int(equal_rows.sum()), int(close_rows.sum())
    rows = {EQUAL: equals, CLOSE: closes - equals, DIFFERENT: count - closes}
    values = (_finite(one.max(axis=1)), _finite(other.max(axis=1)))
    return Compared(name, rows, _same_class(name, one, other, is_whole), _finite(difference.max(axis=1)), values)


def _same_class(name: str, one: np.ndarray, other: np.ndarray, is_whole: bool) -> int | None:  # noqa: FBT001
    if one.shape[1] > 1:
        known = ~(np.isnan(one).any(axis=1) | np.isnan(other).any(axis=1))
        return int((known & (one.argmax(axis=1) == other.argmax(axis=1))).sum())
    if name == _PROBABILITY:
        return int(((one >= 0.5) == (other >= 0.5)).sum())
    return int((one == other).sum()) if is_whole else None


def _finite(values: np.ndarray) -> tuple[float, ...]:
    return tuple(values[np.isfinite(values)].tolist())


def _is_number(values: np.ndarray) -> bool:
    return values.dtype.kind not in "OSUb"
