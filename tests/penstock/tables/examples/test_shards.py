"""A table in shards: together they contain the rows of the table, for any files and query."""

import gzip
from collections import Counter

import duckdb
import pytest

from penstock.core.errors import DataError
from penstock.tables.examples.shards import Plan, plan_shards, read_shard
from penstock.tables.source import open_table
from penstock.tables.splits import by_column, by_hash, by_time
from penstock.tables.splitting import assign

HASH = by_hash({"train": 0.6, "eval": 0.3, "test": 0.1})
ROWS = "SELECT n, n / 8 AS x, 't ' || n % 9 AS t, CASE WHEN n % 5 > 0 THEN n % 2 = 0 END AS b FROM range(3000) r(n)"


def copy(query, path, options="HEADER"):
    duckdb.sql(f"COPY ({query}) TO '{path}' ({options})")


def csv(folder):
    copy(ROWS, folder / "rows.csv", "HEADER")


def windows(folder):
    csv(folder)
    file = folder / "rows.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n").rstrip())


def quoted(folder):
    copy(ROWS.replace("'t '", "'t\n\"'"), folder / "rows.csv", "HEADER")


def tsv(folder):
    copy(ROWS, folder / "rows.tsv", "HEADER, DELIMITER '\t'")


def packed(folder):
    csv(folder)
    (folder / "rows.csv.gz").write_bytes(gzip.compress((folder / "rows.csv").read_bytes()))
    (folder / "rows.csv").unlink()


def parquet(folder):
    copy(ROWS, folder / "rows.parquet", "FORMAT parquet, ROW_GROUP_SIZE 2048")


def several(folder):
    copy(ROWS + " WHERE n < 1000", folder / "1.csv", "HEADER")
    # Other columns first, and a type that fits the first file only.
    copy(f"SELECT b, x, t, n + 0.5 AS n FROM ({ROWS}) WHERE n >= 1000", folder / "2.csv", "HEADER")


def several_parquet(folder):
    copy(ROWS + " WHERE n < 1000", folder / "1.parquet", "FORMAT parquet")
    copy(f"SELECT b, x, t, n::INTEGER AS n FROM ({ROWS}) WHERE n >= 1000", folder / "2.parquet", "FORMAT parquet")


def several_types_of_parquet(folder):
    first = f"SELECT n, x::INTEGER AS x, t, NULL::INTEGER AS b FROM ({ROWS}) WHERE n < 1000"
    copy(first, folder / "1.parquet", "FORMAT parquet")
    rest = f"SELECT n, x, t, CASE WHEN b THEN 'yes' END AS b FROM ({ROWS}) WHERE n >= 1000"
    copy(rest, folder / "2.parquet", "FORMAT parquet, ROW_GROUP_SIZE 2048")


def dates(folder):
    copy(f"SELECT *, strftime(DATE '2020-01-01' + n::INTEGER, '%d/%m/%Y') AS d FROM ({ROWS})", folder / "rows.csv")


FILES = {
    each.__name__: each
    for each in (
        csv,
        windows,
        quoted,
        tsv,
        packed,
        parquet,
        several,
        several_parquet,
        several_types_of_parquet,
        dates,
    )
}
SMALL = 20_000


def shards_of(folder, splits=HASH, query=None, size=SMALL):
    """Return the rows of the whole table and of its shards, with their splits, and the plan."""
    with open_table(str(folder), query) as table:
        assigned = assign(splits, table)
        whole = [tuple(row.values()) for batch in table.batches(assigned.sql) for row in batch.to_pylist()]
        made = plan_shards(table, assigned, folder / "made", size=size)
    found = [
        tuple(row.values()) for shard in made.shards for batch in read_shard(made, shard) for row in batch.to_pylist()
    ]
    return whole, found, made


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "splits", [HASH, by_hash({"train": 0.5, "eval": 0.5}, "t"), by_time({"train": 0.7, "eval": 0.3}, "n")]
)
def test_shards_are_the_table_row_for_row_and_split_for_split(tmp_path, kind, splits):
    FILES[kind](tmp_path)
    query = "SELECT *, CAST(n AS BIGINT) AS n_" + " FROM source" if kind == "several" and splits.time else None
    splits = by_time({"train": 0.7, "eval": 0.3}, "n_") if query else splits
    whole, found, made = shards_of(tmp_path, splits, query)
    assert len(whole) == 3000
    assert found == whole
    assert (len(made.shards) > 1) == (kind != "packed")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("query", "by_row"),
    [
        ("SELECT * EXCLUDE (x), x > 2 AS y, lower(t) AS u FROM source WHERE n % 3 > 0 AND x IS NOT NULL", True),
        ("WITH part AS (SELECT n, t FROM source) SELECT t, n FROM part", True),
        ("SELECT t, count(*) AS n, sum(n) AS total FROM source GROUP BY t", False),
        ("SELECT DISTINCT t FROM source", False),
        ("SELECT * FROM source ORDER BY x DESC", False),
        ("SELECT * FROM source ORDER BY n LIMIT 100", False),
        ("SELECT *, row_number() OVER () AS r FROM source", False),
        ("SELECT *, avg(x) OVER (PARTITION BY t) AS a FROM source", False),
        ("SELECT *, x > (SELECT avg(x) FROM source) AS large FROM source", False),
        ("SELECT a.*, b.x AS other FROM source a JOIN source b ON a.n = b.n + 1", False),
        ("SELECT n FROM source UNION ALL SELECT n FROM source", False),
        ("SELECT * FROM source QUALIFY row_number() OVER (PARTITION BY t ORDER BY n) < 9", False),
    ],
)
def test_a_query_that_needs_all_rows_gets_them(tmp_path, kind, query, by_row):
    FILES[kind](tmp_path)
    whole, found, made = shards_of(tmp_path, query=query)
    assert found
    assert Counter(found) == Counter(whole)
    assert (made.split is not None) == by_row


