"""Reading a source: types, order, query, and a sentence for each error."""

import datetime
import gzip
import random
import tempfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.tables.examples.shards import plan_shards, read_shard
from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.splits import train_eval
from penstock.tables.splitting import assign
from penstock.tables.table import Column
from tests.penstock.tables.described import describe

STRANGE = ["a b", "c.d", "größe", "select", 'quo"te', "it's"]


def read(source, query=None, **options):
    with open_table(str(source), query) as table:
        return [row for batch in table.batches(**options) for row in batch.to_pylist()]


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_types_are_inferred_from_the_complete_file(tmp_path):
    path = write(tmp_path / "rows.csv", "a,b,c\n" + "1,1,true\n" * 30_000 + "x,1.5,\n")
    assert describe(str(path)) == (Column("a", "VARCHAR"), Column("b", "DOUBLE"), Column("c", "BOOLEAN"))


def test_rows_come_in_the_order_of_the_files_in_bounded_batches(tmp_path):
    for part in range(3):
        numbers = range(part * 1000, part * 1000 + 1000)
        write(tmp_path / f"part-{part}.csv", "n\n" + "".join(f"{number}\n" for number in numbers))
    with open_table(str(tmp_path)) as table:
        batches = list(table.batches(size=700))
        assert table.rows() == 3000
    assert max(batch.num_rows for batch in batches) <= 700
    assert [row["n"] for batch in batches for row in batch.to_pylist()] == list(range(3000))


@pytest.mark.slow
def test_batches_of_wide_rows_are_bounded_by_their_bytes(tmp_path):
    source = write(tmp_path / "rows.csv", "n\n" + "".join(f"{number}\n" for number in range(3000)))
    query = "SELECT n, list_resize([n], 5000, n) AS pixels, repeat('x', 100) AS text FROM source"
    with open_table(str(source), query) as table:
        found = [(batch.nbytes, batch.num_rows, batch.column(0).to_pylist()) for batch in table.batches()]
    assert max(size for size, *_ in found) < 20_000_000
    assert max(rows for _, rows, _ in found) > 100
    assert [number for *_, numbers in found for number in numbers] == list(range(3000))


def test_batches_are_put_together_whatever_they_hold(tmp_path):
    source = write(tmp_path / "rows.csv", "n\n" + "".join(f"{number}\n" for number in range(9000)))
    query = (
        "SELECT n, CAST(['a', 'b', 'c'][1 + n % 3] AS ENUM('a', 'b', 'c')) AS e, {'x': n} AS s, [[n]] AS l, "
        "CAST([n, n] AS INTEGER[2]) AS f, CASE WHEN n % 2 = 0 THEN n END AS m FROM source"
    )
    with open_table(str(source), query) as table:
        (batch,) = table.batches()
    last = {"n": 8999, "e": "c", "s": {"x": 8999}, "l": [[8999]], "f": [8999, 8999], "m": None}
    assert batch.slice(8999).to_pylist() == [last]


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_the_delimiter_is_detected_from_the_header(tmp_path, delimiter):
    path = write(tmp_path / "rows.csv", f'"a,;b"{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n')
    assert [column.name for column in describe(str(path))] == ["a,;b", "b", "c"]


def test_tsv_csv_and_parquet_give_the_same_rows(tmp_path):
    rows = [{"n": 1, "text": "x, y"}, {"n": None, "text": "z"}]
    write(tmp_path / "rows.csv", 'n,text\n1,"x, y"\n,z\n')
    write(tmp_path / "rows.tsv", "n\ttext\n1\tx, y\n\tz\n")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    for ending in ("csv", "tsv", "parquet"):
        assert read(tmp_path / f"rows.{ending}") == rows


def test_files_with_their_columns_in_another_order_are_read_by_name(tmp_path):
    write(tmp_path / "1.csv", "a,b\n1,2\n")
    write(tmp_path / "2.csv", "b,a\n4,3.5\n")
    assert read(tmp_path) == [{"a": 1.0, "b": 2}, {"a": 3.5, "b": 4}]


