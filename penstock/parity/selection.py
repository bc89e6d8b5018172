"""Golden rows: the rows of a split with which a server is compared with the model.

They are one row for each category of a categorical column, for the least and the greatest number of a numeric one, for
the longest text, and for a missing value of any column. Of several such rows it is the one with the smallest hash. More
rows with the smallest hashes make them as many as configured. So the choice depends on the rows alone, and neither on
their order nor on how they are divided into files.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Beyond it some categories of a column are left out: those whose rows have the greatest hashes.
MOST_CATEGORIES = 1_000


@dataclass(frozen=True)
class Columns:
    """The columns whose values decide: those of categories, of numbers and of text, and all of them."""

    categories: Sequence[str] = ()
    numbers: Sequence[str] = ()
    texts: Sequence[str] = ()
    all: Sequence[str] = ()


@dataclass(frozen=True)
class Row:
    """A row: its hash and its serialized example."""

    hash: int
    example: bytes

    def __lt__(self, other: "Row") -> bool:
        return (self.hash, self.example) < (other.hash, other.example)


@dataclass(frozen=True)
class Chosen:
    """The golden rows.

    Attributes:
        examples: The serialized examples, in the order of their hashes.
        of: The number of rows that they were chosen from.
        categories: The number of categories that they cover, by column.
        left_out: The columns of which some categories, extremes or missing values are not covered.
    """

    examples: list[bytes]
    of: int
    categories: dict[str, int]
    left_out: tuple[str, ...]


@dataclass
class Selection:
    """Chooses golden rows from batches.

    Attributes:
        columns: The columns.
        rows: The least number of rows to choose, all if there are fewer; equal rows count once.
        limit: The greatest number of rows to choose.
        most_categories: The greatest number of categories of a column that are covered.
    """

    columns: Columns
    rows: int
    limit: int
    most_categories: int = MOST_CATEGORIES
    _count: int = 0
    _smallest: dict[int, Row] = field(default_factory=dict)
    _categories: dict[str, dict[bytes | int, Row]] = field(default_factory=dict)
    _extremes: dict[tuple[str, str], tuple[float, Row]] = field(default_factory=dict)
    _left_out: set[str] = field(default_factory=set)

    def add(self, hashes: np.ndarray, examples: np.ndarray, batch: pa.RecordBatch) -> None:
        """Add a batch.

        Args:
            hashes: A hash of each row's content, uint64.
            examples: The serialized examples, in the order of the batch.
            batch: Their columns as lists; null, an empty list or no such column where a value is missing.
        """
        self._count += batch.num_rows
        order = np.argsort(hashes, kind="stable")
        row = _Rows(hashes[order], examples[order])
        self._add_smallest(row)
        for name in self.columns.all:
            values = _values(batch, name).take(pa.array(order))
            self._add_extreme(("missing", name), row, values.is_null(), np.zeros(len(order)))
            if values.null_count < len(values):
                self._add_column(name, row, values)

    def chosen(self) -> Chosen:
        """Return the golden rows of all batches."""
        for name in self._categories:
            self._prune(name)
        needed: dict[tuple[str, str, bytes | int], Row] = {}
        for name, rows_of in self._categories.items():
            needed.update({("category", name, value): row for value, row in rows_of.items()})
        needed.update({(kind, name, b""): row for (kind, name), (_, row) in self._extremes.items()})
        rows = sorted({row.example: row for row in needed.values()}.values())[: self.limit]
        examples = {row.example for row in rows}
        more = [row for row in sorted(self._smallest.values()) if row.example not in examples]
        rows = sorted([*rows, *more[: max(self.rows - len(rows), 0)]])
        examples = {row.example for row in rows}
        left_out = self._left_out | {name for (_, name, _), row in needed.items() if row.example not in examples}
        categories = Counter(
            name for (kind, name, _), row in needed.items() if kind == "category" and row.example in examples
        )
        return Chosen([row.example for row in rows], self._count, dict(categories), tuple(sorted(left_out)))

    def _add_smallest(self, row: "_Rows") -> None:
        for each in row.first(self.rows):
            self._smallest.setdefault(each.hash, each)
        kept = sorted(self._smallest)[: self.rows]
        self._smallest = {value: self._smallest[value] for value in kept}

    def _add_column(self, name: str, row: "_Rows", values: pa.Array) -> None:
        if name in self.columns.categories:
            self._add_categories(name, row, values)
        elif name in self.columns.texts:
            lengths = pc.binary_length(values).cast(pa.float64())
            self._add_extreme(("longest", name), row, values.is_valid(), _filled(lengths, -1.0) * -1)
        elif name in self.columns.numbers:
            numbers = _filled(values.cast(pa.float64(), safe=False), np.nan)
            finite = pa.array(np.isfinite(numbers))
            self._add_extreme(("least", name), row, finite, numbers)
            self._add_extreme(("greatest", name), row, finite, -numbers)

    def _add_extreme(self, key: tuple[str, str], row: "_Rows", usable: pa.Array, values: np.ndarray) -> None:
        """Keep the row with the least value, of several the one with the smallest hash."""
        places = np.flatnonzero(usable.to_numpy(zero_copy_only=False))
        if len(places):
            place = places[np.argmin(values[places])]
            found = (float(values[place]), row[place])
            self._extremes[key] = min(self._extremes.get(key, found), found)

    def _add_categories(self, name: str, row: "_Rows", values: pa.Array) -> None:
        encoded = values.dictionary_encode()
        codes, first = np.unique(_filled(encoded.indices.cast(pa.int64()), -1), return_index=True)
        known = self._categories.setdefault(name, {})
        names = encoded.dictionary.to_pylist()
        for code, place in zip(codes.tolist(), first.tolist(), strict=True):
            if code >= 0:
                known[names[code]] = min(known.get(names[code], row[place]), row[place])
        if len(known) > 2 * self.most_categories:
            self._prune(name)

    def _prune(self, name: str) -> None:
        """Keep the categories whose rows have the smallest hashes; a later row can bring another one back."""
        known = self._categories[name]
        if len(known) > self.most_categories:
            self._left_out.add(name)
            kept = sorted(known, key=lambda category: (known[category], str(category)))[: self.most_categories]
            self._categories[name] = {category: known[category] for category in kept}


@dataclass(frozen=True)
class _Rows:
    """The rows of a batch in the order of their hashes."""

    hashes: np.ndarray
    examples: np.ndarray

    def __getitem__(self, place: int) -> Row:
        return Row(int(self.hashes[place]), bytes(self.examples[place]))

    def first(self, count: int) -> Iterator[Row]:
        """Yield the first rows, of equal hashes one."""
        _, places = np.unique(self.hashes, return_index=True)
        return (self[place] for place in places[:count].tolist())


def _values(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return the first value of each row, null where it has none."""
    place = batch.schema.get_field_index(name)
    column = batch.column(place) if place >= 0 else pa.nulls(batch.num_rows)
    if pa.types.is_null(column.type):
        return column
    lengths = _filled(pc.list_value_length(column), 0).astype(np.int64)
    return column.flatten().take(pa.array(np.cumsum(lengths) - lengths, mask=lengths == 0))


def _filled(values: pa.Array, missing: float) -> np.ndarray:
    return np.asarray(pc.fill_null(values, missing).to_numpy(zero_copy_only=False))
