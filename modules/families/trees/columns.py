"""The transformed columns as the features of trees: one matrix of numbers, NaN where a number is missing."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from modules.families.problem import Columns
from penstock.core.features import missing_flag


class TreeColumns:
    """The features of trees, in their order: numbers and flags, categories, numbers of vectors, ranks of categories.

    The flag of a missing number is no feature, because the number is NaN there. The rank of a category is its index as
    a number: 0 for missing, then the values by falling frequency.
    """

    def __init__(self, columns: Columns) -> None:
        """Take the transformed columns."""
        # The flag of a number; that of a vector stays a feature, because a vector is never NaN.
        self._missing = {
            name: flag
            for name in [*columns.numbers, *columns.flags]
            if (flag := missing_flag(name)) in columns.flags and flag != name
        }
        flags = set(self._missing.values())
        self._numbers = [name for name in [*columns.numbers, *columns.flags] if name not in flags]
        self._columns = columns

    @property
    def count(self) -> int:
        """The number of features."""
        return len(self._numbers) + 2 * len(self._columns.categories) + sum(self._columns.vectors.values())

    @property
    def sources(self) -> list[int]:
        """The position of each feature's column among the names of the transformed columns."""
        places = {name: place for place, name in enumerate(self._columns.names)}
        categories = [places[name] for name in self._columns.categories]
        vectors = [places[name] for name, width in self._columns.vectors.items() for _ in range(width)]
        return [*(places[name] for name in self._numbers), *categories, *vectors, *categories]

    @property
    def width(self) -> int:
        """The number of transformed columns."""
        return len(self._columns.names)

    @property
    def categories(self) -> dict[int, int]:
        """The number of indices of each feature that is a category."""
        return {len(self._numbers) + place: size for place, size in enumerate(self._columns.categories.values())}

    def directions(self, monotonic: Mapping[str, int]) -> list[int]:
        """Return the monotonic constraint of each feature: 1, -1, or 0 for none."""
        return [monotonic.get(name, 0) for name in self._numbers] + [0] * (self.count - len(self._numbers))

    @property
    def ranks(self) -> list[int]:
        """The features that are ranks of categories."""
        return list(range(self.count - len(self._columns.categories), self.count))

    def matrix(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return rows as float32 [rows, features]."""
        matrix: np.ndarray = np.empty((len(rows[self._columns.names[0]]), self.count), np.float32)
        for place, name in enumerate([*self._numbers, *self._columns.categories]):
            matrix[:, place] = rows[name]
            if name in self._missing:
                matrix[rows[self._missing[name]] > 0, place] = np.nan
        place = len(self._numbers) + len(self._columns.categories)
        for name, width in self._columns.vectors.items():
            matrix[:, place : place + width] = rows[name]
            place += width
        for place, name in zip(self.ranks, self._columns.categories, strict=True):
            matrix[:, place] = rows[name]
        return matrix

    def tensor(self, rows: Mapping[str, Any]) -> Any:
        """Return a batch as a float32 tensor [features, rows]: so each column is copied at once."""
        import tensorflow as tf

        parts = []
        if self._numbers:
            parts.append(self._with_missing(tf.stack([rows[name] for name in self._numbers]), rows))
        indices = []
        if self._columns.categories:
            indices.append(tf.cast(tf.stack([rows[name] for name in self._columns.categories]), tf.float32))
        vectors = [tf.transpose(rows[name]) for name in self._columns.vectors]
        return tf.concat([*parts, *indices, *vectors, *indices], axis=0)

    def _with_missing(self, values: Any, rows: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        if not self._missing:
            return values
        flags = list(dict.fromkeys(self._missing.values()))
        is_missing = tf.stack([rows[name] for name in flags])
        # A column without a flag gets a flag that is always zero.
        is_missing = tf.pad(is_missing, [[0, 1], [0, 0]])
        positions = [flags.index(self._missing[n]) if n in self._missing else len(flags) for n in self._numbers]
        return tf.where(tf.gather(is_missing, positions) > 0, tf.constant(np.nan, tf.float32), values)