TYPES_OF_FILES = {
    "integers and floats": (("bigint", "[1, 2]"), ("double", "[1.5, 2.7]"), "DOUBLE", [1.0, 2.0, 1.5, 2.7]),
    "narrow and wide integers": (("tinyint", "[1]"), ("bigint", "[5000000000]"), "BIGINT", [1, 5_000_000_000]),
    "booleans and integers": (("boolean", "[true]"), ("integer", "[5]"), "INTEGER", [1, 5]),
    "integers and text": (("bigint", "[1]"), ("varchar", "['x']"), "VARCHAR", ["1", "x"]),
    "nothing and text": (("integer", "[NULL]"), ("varchar", "['x']"), "VARCHAR", [None, "x"]),
    "days and moments": (
        ("date", "['2020-01-01']"),
        ("timestamp", "['2020-01-02 03:04:05']"),
        "TIMESTAMP",
        [datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 2, 3, 4, 5)],
    ),
    "lists": (("integer[]", "[[1, 2]]"), ("double[]", "[[0.5]]"), "DOUBLE[]", [[1.0, 2.0], [0.5]]),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", TYPES_OF_FILES)
def test_parquet_files_of_several_types_have_the_one_that_holds_for_all(tmp_path, name, turned):
    *parts, kind, values = TYPES_OF_FILES[name]
    for number, (type_of_file, written) in zip((2, 1) if turned else (1, 2), parts, strict=True):
        select = f"SELECT unnest(CAST({written} AS {type_of_file}[])) AS n"
        duckdb.sql(f"COPY ({select}) TO '{tmp_path}/{number}.parquet' (FORMAT parquet)")
    assert describe(str(tmp_path)) == (Column("n", kind),)
    first = len(values) // 2
    expected = [*values[first:], *values[:first]] if turned else values
    assert [row["n"] for row in read(tmp_path)] == expected


def test_date_formats_are_inferred_from_the_complete_file(tmp_path):
    path = write(tmp_path / "rows.csv", "d\n" + "01/02/2021\n" * 30_000 + "31/12/2021\n")
    assert read(path)[0] == {"d": datetime.date(2021, 2, 1)}


def test_quoted_line_breaks_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path):
    path = write(tmp_path / "rows.csv", b'\xef\xbb\xbfa,b\r\n1,"x\ny"\r\n\r\n2,z\r\n')
    assert read(path) == [{"a": 1, "b": "x\ny"}, {"a": 2, "b": "z"}]


@pytest.mark.parametrize("name", STRANGE)
def test_strange_column_names_are_kept(tmp_path, name):
    quoted = '"' + name.replace('"', '""') + '"'
    path = write(tmp_path / "rows.csv", f"{quoted},other\n1,2\n")
    assert read(path, f"SELECT {quoted} FROM source") == [{name: 1}]


def test_a_query_sees_the_table_as_source_and_may_end_as_people_end_it(tmp_path):
    path = write(tmp_path / "rows.csv", "a\n1\n2\n")
    for query in (
        "SELECT a * 2 AS b FROM source",
        "SELECT a * 2 AS b FROM source;",
        "FROM (SELECT a*2 b FROM source) -- x",
    ):
        assert read(path, query) == [{"b": 2}, {"b": 4}]


def test_a_shuffled_query_keeps_its_own_order(tmp_path):
    numbers = list(range(5000))
    random.Random(1).shuffle(numbers)
    path = write(tmp_path / "rows.csv", "a\n" + "".join(f"{number}\n" for number in numbers))
    assert [row["a"] for row in read(path, "FROM source ORDER BY a")] == list(range(5000))


