"""The rows that are analysed: their columns as the model reads them, and their labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

# Up to here a float is an exact whole number.
_EXACT = 2.0**53
Kind = Literal["number", "text", "vector"]
Columns = Mapping[str, np.ndarray]
# Takes the columns, [rows] each or [rows, width], and returns scores, [rows] or [rows, classes].
Predict = Callable[[Columns], np.ndarray]


@dataclass(frozen=True)
class Sample:
    """Rows with their labels.

    Attributes:
        columns: The values by column: float64 with NaN for missing, bytes that are empty if missing, or lists.
        labels: As the metrics of the task take them: 0 and 1, the number of a class, or a number.
        of: The number of rows that they were sampled from.
        classes: The classes of a multiclass label, by number.
        categorical: The columns whose numbers are categories.
        weights: The weight of each row, or None.
    """

    columns: Columns
    labels: np.ndarray
    of: int
    classes: Sequence[str] = ()
    categorical: frozenset[str] = frozenset()
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def viewed(self) -> Columns:
        """The columns as a person sees them: numbers that are categories are text."""
        return {
            name: _as_text(values) if name in self.categorical and kind_of(values) == "number" else values
            for name, values in self.columns.items()
        }

    def first(self, rows: int) -> "Sample":
        """Return the first rows, which are a sample of all because they are in a pseudorandom order."""
        columns = {name: values[:rows] for name, values in self.columns.items()}
        weights = None if self.weights is None else self.weights[:rows]
        return replace(self, columns=columns, labels=self.labels[:rows], weights=weights)


def kind_of(values: np.ndarray) -> Kind:
    """Return what a column holds."""
    if values.ndim > 1:
        return "vector"
    return "number" if values.dtype.kind == "f" else "text"


def _as_text(values: np.ndarray) -> np.ndarray:
    different, places = np.unique(values, return_inverse=True)
    texts = np.array([b"" if np.isnan(value) else f"{value:.17g}".encode() for value in different], object)
    return texts[places]


def text_of(value: Any) -> str:
    """Return a value of a column of text."""
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)


def text_of_number(value: float) -> str:
    """Return a number with ten digits; a whole one with all of them, because it can be the name of something."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < _EXACT else f"{value:.10g}"


def shown(values: np.ndarray, row: int) -> str | None:
    """Return a value as text; None if it is missing."""
    value = values[row]
    if values.ndim > 1:
        return f"{len(value)} numbers"
    if values.dtype.kind == "f":
        return None if np.isnan(value) else text_of_number(float(value))
    return text_of(value) or None
