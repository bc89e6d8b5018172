"""The statistics of a table by TFDV, computed from its rows: those of StatisticsGen, without files of examples."""

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
        DataError: The table cannot be read, or not be split as configured.
    """
    with open_table(source) as table:
        assigned = assign(splits, table)
        accumulators = {name: Accumulator(categories) for name in assigned.names}
        for batch in table.batches(assigned.sql, size=BATCH_ROWS):
            position, rows = batch.column(batch.num_columns - 1), _without_last(batch)
            for number, accumulator in enumerate(accumulators.values()):
                accumulator.add(rows.filter(pc.equal(position, number)))
    return {name: accumulator.result() for name, accumulator in accumulators.items()}


def for_serving(
    source: Input, schema: schema_pb2.Schema, categories: Collection[str] = (), *, known_only: bool = True
) -> Statistics:
    """Return the statistics of rows to be served, by default of the columns of the schema alone.

    Raises:
        DataError: The table cannot be read.
    """
    floats = {feature.name for feature in schema.feature if feature.type == schema_pb2.FLOAT}
    known = {feature.name for feature in schema.feature}
    accumulator = Accumulator(categories)
    with open_table(source) as table:
        for batch in table.batches(size=BATCH_ROWS):
            names = [name for name in batch.schema.names if name in known or not known_only]
            columns = [_number(batch.column(name), is_float=name in floats) for name in names]
            accumulator.add(pa.RecordBatch.from_arrays(columns, names=names), rows=batch.num_rows)
    return accumulator.result()


class Accumulator:
    """TFDV's generators with their partial results."""

    def __init__(self, categories: Collection[str]) -> None:
        self._generators = statistics_generators(value_counts.options(categories))
        self._partial = [generator.create_accumulator() for generator in self._generators]

    def add(self, batch: pa.RecordBatch, rows: int | None = None) -> None:
        """Add a batch, which has the types of the table."""
        if not (batch.num_rows if rows is None else rows):
            return
        lists = to_lists(batch)
        # Examples leave out a column without values, so its type is unknown.
        columns = [pa.nulls(len(column)) if column.null_count == len(column) else column for column in lists.columns]
        examples = pa.RecordBatch.from_arrays(columns, names=lists.schema.names)
        pairs = zip(self._generators, self._partial, strict=True)
        self._partial = [generator.add_input(partial, examples) for generator, partial in pairs]

    def result(self) -> Statistics:
        """Return the statistics."""
        statistics: Statistics = statistics_of(self._partial, self._generators)
        return statistics


def _without_last(batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(batch.columns[:-1], names=batch.schema.names[:-1])


def _number(column: pa.Array, *, is_float: bool) -> Any:
    """Return a column as floats if the schema has floats: a few rows may all have whole numbers."""
    return column.cast(pa.float64()) if is_float and pa.types.is_integer(column.type) else column
