"""Rows with other columns than those before: one type for the values of both, and missing ones."""

import pyarrow as pa
import pytest

from penstock.server.sampling.columns import MOST, fitted, merged


def batch(**columns):
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1], [2], [[1], [2]]),
        ([1], [0.5], [[1.0], [0.5]]),
        ([1, None], [True], [["1", None], ["true"]]),
        ([1], ["a"], [["1"], ["a"]]),
        ([0.5], ["a"], [["0.5"], ["a"]]),
        ([b"\xff"], ["a"], [[b"\xff"], [b"a"]]),
        ([b"\xff"], [7], [[b"\xff"], [b"7"]]),
        ([1, None], [[2, 3]], [[[1], None], [[2, 3]]]),
        ([[1]], [[0.5]], [[[1.0]], [[0.5]]]),
        ([[1]], ["a", None], [[["1"]], [["a"], None]]),
    ],
)
def test_values_of_both_types_are_kept(one, other, expected):
    batches = [batch(x=pa.array(one)), batch(x=pa.array(other))]
    schema = merged(batches[0].schema, batches[1].schema)
    assert [fitted(each, schema).column(0).to_pylist() for each in batches] == expected
    assert merged(schema, batches[0].schema) == schema


def test_column_that_rows_do_not_have_is_missing():
    schema = merged(batch(x=pa.array([1])).schema, batch(z=pa.array(["a"])).schema)
    found = pa.Table.from_batches([fitted(batch(z=pa.array(["a", "b"])), schema)])
    assert found.to_pydict() == {"x": [None, None], "z": ["a", "b"]}


def test_columns_above_the_most_are_left_out():
    known = pa.schema([(f"c{number}", pa.int64()) for number in range(MOST)])
    schema = merged(known, pa.schema([("other", pa.int64()), ("c0", pa.float64())]))
    assert len(schema) == MOST
    assert schema.field("c0").type == pa.float64()
