"""Columns of numbers or texts that two models give for the same rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from penstock.comparison.result import Part
from penstock.core.text import counted

Arrays = Mapping[str, np.ndarray]
_MOST = 5


def compare_arrays(name: str, one: Arrays, other: Arrays, tolerance: float) -> Part:
    """Compare columns by name, row by row; a difference is relative to the largest value of its column.

    Args:
        name: The name of the part.
        one: The columns of the first run.
        other: The columns of the second run.
        tolerance: The largest difference that counts as equal.
    """
    names = sorted(one.keys() | other.keys())
    rows = len(next(iter(one.values()), ()))
    missing = [
        f"{each}: only in {'A' if each in one else 'B'}" for each in names if each not in one or each not in other
    ]
    sizes = {each: column_difference(one[each], other[each]) for each in names if each in one and each in other}
    largest = max((float(size.max(initial=0.0)) for size in sizes.values()), default=0.0)
    far = [each for each, size in sizes.items() if (size > tolerance).any()]
    if not missing and not largest:
        return Part(name, "equal", f"the same values for {counted(rows, 'row')}", 0.0)
    if not missing and not far:
        return Part(
            name, "close", f"at most {largest:.2g} for {counted(rows, 'row')}: {_where(sizes, largest)}", largest
        )
    lines = [*missing, *(_line(each, sizes[each], one[each], other[each]) for each in far)]
    words = f"{len(far) + len(missing):,} of {len(names):,} columns"
    if far:
        affected = np.zeros(rows, bool)
        for each in far:
            affected |= sizes[each] > tolerance
        words += f" for {int(affected.sum()):,} of {rows:,} rows; at most {largest:.2g}: {_where(sizes, largest)}"
    finite = largest if np.isfinite(largest) else None
    return Part(name, "different", words, finite, tuple(lines[:_MOST]), {"columns": len(far) + len(missing)})


def column_difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the difference of two columns in each row, infinite where values are no numbers or shapes differ."""
    if one.shape != other.shape:
        return np.full(len(one), np.inf)
    if one.dtype.kind not in "fiub" or other.dtype.kind not in "fiub":
        return _largest_of_row(np.where(one == other, 0.0, np.inf))
    ones, others = one.astype(np.float64), other.astype(np.float64)
    finite = np.isfinite(ones) & np.isfinite(others)
    scale = max(float(np.abs(each[finite]).max(initial=0.0)) for each in (ones, others)) or 1.0
    with np.errstate(invalid="ignore"):
        size = np.where(finite, np.abs(ones - others) / scale, np.inf)
    return _largest_of_row(np.where((ones == others) | (np.isnan(ones) & np.isnan(others)), 0.0, size))


def _largest_of_row(sizes: Any) -> np.ndarray:
    found: np.ndarray = sizes.max(axis=tuple(range(1, sizes.ndim)), initial=0.0) if sizes.ndim > 1 else sizes
    return found


def _where(sizes: Arrays, largest: float) -> str:
    column = next(name for name, size in sizes.items() if size.max(initial=0.0) == largest)
    return f"{column}, row {int(np.argmax(sizes[column])) + 1:,}"


def _line(name: str, sizes: np.ndarray, one: np.ndarray, other: np.ndarray) -> str:
    if one.shape != other.shape:
        return f"{name}: shape {list(one.shape)} and {list(other.shape)}"
    row = int(np.argmax(sizes))
    return f"{name}, row {row + 1:,}: {_value(one[row])} and {_value(other[row])}"


def _value(value: Any) -> str:
    if isinstance(value, bytes):
        return repr(value.decode(errors="replace"))
    flat = np.asarray(value).reshape(-1)
    return f"{flat[0]:.9g}" if flat.size == 1 and flat.dtype.kind in "fiub" else str(flat.tolist())[:40]