@pytest.mark.slow
def test_a_result_of_many_batches_is_in_several_shards(tmp_path):
    copy("SELECT n FROM range(50_000) r(n)", tmp_path / "rows.csv")
    whole, found, made = shards_of(tmp_path, query="SELECT * FROM source ORDER BY n DESC")
    assert found == whole
    assert len(made.shards) == 3


def test_a_query_over_another_file_is_not_read_once_per_shard(tmp_path):
    csv(tmp_path)
    other = tmp_path / "other.parquet.bin"
    copy("SELECT * FROM range(10) r(k)", other, "FORMAT parquet")
    whole, found, made = shards_of(tmp_path, query=f"SELECT k FROM read_parquet('{other}')")
    assert sorted(found) == sorted(whole)
    assert len(found) == 10
    assert made.split is None


def test_every_type_is_the_same_after_writing(tmp_path):
    csv(tmp_path)
    query = (
        "SELECT n, sum(n) OVER () AS h, DATE '2020-01-01' + n::INTEGER AS d, [n, 1] AS l, [n, 1]::INTEGER[2] AS f, "
        "['a', 'b', 'c'][1 + n % 3]::ENUM('a', 'b', 'c') AS e, n::VARCHAR::BLOB AS b, n::DECIMAL(9, 2) AS c, "
        "CASE WHEN n % 2 = 0 THEN TIMESTAMPTZ '2020-01-01 00:00:00+02' END AS z FROM source"
    )
    with open_table(str(tmp_path), query) as table:
        assigned = assign(HASH, table)
        (whole,) = table.batches(assigned.sql)
        made = plan_shards(table, assigned, tmp_path / "made", size=SMALL)
    batches = [batch for shard in made.shards for batch in read_shard(made, shard)]
    assert batches[0].schema == whole.schema
    assert [row for batch in batches for row in batch.to_pylist()] == whole.to_pylist()


def test_a_quarantine_leaves_its_rows_out_of_every_shard(tmp_path):
    from penstock.tables.input import Input

    csv(tmp_path)
    with (tmp_path / "rows.csv").open("a") as stream:
        stream.write("1,2,3\n")
    with open_table(Input(str(tmp_path), quarantine=str(tmp_path / "aside"))) as table:
        made = plan_shards(table, assign(HASH, table), tmp_path / "made", size=SMALL)
    assert sum(batch.num_rows for shard in made.shards for batch in read_shard(made, shard)) == 3000


def test_a_malformed_row_is_named_with_its_file_and_line(tmp_path):
    csv(tmp_path)
    with open_table(str(tmp_path)) as table:
        made = plan_shards(table, assign(HASH, table), tmp_path / "made", size=SMALL)
    assert len(made.shards) > 1
    lines = (tmp_path / "rows.csv").read_bytes().splitlines(keepends=True)
    lines[2500] = lines[2500][:2].replace(b"2", b"2,") + lines[2500][3:]
    (tmp_path / "rows.csv").write_bytes(b"".join(lines))
    with pytest.raises(DataError, match=r"rows\.csv, line 2501"):
        consume(made)


def consume(made: Plan):
    for shard in made.shards:
        for _ in read_shard(made, shard):
            pass


def test_a_column_of_names_splits_every_shard_alike(tmp_path):
    csv(tmp_path)
    query = "SELECT *, CASE WHEN n < 1000 THEN 'eval' WHEN n < 2900 THEN 'train' ELSE 'test' END AS fold FROM source"
    whole, found, _ = shards_of(tmp_path, by_column("fold"), query)
    assert found == whole
    assert Counter(row[-1] for row in found) == {0: 1900, 1: 1000, 2: 100}
