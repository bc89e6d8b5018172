"""The columns of a file of the log, and rows with other ones.

Requests to one signature may have other columns than those before: another version of the model, or examples that leave
out a feature. A file has the columns of all, so that such requests do not begin a file each.
"""

import numpy as np
import pyarrow as pa

# Of a client that makes names up; columns above are left out.
MOST = 2000


def merged(known: pa.Schema, new: pa.Schema) -> pa.Schema:
    """Return the columns of both, each with a type that has the values of both; the metadata is the new one's."""
    types = {field.name: field.type for field in known}
    for field in new:
        if field.name in types:
            types[field.name] = _common(types[field.name], field.type)
        elif len(types) < MOST:
            types[field.name] = field.type
    return pa.schema(list(types.items()), metadata=new.metadata)


def fitted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return rows with the columns of a schema that `merged` returned; those that they do not have are missing."""
    columns = []
    for field in schema:
        position = batch.schema.get_field_index(field.name)
        columns.append(
            pa.nulls(batch.num_rows, field.type) if position < 0 else _converted(batch.column(position), field.type)
        )
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one == other:
        return one
    if pa.types.is_list(one) or pa.types.is_list(other):
        return pa.list_(_common(_inner(one), _inner(other)))
    if pa.types.is_integer(one) and pa.types.is_integer(other):
        return pa.int64()
    if _is_number(one) and _is_number(other):
        return pa.float64()
    return pa.binary() if pa.binary() in (one, other) else pa.string()


def _inner(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_list(kind) else kind


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _converted(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type == kind:
        return column
    if pa.types.is_list(kind) and not pa.types.is_list(column.type):
        # A missing value becomes a missing list.
        ends = np.concatenate([[0], np.cumsum(column.is_valid().to_numpy(zero_copy_only=False))]).astype(np.int32)
        starts = pa.array(ends, pa.int32(), mask=np.append(~column.is_valid().to_numpy(zero_copy_only=False), False))
        return pa.ListArray.from_arrays(starts, _converted(column.drop_null(), kind.value_type))
    if kind == pa.binary() and not pa.types.is_string(column.type):
        return column.cast(pa.string()).cast(kind)
    return column.cast(kind, safe=False)