BAD_FILES = {
    "a row too long": ("a,b\n1,2\n1,2,3\n", ["line 3", "2 values", "received 3: 1,2,3", "correct"]),
    "a row too short": ("a,b\n1,2\n1\n", ["line 3", "2 values", "received 1"]),
    "a late ragged row": ("a,b\n" + '1,"x\ny"\n' * 20_000 + "1,2,3\n", ["line 40002", "received 3"]),
    "not UTF-8": (b"a,b\n1,2\n1,caf\xe9\n", ["line 3", "UTF-8", "0xe9", "save the file as UTF-8"]),
    "late not UTF-8": (b"a,b\n" + b"1,2\n" * 50_000 + b"1,caf\xe9\n", ["line 50002", "UTF-8"]),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), ["line 1", "UTF-8"]),
    "a stray quote": ('a,b\n1,"x"y\n2,z\n', ["line 2", "quotes"]),
    "an open quote": ('a,b\n1,2\n1,"x\n2,y\n', ["line 3", "quotes", "end of data"]),
    "mixed line ends": (b"a,b\r\n1,2\n3,4\r\n", ["line 2", "\\r\\n", "one kind of line end"]),
    "no header": ("1,2\n3,4\n", ["line 1", "header", "1, 2"]),
    "an empty first line": ("\n3,4\n", ["line 1", "header"]),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_malformed_files_are_refused_by_file_and_line(tmp_path, name):
    content, words = BAD_FILES[name]
    path = write(tmp_path / "rows.csv", content)
    with pytest.raises(DataError) as caught:
        read(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


BAD_QUERIES = {
    "a typing error": ("SELEKT 1", ["syntax error", "SELEKT"]),
    "an unknown column": ("SELECT fares FROM source", ["fares", "fare"]),
    "an unknown table": ("SELECT * FROM sorce", ["sorce", "source"]),
    "another statement": ("DROP TABLE source", ["one SELECT", "DROP"]),
    "two statements": ("SELECT 1; SELECT 2", ["one SELECT", "2 statements"]),
    "nothing": (" ", ["one SELECT", "0 statements"]),
    "a failing conversion": ("SELECT CAST(text AS INTEGER) AS n FROM source", ["Could not convert", "x", "INT32"]),
}


@pytest.mark.parametrize("name", BAD_QUERIES)
def test_bad_queries_are_refused(tmp_path, name):
    query, words = BAD_QUERIES[name]
    path = write(tmp_path / "rows.csv", "fare,text\n1,x\n")
    with pytest.raises(DataError) as caught:
        read(path, query)
    for word in ["data.query", *words, "correct the query"]:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("a,c\n1,2\n", ["2.csv", "the further column 'c'"]),
        ("a\n1\n", ["2.csv", "the column 'b'"]),
        ("a,b,c\n1,2,3\n", ["'c'"]),
    ],
)
def test_files_with_other_columns_are_refused(tmp_path, second, words):
    write(tmp_path / "1.csv", "a,b\n1,2\n")
    write(tmp_path / "2.csv", second)
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    for word in [*words, "same columns"]:
        assert word in str(caught.value)


def test_a_broken_parquet_file_is_refused_by_name(tmp_path):
    path = write(tmp_path / "rows.parquet", "no parquet")
    with pytest.raises(DataError, match=r"rows\.parquet.*Parquet"):
        read(path)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
@pytest.mark.parametrize("quarantine", [None, "unused"])
@pytest.mark.parametrize(
    ("name", "other"), [("rows[1]", "rows1"), ("rows*", "rows2"), ("rows?", "rows2"), ("data[v2]/rows", "datav/rows")]
)
def test_a_file_whose_name_is_a_glob_is_read_and_no_other(tmp_path, name, other, ending, quarantine):
    for number, place in enumerate((name, other)):
        path = tmp_path / f"{place}.{ending}"
        path.parent.mkdir(exist_ok=True)
        if ending == "parquet":
            pq.write_table(pa.table({"n": [number]}), path)
        else:
            text = f"n\n{number}\n".encode()
            path.write_bytes(gzip.compress(text) if ending == "csv.gz" else text)
    with open_table(Input(str(tmp_path / f"{name}.{ending}"), quarantine=quarantine)) as table:
        assert table.select("n") == [(0,)]
        made = plan_shards(table, assign(train_eval(0.5), table), tmp_path / "made")
    assert [row["n"] for shard in made.shards for batch in read_shard(made, shard) for row in batch.to_pylist()] == [0]


def test_a_disk_too_small_for_data_beyond_memory_is_an_error(tmp_path):
    write(tmp_path / "rows.csv", "a\n1\n")
    sorted_rows = "SELECT hash(r.i) AS h, repeat('x', 100) || r.i AS t FROM source, range(2000000) r(i) ORDER BY h"
    with open_table(str(tmp_path / "rows.csv"), sorted_rows) as table:
        table._connection.execute("SET memory_limit = '60MB'")
        table._connection.execute("SET max_temp_directory_size = '1MB'")
        with pytest.raises(DataError) as caught:
            list(table.batches())
    assert str(caught.value) == (
        f"the folder {tempfile.gettempdir()}: expected space for data that does not fit into memory, received a full "
        "disk; free some there, or name another folder in TMPDIR."
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("way", ["select", "batches"])
def test_lack_of_memory_is_no_fault_of_the_file(tmp_path, kind, way):
    path = tmp_path / f"rows.{kind}"
    duckdb.sql(f"COPY (SELECT range AS a, md5(range::VARCHAR) AS b FROM range(300000)) TO '{path}'")
    with open_table(str(path), "SELECT list(b) AS all_of_them FROM source") as table:
        table._connection.execute("SET memory_limit = '12MB'")
        with pytest.raises(DataError) as refused:
            table.select("*") if way == "select" else list(table.batches())
    said = str(refused.value)
    assert said.startswith("memory: expected enough to read and query the table, received ")
    assert "MiB used" in said
    assert "use fewer columns or rows" in said
