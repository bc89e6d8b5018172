"""Folders named `key=value` are columns if configured, and ignored if not."""

import datetime
import gzip
import re

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.tables.examples.shards import plan_shards, read_shard
from penstock.tables.files import find
from penstock.tables.files.find import is_partitioned
from penstock.tables.input import Input
from penstock.tables.rows import digest_of
from penstock.tables.source import open_table
from penstock.tables.splits import by_hash
from penstock.tables.splitting import assign

KINDS = ["csv", "tsv", "csv.gz", "parquet"]


def write(path, rows, header=("n", "t")):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        columns = zip(*rows, strict=True)
        return pq.write_table(pa.table(dict(zip(header, map(list, columns), strict=True))), path)
    delimiter = "\t" if path.suffix == ".tsv" else ","
    text = "".join(delimiter.join(map(str, row)) + "\n" for row in [header, *rows]).encode()
    return path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def partitioned(folder, kind="csv"):
    write(folder / "year=2020" / "day=01.02.2020" / f"a.{kind}", [(1, "x"), (2, "y")])
    write(folder / "year=2020" / "day=02.02.2020" / f"a.{kind}", [(3, "x")])
    write(folder / "year=2021" / "day=__HIVE_DEFAULT_PARTITION__" / f"b.{kind}", [(4, "z")])
    return str(folder)


def rows_of(source, query=None, **options):
    with open_table(Input(source, query, partitions=True, **options)) as table:
        return [row for batch in table.batches() for row in batch.to_pylist()]


ROWS = [
    {"n": 1, "t": "x", "year": 2020, "day": datetime.date(2020, 2, 1)},
    {"n": 2, "t": "y", "year": 2020, "day": datetime.date(2020, 2, 1)},
    {"n": 3, "t": "x", "year": 2020, "day": datetime.date(2020, 2, 2)},
    {"n": 4, "t": "z", "year": 2021, "day": None},
]


@pytest.mark.parametrize("kind", KINDS)
def test_keys_are_the_last_columns_and_typed_as_text_is(tmp_path, kind):
    source = partitioned(tmp_path, kind)
    assert rows_of(source) == ROWS
    assert rows_of(source, "SELECT n, year FROM source WHERE day IS NULL") == [{"n": 4, "year": 2021}]
    assert rows_of(f"{tmp_path}/*/*/*.{kind}") == ROWS
    # A key in the path of the source is no column.
    assert [list(row) for row in rows_of(f"{tmp_path}/year=2021/*/*.{kind}")] == [["n", "t", "day"]]


def test_formats_and_marks_hold_for_keys(tmp_path):
    source = partitioned(tmp_path)
    options = {"formats": {"day": "%m.%d.%Y", "year": "text"}, "missing": {"year": ["2021"]}}
    found = rows_of(source, **options)
    assert [row["day"] for row in found] == [datetime.date(2020, 1, 2)] * 2 + [datetime.date(2020, 2, 2), None]
    assert [row["year"] for row in found] == ["2020"] * 3 + [None]
    with pytest.raises(DataError, match=r"year=2020.*: the column 'year': expected values written as 'date'"):
        rows_of(source, formats={"year": "date"})


