"""Rows of a database: every type, streamed, read-only, and each failure in a sentence without the password."""

import dataclasses
import datetime
import socket
import sqlite3
from urllib.parse import quote

import pyarrow as pa
import pytest

from penstock.core.errors import DataError
from penstock.tables.databases import database
from penstock.tables.databases.database import read
from penstock.tables.input import Input
from scripts.ports import free_port
from tests.servers import PASSWORD, mariadb

TYPES = {
    "i": ("7::int", pa.int64(), 7),
    "big": ("9007199254740993::bigint", pa.int64(), 2**53 + 1),
    "r": ("0.5::real", pa.float64(), 0.5),
    "nan": ("'NaN'::float8", pa.float64(), "nan"),
    "dec": ("2.50::numeric(8, 2)", pa.float64(), 2.5),
    "whole": ("12::numeric(20)", pa.int64(), 12),
    "b": ("true", pa.bool_(), True),
    "t": ("'a:b %s é'", pa.string(), "a:b %s é"),
    "raw": ("'\\x00ff'::bytea", pa.binary(), b"\x00\xff"),
    "day": ("DATE '2020-01-02'", pa.date32(), datetime.date(2020, 1, 2)),
    "moment": (
        "TIMESTAMP '2020-01-02 03:04:05.6'",
        pa.timestamp("us"),
        datetime.datetime(2020, 1, 2, 3, 4, 5, 600_000),
    ),
    "zoned": (
        "TIMESTAMPTZ '2020-01-02 03:00+02'",
        pa.timestamp("us", "UTC"),
        datetime.datetime(2020, 1, 2, 1, tzinfo=datetime.UTC),
    ),
    "clock": ("TIME '03:04'", pa.time64("us"), datetime.time(3, 4)),
    "list": ("ARRAY[1, 2]", pa.list_(pa.int64()), [1, 2]),
    "floats": ("ARRAY[1.5, 2]::float8[]", pa.list_(pa.float64()), [1.5, 2.0]),
    "decimals": ("ARRAY[1.5, 2]::numeric[]", pa.list_(pa.float64()), [1.5, 2.0]),
    "json": ("'{\"a\": 1}'::jsonb", pa.string(), '{"a": 1}'),
    "uuid": ("'7b41866b-9868-4947-99a0-e849fe81d3ca'::uuid", pa.string(), "7b41866b-9868-4947-99a0-e849fe81d3ca"),
    "inet": ("'10.0.0.1'::inet", pa.string(), "10.0.0.1"),
    "none": ("NULL::int", pa.null(), None),
}


