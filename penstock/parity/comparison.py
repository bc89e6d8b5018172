"""Compares the values that a server answered with the expected ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Difference:
    """The largest difference of an output.

    Attributes:
        output: The output.
        row: The number of the row, from 0.
        expected: Its expected value.
        received: The value that was answered.
        size: The difference, relative to the expected value where that is above 1; for text 0 or 1.
    """

    output: str
    row: int
    expected: Any
    received: Any
    size: float


class Mismatch(ValueError):
    """An answer that has other outputs, other shapes or another number of rows.

    Attributes:
        expected: What the answer should have.
        received: What it has.
    """

    def __init__(self, expected: str, received: str) -> None:
        super().__init__(expected, received)
        self.expected, self.received = expected, received


def compare(expected: Values, received: Values) -> dict[str, Difference]:
    """Return the largest difference of each output.

    Raises:
        Mismatch: The answer has other outputs, shapes or numbers of rows.
    """
    if set(expected) != set(received):
        raise Mismatch(f"the outputs {', '.join(sorted(expected))}", ", ".join(sorted(received)) or "none")
    return {name: _largest(name, values, received[name]) for name, values in sorted(expected.items())}


def _largest(name: str, expected: Sequence[Any], received: Sequence[Any]) -> Difference:
    if len(expected) != len(received):
        raise Mismatch(f"{len(expected)} rows of {name}", str(len(received)))
    if not expected:
        return Difference(name, 0, None, None, 0.0)
    sizes = _text_sizes(expected, received) if isinstance(expected[0], str) else _sizes(name, expected, received)
    row = int(np.argmax(sizes))
    return Difference(name, row, expected[row], received[row], float(sizes[row]))


def _text_sizes(expected: Sequence[Any], received: Sequence[Any]) -> np.ndarray:
    return np.array([float(a != b) for a, b in zip(expected, received, strict=True)])


def _sizes(name: str, expected: Sequence[Any], received: Sequence[Any]) -> np.ndarray:
    """Return the difference of each row: of a list of numbers the largest one."""
    wanted = np.asarray(expected, np.float64)
    try:
        found = np.asarray(received, np.float64)
    except (TypeError, ValueError):
        raise Mismatch(f"numbers as {name}", "other values") from None
    if wanted.shape != found.shape:
        raise Mismatch(f"{name} of shape {list(wanted.shape)}", f"shape {list(found.shape)}")
    with np.errstate(invalid="ignore"):
        sizes = np.abs(found - wanted) / np.maximum(1.0, np.abs(wanted))
    same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    sizes = np.where(same, 0.0, np.where(np.isnan(sizes), np.inf, sizes))
    return sizes.reshape(len(sizes), -1).max(axis=1) if sizes.ndim > 1 else sizes