@pytest.mark.parametrize(
    "value", ["São Paulo", "a=b", "a/b", "100%", "a+b", "it's", 'a"b', "x y", "ü", "007", "[1]", "*", "a,b", "?"]
)
def test_values_come_back_as_duckdb_writes_them(tmp_path, value):
    query = "SELECT 1 AS n, ?::VARCHAR AS k UNION ALL SELECT 2, 'other'"
    duckdb.connect().execute(
        f"COPY ({query}) TO '{tmp_path}/t' (FORMAT parquet, PARTITION_BY (k))", [value]
    )  # fmt: skip
    found = {(row["n"], row["k"]) for row in rows_of(f"{tmp_path}/t")}
    assert found == {(1, value), (2, "other")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_on_a_key_leaves_out_files(tmp_path, kind):
    for year in range(2000, 2010):
        write(tmp_path / f"year={year}" / f"a.{kind}", [(number, "x") for number in range(10)])
    with open_table(Input(str(tmp_path), partitions=True)) as table:
        for condition, scanned in (("year = 2003", 1), ("year >= 2008", 2), ("year IS NULL", 0), ("n > 3", 10)):
            query = f"SELECT * FROM source WHERE {condition}"
            [(_, profile)] = table.execute(f"EXPLAIN ANALYZE {query}")
            found = re.search(r"Scanning Files:\s*(\d+)/10", profile)
            is_empty = "EMPTY_RESULT" in profile
            assert (int(found[1]) if found else 0 if is_empty else 10) == scanned


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
def test_shards_hold_the_keys(tmp_path, kind):
    for year in (2020, 2021):
        write(tmp_path / f"year={year}" / f"a.{kind}", [(number, f"t{number}") for number in range(2000)])
    with open_table(Input(str(tmp_path), "SELECT *, n * 2 AS m FROM source WHERE n > 5", partitions=True)) as table:
        assigned = assign(by_hash({"train": 0.5, "eval": 0.5}), table)
        whole = [row for batch in table.batches(assigned.sql) for row in batch.to_pylist()]
        made = plan_shards(table, assigned, tmp_path / "made", size=5000)
    found = [row for shard in made.shards for batch in read_shard(made, shard) for row in batch.to_pylist()]
    assert made.split is not None
    assert len(made.shards) > 1
    assert [list(row.values()) for row in found] == [list(row.values()) for row in whole]


def test_malformed_rows_are_quarantined_and_the_keys_kept(tmp_path):
    source = partitioned(tmp_path)
    with (tmp_path / "year=2020" / "day=01.02.2020" / "a.csv").open("a") as stream:
        stream.write("7\noops,x\n")
    assert rows_of(source, quarantine="unused", roles={"n": "numeric"}) == ROWS


def test_a_key_names_the_rows(tmp_path):
    first = digest_of(Input(partitioned(tmp_path / "1"), partitions=True))
    assert first == digest_of(Input(partitioned(tmp_path / "2"), partitions=True))
    (tmp_path / "2" / "year=2021").rename(tmp_path / "2" / "year=2022")
    assert first != digest_of(Input(str(tmp_path / "2"), partitions=True))
    found = find.find(partitioned(tmp_path / "3"), partitions=True)
    assert find.contents(found)[0].path == "year=2020/day=01.02.2020/a.csv"


def test_keys_of_folders_above_the_source_are_no_columns(tmp_path):
    assert rows_of(partitioned(tmp_path / "run=7")) == ROWS


def test_without_the_setting_folders_name_nothing(tmp_path):
    write(tmp_path / "n=9" / "a.csv", [(1, "x")])
    with open_table(str(tmp_path / "n=9")) as table:
        assert table.select("*") == [(1, "x")]
    with open_table(str(tmp_path / "*" / "*.csv")) as table:
        assert table.select("*") == [(1, "x")]


@pytest.mark.parametrize("with_file", [False, True])
def test_a_folder_of_partitions_asks_for_the_setting(tmp_path, with_file):
    partitioned(tmp_path)
    if with_file:
        write(tmp_path / "c.csv", [(1, "x")])
    assert is_partitioned(str(tmp_path))
    with pytest.raises(DataError, match=r"received folders such as year=2020.*set data\.partitions = true") as refused:
        find.find(str(tmp_path))
    assert ("next to c.csv" in str(refused.value)) == with_file


def test_other_folders_are_not_partitioned(tmp_path):
    write(tmp_path / "2020" / "a.csv", [(1, "x")])
    (tmp_path / "year=2020").mkdir()
    assert not is_partitioned(str(tmp_path))
    assert not is_partitioned(str(tmp_path / "2020" / "a.csv"))


WRONG = {
    "a column": (["t=1/a.csv", "t=2/a.csv"], ["the key 't'", "the folder t=1", "the column 't' of"]),
    "a column in capitals": (["T=1/a.csv"], ["the key 'T'", "the column 't'"]),
    "other keys": (["a=1/b=1/x.csv", "a=2/x.csv"], ["a=2/x.csv", "the keys a, b of", "received a"]),
    "no keys": (["a.csv"], ["a.csv", "expected folders key=value below", "none"]),
    "a file next to folders": (["a=1/x.csv", "y.csv"], ["y.csv", "none"]),
    "a key twice": (["a=1/A=2/x.csv"], ["'a' once in the path"]),
    "no value": (["a=/x.csv"], ["a folder key=value", "'a='"]),
    "two signs": (["a=1=2/x.csv"], ["%3D", "'a=1=2'"]),
    "nothing": (["a=1/x.txt"], ["none in folders key=value"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_folders_that_give_no_columns_are_refused(tmp_path, name):
    paths, words = WRONG[name]
    for path in paths:
        write(tmp_path / path, [(1, "x")])
    with pytest.raises(DataError) as refused:
        rows_of(str(tmp_path))
    assert all(word in str(refused.value) for word in words)


def test_many_values_are_read_without_constants(tmp_path, monkeypatch):
    monkeypatch.setattr("penstock.tables.files.partitions._MAX_VALUES", 1)
    assert rows_of(partitioned(tmp_path)) == ROWS
