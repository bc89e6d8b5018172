"""Scored rows in each format, read back by another library."""

import csv
import datetime
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.serving.batch.formats import ArrowWriter, DelimitedWriter, JsonWriter, ParquetWriter, as_text

NAN, INFINITE = float("nan"), float("inf")
AWKWARD = ["plain", "a,b", 'say "x"', "two\nlines", "tab\there", "größe", "", None, " space ", "cr\rhere"]


def batches(values):
    whole = pa.RecordBatch.from_arrays(
        [pa.array(range(len(values))), pa.array(values, pa.string())], ["n", "the, text"]
    )
    return [whole.slice(0, 4), whole.slice(4)]


def written(make, parts):
    stream = io.BytesIO()
    writer = make(stream)
    for part in parts:
        writer.write(part)
    writer.close()
    return stream.getvalue()


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_delimited_text_reads_back_as_it_was(delimiter):
    text = written(lambda stream: DelimitedWriter(stream, delimiter), batches(AWKWARD)).decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert rows[0] == ["n", "the, text"]
    assert rows[1:] == [[str(number), value or ""] for number, value in enumerate(AWKWARD)]


def test_delimited_text_quotes_only_what_needs_it():
    text = written(lambda stream: DelimitedWriter(stream, ","), [pa.RecordBatch.from_pydict({"a": ["x y", 'q"']})])
    assert text == b'a\nx y\n"q"""\n'


def test_json_lines_read_back_as_they_were():
    lines = written(JsonWriter, batches(AWKWARD)).decode().split("\n")
    assert [json.loads(line) for line in lines[:-1]] == [
        {"n": number, "the, text": value} for number, value in enumerate(AWKWARD)
    ]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([0.1, None], pa.float32()), [0.1, None]),
        (pa.array([NAN, INFINITE, 0.5]), [None, None, 0.5]),
        (pa.array([[0.1, 0.9]], pa.list_(pa.float32())), [[0.1, 0.9]]),
        (pa.array([None, [0.5]], pa.list_(pa.float32())), [None, [0.5]]),
        (pa.array([{"a": 1}]), [{"a": 1}]),
        (pa.array([datetime.date(2014, 5, 1)]), ["2014-05-01"]),
        (pa.array([b"raw"]), ["raw"]),
        (pa.array([True, None]), [True, None]),
    ],
)
def test_json_says_each_kind_of_value(column, expected):
    text = written(JsonWriter, [pa.RecordBatch.from_arrays([column], ["a"])]).decode()
    assert [json.loads(line, parse_constant=pytest.fail)["a"] for line in text.splitlines()] == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([0.1, 1e-7], pa.float32()), ["0.1", "1e-7"]),
        (pa.array([12, None]), ["12", None]),
        (pa.array([True]), ["true"]),
        (pa.array([[0.1, 0.9]], pa.list_(pa.float32())), ["[0.1, 0.9]"]),
        (pa.array([{"a": "ö"}, None]), ['{"a": "ö"}', None]),
        (pa.array([datetime.datetime(2014, 5, 1, 12)]), ["2014-05-01 12:00:00"]),
        (pa.array([b"raw"]), ["raw"]),
        (pa.array(["a", None]).dictionary_encode(), ["a", None]),
    ],
)
def test_text_says_each_kind_of_value(column, expected):
    assert as_text(column).to_pylist() == expected


def test_parquet_keeps_types_and_rows():
    parts = [
        pa.RecordBatch.from_arrays([pa.array([number]), pa.array([[0.5]], pa.list_(pa.float32()))], ["n", "p"])
        for number in range(3)
    ]
    table = pq.read_table(io.BytesIO(written(ParquetWriter, parts)))
    assert table.to_pylist() == [{"n": number, "p": [0.5]} for number in range(3)]
    assert str(table.schema.field("p").type.value_type) == "float"


@pytest.mark.parametrize("value", ['a,"b"\n', "plain", 7, None])
def test_column_of_one_value_is_written_like_any_other(value):
    numbers = pa.array([1, 2])
    plain = pa.array([value, value])
    repeated = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int8()), plain[:1])
    written = []
    for column in (plain, repeated):
        stream = io.BytesIO()
        writer = DelimitedWriter(stream, ",")
        for _ in range(2):
            writer.write(pa.RecordBatch.from_arrays([numbers, column], ["n", "value"]))
        written.append(stream.getvalue())
    assert written[0] == written[1]


def test_arrow_file_has_plain_types():
    stream = io.BytesIO()
    writer = ArrowWriter(stream)
    writer.write(pa.record_batch([pa.array(["a", "a"]).dictionary_encode()], ["kind"]))
    writer.close()
    found = pa.ipc.open_file(pa.BufferReader(stream.getvalue())).read_all()
    assert found.to_pydict() == {"kind": ["a", "a"]}
    assert found.schema.types == [pa.string()]
