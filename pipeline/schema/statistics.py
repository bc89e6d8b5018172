"""The statistics of a table by TFDV, straight from its rows: those of StatisticsGen without files of examples."""

from collections.abc import Collection
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components import value_counts
from components.in_process import BATCH_ROWS
from components.tfx_internals import statistics_generators, statistics_of
from penstock.tables.examples.write import to_lists
from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.splits import Splits
from penstock.tables.splitting import assign

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList


def by_split(source: Input, splits: Splits, categories: Collection[str] = ()) -> dict[str, Statistics]:
    """Return the statistics of each split, with the counts of categories.

    Raises:
        DataError: The table cannot be read, or not be split so.
    """
    with open_table(source) as table:
        assigned = assign(splits, table)
        found = {name: _Accumulator(categories) for name in assigned.names}
        for batch in table.batches(assigned.sql, size=BATCH_ROWS):
            position, rows = batch.column(batch.num_columns - 1), _without_last(batch)
            for number, accumulator in enumerate(found.values()):
                accumulator.add(rows.filter(pc.equal(position, number)))
    return {name: accumulator.result() for name, accumulator in found.items()}


def to_serve(
    source: Input, schema: schema_pb2.Schema, categories: Collection[str] = (), *, known_only: bool = True
) -> Statistics:
    """Return the statistics of rows as a model takes them, which knows no column but those of the schema.

    Raises:
        DataError: The table cannot be read.
    """
    floats = {feature.name for feature in schema.feature if feature.type == schema_pb2.FLOAT}
    known = {feature.name for feature in schema.feature}
    accumulator = _Accumulator(categories)
    with open_table(source) as table:
        for batch in table.batches(size=BATCH_ROWS):
            names = [name for name in batch.schema.names if name in known or not known_only]
            columns = [_number(batch.column(name), is_float=name in floats) for name in names]
            accumulator.add(pa.RecordBatch.from_arrays(columns, names=names), rows=batch.num_rows)
    return accumulator.result()


class _Accumulator:
    """TFDV's generators with what they gathered so far."""

    def __init__(self, categories: Collection[str]) -> None:
        self._generators = statistics_generators(value_counts.options(categories))
        self._partial = [generator.create_accumulator() for generator in self._generators]

    def add(self, batch: pa.RecordBatch, rows: int | None = None) -> None:
        """Take a batch of the table's own types."""
        if not (batch.num_rows if rows is None else rows):
            return
        lists = to_lists(batch)
        # An example leaves out a column that is missing throughout: nothing is known of its type.
        columns = [pa.nulls(len(column)) if column.null_count == len(column) else column for column in lists.columns]
        given = pa.RecordBatch.from_arrays(columns, names=lists.schema.names)
        pairs = zip(self._generators, self._partial, strict=True)
        self._partial = [generator.add_input(partial, given) for generator, partial in pairs]

    def result(self) -> Statistics:
        """Return the statistics."""
        found: Statistics = statistics_of(self._partial, self._generators)
        return found


def _without_last(batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(batch.columns[:-1], names=batch.schema.names[:-1])


def _number(column: pa.Array, *, is_float: bool) -> Any:
    """Return a column as the model takes it: a few rows may hold whole numbers where others hold fractions."""
    return column.cast(pa.float64()) if is_float and pa.types.is_integer(column.type) else column
