"""The analyzers of Transform: means and standard deviations of numbers, vocabularies of categories, counts of texts.

TFT's own analyzers cost a second or more per column, whatever the number of rows. Each of these analyzes all columns
together.
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

# In a column with more distinct values than this the counts of the rarest are dropped while counting.
MAX_DISTINCT = 1_000_000


@dataclass(frozen=True)
class AnalyzerOutput:
    """What the analysis of the training rows returns.

    Attributes:
        mean: The means of the scaled columns.
        spread: Their standard deviations.
        vocabulary: The file of vocabularies.
        texts: For each column of text the number of texts in which each bucket occurs, then the number of its texts.
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
        """The standard deviations; zero without values, and where only rounding makes them differ from the mean."""
        variance = self.squares / np.maximum(self.count, 1)
        return np.where(variance > (1e-13 * self.mean) ** 2, np.sqrt(np.maximum(variance, 0)), 0.0)

    def merged(self, other: "Moments") -> "Moments":
        """Return the moments of both parts.

        Method: Chan, Golub, LeVeque: Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979.
        """
        count = self.count + other.count
        difference = other.mean - self.mean
        share = other.count / np.maximum(count, 1)
        squares = self.squares + other.squares + difference**2 * self.count * share
        return Moments(count, self.mean + difference * share, squares)


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
    """Counts the values of each column; a batch is the values of all columns, and the column of each value."""

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
        """Drop the rarest values of a column that has too many."""
        return [Counter(dict(c.most_common(MAX_DISTINCT // 2))) if len(c) > MAX_DISTINCT else c for c in counters]

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
    """Computes the sums of columns of numbers."""

    def __init__(self, columns: int) -> None:
        """Take the number of columns."""
        super().__init__()
        self._columns = columns

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Return a collection of one array."""
        return batches | beam.CombineGlobally(AddUp(self._columns))


class MomentsAnalyzer(beam.PTransform):
    """Computes the means and standard deviations of columns of numbers."""

    def __init__(self, columns: int) -> None:
        """Take the number of columns."""
        super().__init__()
        self._columns = columns

    def expand(self, batches: beam.PCollection) -> Any:
        """Return two collections of one array each."""
        combined = batches | beam.CombineGlobally(CombineMoments(self._columns))
        return combined | "Mean" >> beam.Map(lambda each: each.mean), combined | "Spread" >> beam.Map(
            lambda each: each.spread
        )


class VocabularyAnalyzer(tft_beam.experimental.PTransformAnalyzer):
    """Writes the file with the vocabularies of all columns."""

    def __init__(self, limits: list[int]) -> None:
        """Take the maximum size of each vocabulary."""
        super().__init__()
        self._limits = limits

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Return a collection of one file name."""
        folder, limits = str(self.base_temp_dir), self._limits
        return (
            batches
            | beam.CombineGlobally(CountValues(len(limits)))
            | beam.Map(lambda counters: write(list(map(by_frequency, counters, limits)), folder))
        )


def by_frequency(counter: Counter[bytes], limit: int) -> list[bytes]:
    """Return at most `limit` values, by falling frequency, then by value.

    A value with a line break is left out, because the file has a value per line.
    """
    allowed = [(value, count) for value, count in counter.items() if b"\n" not in value and b"\r" not in value]
    return [value for value, _ in sorted(allowed, key=lambda item: (-item[1], item[0]))[:limit]]


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
