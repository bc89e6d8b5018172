"""Arrow values as tf.Examples: every type, every kind of missing value, and values that cannot be encoded."""

import gzip
import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from penstock.core.errors import DataError
from penstock.tables.examples.write import serialize, write
from penstock.tables.source import open_table
from penstock.tables.splits import train_eval
from tests.examples import examples

TYPES = {
    "true": [1],
    "CAST(7 AS TINYINT)": [7],
    "CAST(7 AS UBIGINT)": [7],
    "-9007199254740993": [-9007199254740993],
    "CAST(7 AS HUGEINT)": [7],
    "sum(7) OVER (PARTITION BY n)": [7],
    "CAST(0.5 AS FLOAT)": [0.5],
    "CAST(0.5 AS DOUBLE)": [0.5],
    "CAST(12.50 AS DECIMAL(10, 2))": [12.5],
    "'größe'": ["größe".encode()],
    "''": None,
    "CAST('\\x00\\xFF' AS BLOB)": [b"\x00\xff"],
    "CAST('a' AS ENUM('a', 'b'))": [b"a"],
    "TIME '10:30:00'": [b"10:30:00.000000"],
    "DATE '1970-01-02'": [86400],
    "DATE '1969-12-31'": [-86400],
    "TIMESTAMP '1970-01-01 00:01:00.9'": [60],
    "TIMESTAMP '1969-12-31 23:59:59.5'": [-1],
    "TIMESTAMPTZ '1970-01-01 01:00:00+01'": [0],
    "CAST('1970-01-01 00:01:00' AS TIMESTAMP_NS)": [60],
    "[1, 2, 3]": [1, 2, 3],
    "[0.5, 1.5]": [0.5, 1.5],
    "[true, false]": [1, 0],
    "CAST([1, 2] AS INTEGER[2])": [1, 2],
    "['a', 'b']": [b"a", b"b"],
    "NULL": None,
    "CAST(NULL AS VARCHAR)": None,
    "CAST('nan' AS DOUBLE)": None,
    "CAST(NULL AS INTEGER[])": None,
}


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("n\n" + "".join(f"{number}\n" for number in range(200)))
    return str(path)


def decode(examples):
    batch = ExamplesToRecordBatchDecoder().DecodeBatch(examples)
    return batch.to_pylist()


def encode(source, query):
    with open_table(source, query) as table:
        return [example for batch in table.batches() for example in serialize(batch).to_pylist()]


@pytest.mark.parametrize("expression", TYPES)
def test_every_type_has_its_place_in_an_example(rows, expression):
    (row,) = decode(encode(rows, f"SELECT {expression} AS x, 1 AS other FROM source LIMIT 1"))
    assert row["other"] == [1]
    assert row["x"] == TYPES[expression]


def test_missing_values_between_others_stay_where_they_are(rows):
    pair = "CASE WHEN n % 3 = 0 THEN [n, n] END"
    query = (
        f"SELECT CASE WHEN n % 2 = 0 THEN n END AS i, {pair} AS l, CAST({pair} AS BIGINT[2]) AS f FROM source LIMIT 7"
    )
    found = decode(encode(rows, query))
    assert [row["i"] for row in found] == [[0], None, [2], None, [4], None, [6]]
    for name in ("l", "f"):
        assert [row[name] for row in found] == [[0, 0], None, None, [3, 3], None, None, [6, 6]]


@pytest.mark.parametrize("name", ["a b", "c.d", "größe", "select"])
def test_strange_names_are_kept(rows, name):
    (row,) = decode(encode(rows, f'SELECT n AS "{name}" FROM source LIMIT 1'))
    assert row == {name: [0]}


REFUSED = {
    "{'a': 1}": ["'x'", "struct", "EXCLUDE"],
    "[[1], [2]]": ["'x'", "list", "EXCLUDE"],
    "INTERVAL 1 DAY": ["'x'", "interval", "EXCLUDE"],
    "CAST(18446744073709551615 AS UBIGINT)": ["'x'", "64 bits", "EXCLUDE"],
    "[1, NULL]": ["'x'", "missing", "list_filter"],
}


@pytest.mark.parametrize("expression", REFUSED)
def test_what_an_example_cannot_hold_is_refused_by_column(rows, expression):
    with pytest.raises(DataError) as caught:
        encode(rows, f"SELECT {expression} AS x FROM source")
    for word in REFUSED[expression]:
        assert word in str(caught.value)


def records(path):
    content = gzip.decompress(path.read_bytes())
    position, found = 0, []
    while position < len(content):
        (length,) = struct.unpack_from("<Q", content, position)
        found.append(content[position + 12 : position + 12 + length])
        position += 16 + length
    return found


def test_each_split_is_a_file_and_no_row_is_lost(rows, tmp_path):
    with open_table(rows) as table:
        counts = write(table, train_eval(0.3), tmp_path / "out")
    found = {
        name: [row["n"][0] for row in decode(records(next((tmp_path / "out" / f"Split-{name}").glob("*.gz"))))]
        for name in ("train", "eval")
    }
    assert {name: len(numbers) for name, numbers in found.items()} == counts
    assert sorted(found["train"] + found["eval"]) == list(range(200))
    assert found["train"] == sorted(found["train"])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * FROM source LIMIT 0", ["at least one row", "none"]),
        ("SELECT 1 AS x FROM source", ["rows for every split", "none of 200"]),
        ("SELECT n, {'a': n} AS x FROM source", ["'x'"]),
    ],
)
def test_nothing_is_left_where_writing_fails(rows, tmp_path, query, words):
    with open_table(rows, query) as table, pytest.raises(DataError) as caught:
        write(table, train_eval(0.3), tmp_path / "out")
    for word in words:
        assert word in str(caught.value)
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_a_header_only_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n")
    with open_table(str(path)) as table, pytest.raises(DataError, match=r"rows\.csv.*a header only"):
        write(table, train_eval(0.3), tmp_path / "out")


@settings(max_examples=examples(50), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.floats(width=32),
            st.none() | st.text(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_values_come_back_as_they_went_in(values):
    import pyarrow as pa

    names = ["i", "f", "t"]
    kinds = [pa.int64(), pa.float64(), pa.string()]
    arrays = [pa.array(list(column), kind) for column, kind in zip(zip(*values, strict=True), kinds, strict=True)]
    schema = schema_pb2.Schema()
    for name, kind in zip(names, (schema_pb2.INT, schema_pb2.FLOAT, schema_pb2.BYTES), strict=True):
        schema.feature.add(name=name, type=kind)
    decoder = ExamplesToRecordBatchDecoder(schema.SerializeToString())
    found = decoder.DecodeBatch(serialize(pa.RecordBatch.from_arrays(arrays, names=names)).to_pylist()).to_pylist()
    for (i, f, t), row in zip(values, found, strict=True):
        assert row["i"] == (None if i is None else [i])
        assert row["f"] == (None if f is None or not math.isfinite(f) else [f])
        assert row["t"] == ([t.encode()] if t else None)
