"""The rows of a log of requests as training data has them, and what is counted of them by version."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.core.features import served_names
from penstock.core.request_log import OUTPUT, REQUEST, TIME, VERSION
from penstock.serving.requests.files import LogFile, batches
from pipeline.schema.statistics import Accumulator, Statistics

_Kind = statistics_pb2.FeatureNameStatistics
# The signatures whose inputs are the columns.
_BY_INPUT = ("serving_default", "explain")


@dataclass
class Logged:
    """What the log has of one version.

    Attributes:
        trained: The statistics of the training data of the version; None if they are not known.
        accumulator: Takes the inputs as training data has them.
        inputs: The column of each input of the version; empty if they are not known.
        rows: The number of rows.
        compared: The number of those that have a column of training data.
        requests: The hashes of the ids of the requests.
        first: The time of the first answer.
        last: The time of the last one.
        signatures: The signatures that answered.
        columns: The columns of training data that the log has.
        hashed: Those of which it has a hash only.
        numbers: The values of each output of one number for each row.
        texts: How often each output of one text for each row had a value.
    """

    trained: Statistics | None
    accumulator: Accumulator
    inputs: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    compared: int = 0
    requests: set[int] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    signatures: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    hashed: set[str] = field(default_factory=set)
    numbers: dict[str, list[np.ndarray]] = field(default_factory=dict)
    texts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, file: LogFile, batch: pa.RecordBatch) -> None:
        """Add the rows of this version in a batch."""
        times = batch.column(batch.schema.get_field_index(TIME))
        first, last = (each.as_py() for each in pc.min_max(times).values())
        self.first = first if self.first is None else min(first, self.first)
        self.last = last if self.last is None else max(last, self.last)
        self.rows += batch.num_rows
        self.requests.update(map(hash, batch.column(batch.schema.get_field_index(REQUEST)).to_pylist()))
        self.signatures.add(file.signature)
        self._add_outputs(file, batch)
        if self.trained is not None:
            kinds = kinds_of(self.trained)
            # Serialized examples have the names of the columns, which may be the names of other inputs.
            inputs = self.inputs if file.signature in _BY_INPUT else {}
            rows = as_trained(batch, kinds, file.hashed, inputs)
            every = as_trained(batch, kinds, inputs=inputs)
            self.columns.update(rows.schema.names)
            self.hashed.update(set(kinds) & set(every.schema.names) - set(rows.schema.names))
            # A signature with other inputs has none of the columns, which does not make them missing.
            self.compared += rows.num_rows if rows.num_columns else 0
            self.accumulator.add(rows, rows=rows.num_rows if rows.num_columns else 0)

    def _add_outputs(self, file: LogFile, batch: pa.RecordBatch) -> None:
        for name in batch.schema.names:
            output = name.removeprefix(OUTPUT)
            if output == name or output in file.hashed:
                continue
            values = batch.column(batch.schema.get_field_index(name)).drop_null()
            if pa.types.is_string(values.type):
                self.texts.setdefault(output, Counter()).update(values.to_pylist())
            elif _is_number(values.type):
                self.numbers.setdefault(output, []).append(values.to_numpy(zero_copy_only=False))


def read(
    files: Sequence[LogFile],
    trained: Callable[[int], Statistics | None],
    categories: Collection[str],
    inputs: Callable[[int], Mapping[str, str]] = lambda version: {},
) -> dict[int, Logged]:
    """Return what a log has of each version, the latest first.

    Args:
        files: The files of the log.
        trained: Returns the statistics of the training data of a version, or None.
        categories: The columns whose values are categories.
        inputs: Returns the column of each input of a version; empty if they are not known.

    Raises:
        DataError: A file is damaged.
    """
    found: dict[int, Logged] = {}
    for file in files:
        for batch in batches(file):
            for version, rows in _by_version(batch):
                if version not in found:
                    found[version] = Logged(trained(version), Accumulator(categories), inputs(version))
                found[version].add(file, rows)
    return dict(sorted(found.items(), reverse=True))


def kinds_of(trained: Statistics) -> dict[str, int]:
    """Return the type of each column in some statistics."""
    features = (feature for dataset in trained.datasets for feature in dataset.features)
    return {str(feature.path.step[0]): int(feature.type) for feature in features if len(feature.path.step) == 1}


def as_trained(
    batch: pa.RecordBatch,
    kinds: Mapping[str, int],
    hashed: Collection[str] = (),
    inputs: Mapping[str, str] | None = None,
) -> pa.RecordBatch:
    """Return the inputs of some rows that training data has, by its names and with its types.

    The server's columns have names that TensorFlow accepts, whole numbers may be floats or text, and a missing value is
    NaN or empty text.

    Args:
        batch: The rows.
        kinds: The type of each column of the training data.
        hashed: The columns of which the log has hashes only.
        inputs: The column of each input. A column that is no input may have the name of one. Without them the columns
            are found by their own names, then by those that their inputs would have.
    """
    by_input = inputs or {served: name for name, served in served_names(kinds).items()}
    columns = {}
    for position, given in enumerate(batch.schema.names):
        name = by_input.get(given) if inputs or given not in kinds else given
        if name is not None and name in kinds and given not in hashed and name not in hashed:
            columns[name] = _typed(batch.column(position), kinds[name])
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _by_version(batch: pa.RecordBatch) -> list[tuple[int, pa.RecordBatch]]:
    versions = batch.column(batch.schema.get_field_index(VERSION))
    return [(number, batch.filter(pc.equal(versions, number))) for number in pc.unique(versions).to_pylist()]


def _typed(column: pa.Array, kind: int) -> pa.Array:
    if pa.types.is_list(column.type):
        inner = _typed(column.flatten(), kind)
        return pa.ListArray.from_arrays(_offsets(column), inner)
    if kind == _Kind.INT:
        return _whole(column)
    if kind == _Kind.FLOAT:
        return _number(column)
    text = column if pa.types.is_binary(column.type) else column.cast(pa.string())
    return pc.if_else(pc.equal(pc.binary_length(text), 0), pa.scalar(None, text.type), text)


def _offsets(column: pa.Array) -> pa.Array:
    """Return the offsets of lists, null where a list is missing, from zero on."""
    sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.array(ends, pa.int32(), mask=np.append(column.is_null().to_numpy(zero_copy_only=False), False))


def _number(column: pa.Array) -> pa.Array:
    """Return a column as floats; what is no number is missing."""
    if _is_number(column.type) or pa.types.is_boolean(column.type):
        values = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
        values = values.cast(pa.float64(), safe=False)
        return pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    return pa.array([_parsed(value, float) for value in column.to_pylist()], pa.float64())


def _whole(column: pa.Array) -> pa.Array:
    """Return a column as whole numbers; text is read as digits, because floats would round large ones."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64(), safe=False)
    if pa.types.is_floating(column.type) or pa.types.is_boolean(column.type):
        values = _number(column)
        return pc.cast(pc.round(values), pa.int64(), safe=False)
    return pa.array([_parsed(value, int) for value in column.to_pylist()], pa.int64())


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _parsed(value: Any, kind: type) -> Any:
    try:
        return kind(value)
    except (TypeError, ValueError):
        return None