@pytest.fixture
def sqlite(tmp_path):
    connection = sqlite3.connect(tmp_path / "rows.sqlite")
    connection.execute("CREATE TABLE trips (n INTEGER, miles REAL, late TEXT)")
    rows = [(number, number / 2, None if number < 25_000 else "x") for number in range(30_000)]
    connection.executemany("INSERT INTO trips VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return f"sqlite:///{tmp_path}/rows.sqlite"


@pytest.fixture
def mysql(tmp_path_factory):
    with mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


def rows(source):
    return [row for batch in read(source) for row in batch.to_pylist()]


def refusal(source):
    with pytest.raises(DataError) as refused:
        rows(source)
    said = str(refused.value)
    assert "\n" not in said
    for secret in (PASSWORD, quote(PASSWORD, safe="")):
        assert secret not in said
    return said


@pytest.mark.parametrize("asked", [{"table": "trips"}, {"query": "SELECT * FROM trips"}, {"query": "TABLE trips;"}])
def test_a_table_or_a_query_is_read_whole_in_batches(sqlite, asked):
    if asked.get("query") == "TABLE trips;":
        asked = {"query": "-- all\nWITH t AS (SELECT * FROM trips) SELECT * FROM t;"}
    batches = list(read(Input(sqlite, **asked)))
    assert [batch.num_rows for batch in batches] == [database.BATCH] * 3
    assert batches[0].slice(0, 1).to_pylist() == [{"n": 0, "miles": 0.0, "late": None}]
    assert batches[-1].slice(9_999).to_pylist() == [{"n": 29_999, "miles": 14_999.5, "late": "x"}]


WIDE = {
    "sqlite": "WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s WHERE n < 4000) "
    "SELECT n, printf('%020000d', n) AS text FROM s",
    "postgresql": "SELECT n, lpad(n::text, 20000, '0') AS text FROM generate_series(1, 4000) AS n",
    "mysql": "SELECT seq AS n, lpad(seq, 20000, '0') AS text FROM seq_1_to_4000",
}


def check_wide(url):
    """Check that rows of 20 kB come whole, in batches that are bounded by their bytes."""
    batches = [(batch.num_rows, batch.nbytes) for batch in read(Input(url, WIDE[url.partition(":")[0]]))]
    assert sum(rows for rows, _ in batches) == 4000
    assert all(volume < 1.1 * database.BYTES for _, volume in batches)
    # Few are far smaller than they may be, which would be slow.
    assert len(batches) < 10


@pytest.mark.slow
def test_batches_of_wide_rows_are_bounded_by_their_bytes(sqlite, postgresql):
    check_wide(sqlite)
    check_wide(postgresql.url)


def test_a_row_wider_than_a_batch_may_be_is_a_batch(sqlite, monkeypatch):
    monkeypatch.setattr(database, "BYTES", 10)
    batches = list(read(Input(sqlite, "SELECT n, 'twenty characters, ..' AS t FROM trips LIMIT 200")))
    assert [batch.num_rows for batch in batches] == [100, *[1] * 100]


@pytest.mark.parametrize("rows", [0, 1, 99, 100, 101, 10_000, 10_001])
def test_every_row_comes_once_wherever_a_batch_ends(sqlite, rows):
    batches = read(Input(sqlite, f"SELECT n FROM trips ORDER BY n LIMIT {rows}"))
    assert [row["n"] for batch in batches for row in batch.to_pylist()] == list(range(rows))


@pytest.mark.parametrize("name", TYPES)
def test_values_of_postgresql_have_their_types(postgresql, name):
    expression, kind, value = TYPES[name]
    [batch] = read(Input(postgresql.url, f'SELECT {expression} AS "{name}" FROM generate_series(1, 3)'))
    assert batch.schema.field(name).type == kind
    assert [str(found) if value == "nan" else found for found in batch.column(0).to_pylist()] == [value] * 3


def test_times_with_zones_are_the_same_in_summer_and_winter(postgresql):
    query = "SELECT t::timestamptz AS t FROM (VALUES ('2020-01-01 12:00+01'), ('2020-07-01 12:00+02')) AS v(t)"
    postgresql.execute("ALTER DATABASE postgres SET timezone TO 'Europe/Berlin'")
    try:
        found = [row["t"].replace(tzinfo=None) for row in rows(Input(postgresql.url, query))]
    finally:
        postgresql.execute("ALTER DATABASE postgres RESET timezone")
    assert found == [datetime.datetime(2020, 1, 1, 11), datetime.datetime(2020, 7, 1, 10)]


def test_a_table_of_a_schema_is_named_with_it_and_with_its_capitals(postgresql):
    postgresql.execute(
        "CREATE SCHEMA city", 'CREATE TABLE city."Rides" AS SELECT 1 AS n', "CREATE VIEW seen AS SELECT 2 AS n"
    )
    try:
        assert rows(Input(postgresql.url, table="city.Rides")) == [{"n": 1}]
        assert rows(Input(postgresql.url, table="seen")) == [{"n": 2}]
        assert refusal(Input(postgresql.url, table="city.rides")) == (
            f"data.table: expected a table of {postgresql.shown}, received no table 'city.rides' "
            "(did you mean 'Rides'?); correct data.table."
        )
    finally:
        postgresql.execute("DROP SCHEMA city CASCADE", "DROP VIEW seen")


def test_rows_are_streamed_and_not_gathered_first(postgresql):
    stream = read(Input(postgresql.url, "SELECT n, 1 / (50000 - n) AS m FROM generate_series(1, 60000) AS n"))
    # The row that fails is on the server still when the first batch is here.
    assert next(stream).num_rows == database.BATCH
    with pytest.raises(DataError, match="division by zero"):
        list(stream)


def test_a_connection_that_is_cut_midway_is_a_sentence(postgresql):
    stream = read(Input(postgresql.url, "SELECT n, repeat('x', 100) AS t FROM generate_series(1, 500000) AS n"))
    next(stream)
    postgresql.cut()
    with pytest.raises(DataError) as refused:
        list(stream)
    assert str(refused.value).startswith(f"{postgresql.shown}: expected a stable connection, received ")
    assert str(refused.value).endswith("; run again.")


def test_a_server_that_cannot_be_reached_is_a_sentence():
    port = free_port()
    for scheme in ("postgresql", "mysql"):
        said = refusal(Input(f"{scheme}://ada:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/x", "SELECT 1"))
        assert said.startswith(f"{scheme}://ada@127.0.0.1:{port}/x: expected a database that can be opened, received ")
        assert "refused" in said
        assert said.endswith("start the server, or correct data.source or the password.")


@pytest.mark.slow
def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(database, "CONNECT_SECONDS", 2)  # the least that libpq knows
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "timeout" in refusal(Input(f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/x", "SELECT 1"))


def test_a_wrong_password_is_a_sentence_without_it(postgresql):
    wrong = dataclasses.replace(postgresql, password="s3cr:t/@?#%& of another")
    said = refusal(Input(wrong.url, "SELECT 1"))
    assert 'password authentication failed for user "penstock"' in said
    assert "another" not in said
    assert wrong.shown in said


def test_a_password_comes_from_the_environment_of_libpq_too(postgresql, monkeypatch):
    with_none = Input(postgresql.shown, "SELECT 1 AS n")
    assert "no password supplied" in refusal(with_none)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert rows(with_none) == [{"n": 1}]


BAD_QUERIES = {
    "bad SQL": ("SELEC 1", ["data.query", "syntax error", "correct the query"]),
    "an unknown table": ("SELECT * FROM nowhere", ["data.query", '"nowhere" does not exist', "correct the query"]),
    "a statement that writes": ("DELETE FROM kept", ["data.query"]),
    "one that writes inside": ("WITH d AS (DELETE FROM kept RETURNING n) SELECT * FROM d", ["data.query"]),
    "one after another": ("SELECT 1 AS n; DELETE FROM kept", ["data.query"]),
    "a function that writes": ("SELECT nextval('counter')", ["data.query", "read-only"]),
    "one name twice": ("SELECT 1 AS n, 2 AS n", ["a name for each", "'n' and 'n'", "rename one with AS"]),
    "names alike": ('SELECT 1 AS n, 2 AS "N"', ["'n' and 'N'"]),
    "a statement without rows": ("SET x.y TO 1", ["data.query"]),
}


@pytest.mark.parametrize("name", BAD_QUERIES)
def test_a_query_that_does_not_read_is_refused_and_changes_nothing(postgresql, name):
    query, words = BAD_QUERIES[name]
    postgresql.execute("CREATE TABLE kept AS SELECT 1 AS n", "CREATE SEQUENCE counter")
    try:
        said = refusal(Input(postgresql.url, query))
        for word in words:
            assert word in said
        assert postgresql.execute("SELECT * FROM kept") == [(1,)]
    finally:
        postgresql.execute("DROP TABLE kept", "DROP SEQUENCE counter")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"table": "trip"}, ["data.table", "no table 'trip' (did you mean 'trips'?)", "correct data.table"]),
        ({"query": "SELECT * FROM trip"}, ["data.query", "no such table: trip"]),
        ({"query": "DELETE FROM trips"}, ["data.query", "readonly database"]),
        ({"query": "SELECT 1; SELECT 2"}, ["data.query", "one statement at a time"]),
        (
            {"query": "SELECT CASE WHEN n < 15 THEN n ELSE 'x' END AS m FROM trips"},
            ["row 1 of", "'m'", "as 85 of 100 values are"],
        ),
    ],
)
def test_what_sqlite_cannot_read_is_refused(sqlite, asked, words):
    said = refusal(Input(sqlite, **asked))
    for word in words:
        assert word in said


