"""What Transform learns from the training rows: means and spreads of numbers, vocabularies of categories.

TFT's own analyzers cost a second or more for each column, whatever the number of rows; these two do the work of all,
for two columns as for two thousand.
"""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform.beam as tft_beam

from penstock.core.vocabulary import FILE as VOCABULARY
from penstock.core.vocabulary import RECORD, UNIT, parse

# With more distinct values than this in a column the rarest are forgotten on the way.
MOST_DISTINCT = 1_000_000


@dataclass(frozen=True)
class Learned:
    """What the training rows told: means and spreads of the scaled columns, the file of vocabularies, counts of texts.

    The counts are, for each column of text, of the texts in which each bucket occurs, then of all its texts.
    """

    mean: list[float]
    spread: list[float]
    vocabulary: str
    texts: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Moments:
    """Counts, means and sums of squared deviations of columns of numbers, each [columns]."""

    count: np.ndarray
    mean: np.ndarray
    squares: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """The standard deviations; zero where there is no value, or none but rounding."""
        variance = self.squares / np.maximum(self.count, 1)
        return np.where(variance > (1e-13 * self.mean) ** 2, np.sqrt(np.maximum(variance, 0)), 0.0)

    def merged(self, other: "Moments") -> "Moments":
        """Return the moments of both parts.

        Chan, Golub, LeVeque: Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979.
        """
        count = self.count + other.count
        apart = other.mean - self.mean
        share = other.count / np.maximum(count, 1)
        squares = self.squares + other.squares + apart**2 * self.count * share
        return Moments(count, self.mean + apart * share, squares)


def moments(numbers: np.ndarray) -> Moments:
    """Return the moments of a batch [batch, columns], NaN where missing."""
    present = np.isfinite(numbers)
    count = present.sum(axis=0)
    mean = np.where(present, numbers, 0.0).sum(axis=0) / np.maximum(count, 1)
    return Moments(count, mean, (np.where(present, numbers - mean, 0.0) ** 2).sum(axis=0))


class CombineMoments(beam.CombineFn):
    """Combines batches of numbers into their Moments."""

    def __init__(self, columns: int) -> None:
        """Take the number of columns."""
        self._columns = columns

    def create_accumulator(self) -> Moments:
        """Return the moments of no rows."""
        return Moments(*[np.zeros(self._columns)] * 3)

    def add_input(self, accumulator: Moments, batch: tuple[np.ndarray]) -> Moments:
        """Add a batch."""
        return accumulator.merged(moments(batch[0]))

    def merge_accumulators(self, accumulators: Iterable[Moments]) -> Moments:
        """Merge the moments of disjoint rows."""
        first, *others = accumulators
        for other in others:
            first = first.merged(other)
        return first

    def extract_output(self, accumulator: Moments) -> Moments:
        """Return the moments."""
        return accumulator


class CountValues(beam.CombineFn):
    """Counts the values of each column; a batch holds values and the columns that they are of, side by side."""

    def __init__(self, columns: int) -> None:
        """Take the number of columns."""
        self._columns = columns

    def create_accumulator(self) -> list[Counter[bytes]]:
        """Return the counts of no rows."""
        return [Counter() for _ in range(self._columns)]

    def add_input(self, counters: list[Counter[bytes]], batch: tuple[np.ndarray, np.ndarray]) -> list[Counter[bytes]]:
        """Add a batch."""
        values, columns = batch
        for column, counter in enumerate(counters):
            counter.update(values[columns == column].tolist())
        return counters

    def merge_accumulators(self, accumulators: Iterable[list[Counter[bytes]]]) -> list[Counter[bytes]]:
        """Merge the counts of disjoint rows."""
        merged, *others = accumulators
        for other in others:
            for counter, more in zip(merged, other, strict=True):
                counter.update(more)
        return self.compact(merged)

    def compact(self, counters: list[Counter[bytes]]) -> list[Counter[bytes]]:
        """Forget the rarest values of a column that has too many."""
        return [Counter(dict(c.most_common(MOST_DISTINCT // 2))) if len(c) > MOST_DISTINCT else c for c in counters]

    def extract_output(self, counters: list[Counter[bytes]]) -> list[Counter[bytes]]:
        """Return the counts."""
        return counters


class AddUp(beam.CombineFn):
    """Adds up the rows of batches."""

    def __init__(self, columns: int) -> None:
        """Take the number of columns."""
        self._columns = columns

    def create_accumulator(self) -> np.ndarray:
        """Return the sums of no rows."""
        return np.zeros(self._columns)

    def add_input(self, sums: np.ndarray, batch: tuple[np.ndarray]) -> np.ndarray:
        """Add a batch."""
        return sums + batch[0].sum(axis=0, dtype=np.float64)

    def merge_accumulators(self, accumulators: Iterable[np.ndarray]) -> np.ndarray:
        """Merge the sums of disjoint rows."""
        return np.sum(list(accumulators), axis=0)

    def extract_output(self, sums: np.ndarray) -> np.ndarray:
        """Return the sums."""
        return sums


class SumsAnalyzer(beam.PTransform):
    """Gives the sums of columns of numbers."""

    def __init__(self, columns: int) -> None:
        """Take the number of columns."""
        super().__init__()
        self._columns = columns

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Return a collection of one array."""
        return batches | beam.CombineGlobally(AddUp(self._columns))


class MomentsAnalyzer(beam.PTransform):
    """Gives the means and the spreads of columns of numbers."""

    def __init__(self, columns: int) -> None:
        """Take the number of columns."""
        super().__init__()
        self._columns = columns

    def expand(self, batches: beam.PCollection) -> Any:
        """Return two collections of one array each."""
        found = batches | beam.CombineGlobally(CombineMoments(self._columns))
        return found | "Mean" >> beam.Map(lambda of: of.mean), found | "Spread" >> beam.Map(lambda of: of.spread)


class VocabularyAnalyzer(tft_beam.experimental.PTransformAnalyzer):
    """Gives the file that holds the vocabularies of all columns."""

    def __init__(self, most: list[int]) -> None:
        """Take how many values each column may keep."""
        super().__init__()
        self._most = most

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Return a collection of one file name."""
        folder, most = str(self.base_temp_dir), self._most
        return (
            batches
            | beam.CombineGlobally(CountValues(len(most)))
            | beam.Map(lambda counters: write(list(map(by_frequency, counters, most)), folder))
        )


def by_frequency(counter: Counter[bytes], most: int) -> list[bytes]:
    """Return at most so many values, by falling frequency, then by value.

    A value with a line break is left out: the file of vocabularies could not hold it.
    """
    fit = [(value, count) for value, count in counter.items() if b"\n" not in value and b"\r" not in value]
    return [value for value, _ in sorted(fit, key=lambda item: (-item[1], item[0]))[:most]]


def write(vocabularies: list[list[bytes]], folder: str) -> str:
    """Write the vocabularies, a line per mark and value; return the file."""
    tf.io.gfile.makedirs(folder)
    file = os.path.join(folder, VOCABULARY)
    lines: list[bytes] = []
    for column, values in enumerate(vocabularies):
        lines.append(f"{column}{RECORD}".encode())
        lines += [f"{column}{UNIT}".encode() + value for value in values]
    lines.append(f"{len(vocabularies)}{RECORD}".encode())
    with tf.io.gfile.GFile(file, "wb") as stream:
        stream.write(b"".join(line + b"\n" for line in lines))
    return file


def read(file: str, columns: int) -> list[list[str]]:
    """Return the values of each column from the file that `write` wrote."""
    with tf.io.gfile.GFile(file, "rb") as stream:
        return parse(stream.read(), columns)
