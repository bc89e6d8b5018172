"""Rows of a database: every type, in bounded batches, and no password in what is said."""

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from glob import glob

import pyarrow.parquet as pq
import pytest

from pipeline.errors import DataError
from tables import database
from tables.database import fetch, is_database, without_password


@pytest.fixture
def sqlite(tmp_path):
    connection = sqlite3.connect(tmp_path / "rows.sqlite")
    connection.execute("CREATE TABLE trips (n INTEGER, miles REAL, late TEXT)")
    rows = [(number, number / 2, None if number < 25_000 else "x") for number in range(30_000)]
    connection.executemany("INSERT INTO trips VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return f"sqlite:///{tmp_path}/rows.sqlite"


@pytest.fixture(scope="module")
def postgresql():
    """A PostgreSQL server of our own on loopback; yields its address."""
    programs = sorted(glob("/usr/lib/postgresql/*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed (Debian's package is called postgresql)")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = tempfile.mkdtemp()  # pytest's own folders are closed to other users
    if as_user:
        shutil.chown(folder, "postgres")

    def call(program, *arguments):
        command = [*as_user, os.path.join(programs[-1], program), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = os.path.join(folder, "data")
    call("initdb", "-D", data, "-A", "trust", "-U", "penstock", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    call("pg_ctl", "-D", data, "-o", options, "-l", os.path.join(folder, "log"), "-w", "start")
    try:
        yield f"postgresql://penstock:hidden@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def rows(files):
    return pq.read_table(files.paths[0]).to_pylist()


@pytest.mark.parametrize("query", ["trips", "SELECT * FROM trips"])
def test_a_table_or_a_query_is_read_whole_with_types_that_come_late(sqlite, tmp_path, query):
    found = rows(fetch(sqlite, query, tmp_path))
    assert len(found) == 30_000
    assert found[0] == {"n": 0, "miles": 0.0, "late": None}
    assert found[-1] == {"n": 29_999, "miles": 14_999.5, "late": "x"}
    assert sorted(path.name for path in tmp_path.glob("*.parquet")) == ["rows.parquet"]


def test_values_of_postgresql_are_read_by_their_types(postgresql, tmp_path):
    query = (
        "SELECT 1 AS i, 2.5::numeric AS d, 'a:b %' AS t, true AS b, DATE '2020-01-02' AS day, "
        "TIMESTAMPTZ '2020-01-02 03:00+02' AS moment, '\\x00ff'::bytea AS raw, ARRAY[1, 2] AS list, "
        "'{\"a\": 1}'::jsonb AS json, NULL::int AS none FROM generate_series(1, 25000)"
    )
    found = rows(fetch(postgresql, query, tmp_path))
    assert len(found) == 25_000
    assert [str(value) for value in found[0].values()] == [
        *("1", "2.5", "a:b %", "True", "2020-01-02", "2020-01-02 01:00:00", "b'\\x00\\xff'", "[1, 2]"),
        *('{"a": 1}', "None"),
    ]


def test_rows_are_streamed_and_not_gathered_first(postgresql):
    stream = database._batches(postgresql, "SELECT n, 1 / (50000 - n) AS m FROM generate_series(1, 60000) AS n")
    # The row that fails is on the server still when the first batch is here.
    assert next(stream).num_rows == database.BATCH
    with pytest.raises(DataError, match="division by zero") as refused:
        list(stream)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "query"),
    [("postgresql://ada:s3:cr@t@127.0.0.1:1/x", "t"), ("mysql://ada:s3:cr@t@127.0.0.1:1/x", "t")],
)
def test_a_database_that_does_not_answer_is_refused_without_its_password(tmp_path, url, query):
    with pytest.raises(DataError, match=r"://ada:\*\*\*@127") as refused:
        fetch(url, query, tmp_path)
    assert "s3" not in str(refused.value)
    assert "cr@t" not in str(refused.value)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("missing", "no such table: missing"),
        ("SELECT n FROM trips WHERE n < 0", "at least one row"),
        ("SELECT CASE WHEN n < 15000 THEN n ELSE 'x' END AS m FROM trips", "values of one kind"),
    ],
)
def test_a_query_that_gives_no_table_is_refused(sqlite, tmp_path, query, words):
    with pytest.raises(DataError, match=words) as refused:
        fetch(sqlite, query, tmp_path)
    assert "\n" not in str(refused.value)


def test_urls_are_told_from_files_and_shown_without_a_password():
    assert is_database("sqlite:///rows.sqlite")
    assert not is_database("rows.csv")
    assert not is_database("mysql")
    assert without_password("mysql://a:b@c@host/x") == "mysql://a:***@host/x"