def test_a_file_that_is_not_of_sqlite_is_refused_and_none_is_created(tmp_path):
    (tmp_path / "text.sqlite").write_text("no database " * 100)
    assert "not a database" in refusal(Input(f"sqlite:///{tmp_path}/text.sqlite", table="t"))
    assert "no such file; correct data.source" in refusal(Input(f"sqlite:///{tmp_path}/none.sqlite", table="t"))
    assert [path.name for path in tmp_path.iterdir()] == ["text.sqlite"]


@pytest.mark.slow
def test_rows_of_mysql_are_streamed_and_not_gathered_first(mysql):
    check_wide(mysql.url)
    # The row that fails is on the server still when the first batch is here.
    stream = read(Input(mysql.url, "SELECT seq AS n, IF(seq = 50000, exp(seq), 1) AS m FROM seq_1_to_60000"))
    assert next(stream).num_rows == database.BATCH
    with pytest.raises(DataError, match="DOUBLE value is out of range"):
        list(stream)


@pytest.mark.slow
def test_mysql_is_streamed_by_type_and_cannot_be_written_to(mysql):
    numbers = "WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT n FROM s"
    query = f"SELECT n, 2.50 AS d, 'a:b %' AS t, DATE '2020-01-02' AS day, NULL AS none FROM ({numbers}) AS s"
    found = rows(Input(mysql.url, query))
    assert len(found) == 900
    assert found[0] == {"n": 1, "d": 2.5, "t": "a:b %", "day": datetime.date(2020, 1, 2), "none": None}
    assert "READ ONLY" in refusal(Input(mysql.url, "DROP TABLE IF EXISTS kept"))
    assert "no table 'rides'" in refusal(Input(mysql.url, table="rides"))
    wrong = refusal(Input(dataclasses.replace(mysql, password="wr0ng").url, "SELECT 1"))
    assert "Access denied for user 'penstock'" in wrong
    assert "wr0ng" not in wrong
