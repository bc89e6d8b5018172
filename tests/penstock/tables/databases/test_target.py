"""Shards of rows in a table: each exactly once, whenever the process or the server ends."""

import datetime
import re
import sqlite3
import subprocess
import sys

import pyarrow as pa
import pytest
import sqlalchemy as sa

from penstock.core.errors import ConfigError, DataError
from penstock.core.urls import server_url
from penstock.tables.databases import target
from penstock.tables.databases.target import SHARDS, Stored, Target, open_target
from tests import servers
from tests.servers import PASSWORD

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow), pytest.param("mysql", marks=pytest.mark.slow)]
MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=datetime.UTC)
ROWS = pa.table(
    {
        "id": pa.array([1, 2], pa.int64()),
        'a "b" %s': pa.array(["x", None]),
        "big": pa.array([2**64 - 1, None], pa.uint64()),
        "score": pa.array([0.25, None], pa.float32()),
        "number": pa.array([0.1, 1e300], pa.float64()),
        "flag": pa.array([True, None]),
        "day": pa.array([MOMENT.date(), None]),
        "at": pa.array([MOMENT, None], pa.timestamp("us", "UTC")),
        "clock": pa.array([datetime.time(1, 2, 3), None], pa.time64("us")),
        "list": pa.array([[1.5, 2.0], None]),
        "raw": pa.array([b"\0\xff", None]),
        "kind": pa.array(["é", "é"]).dictionary_encode(),
        "text": pa.array(["tab\t\\ \n'", ""]),
    }
)


@pytest.fixture(scope="session")
def mysql(tmp_path_factory):
    with servers.mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/scored.sqlite"
        return
    server = request.getfixturevalue(request.param)
    yield server.url
    with engine(server.url).begin() as connection:
        for table in sa.inspect(connection).get_table_names():
            if table in ("scores", SHARDS):
                connection.execute(sa.text(f"DROP TABLE {table}"))


def engine(url):
    return sa.create_engine(url if url.startswith("sqlite") else server_url(url))


def rows(url, what="*", table="scores"):
    with engine(url).connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(f"SELECT {what} FROM {table} ORDER BY 1"))]


def write(url, *shards, key=(), run="r1", table=ROWS):
    with open_target(Target(url, "scores", key)) as target:
        target.check(table.schema.names)
        target.prepare(table.schema)
        for number in shards:
            target.write(Stored(run, number, table.num_rows), table.to_batches())
        return target.done(run)


def test_every_type_arrives_and_each_shard_is_recorded_with_its_rows(database):
    assert write(database, 0) == {0: 2}
    first, second = rows(database)
    assert first[:2] == (1, "x")
    assert int(first[2]) == 2**64 - 1
    assert (first[3], first[4], bool(first[5])) == (0.25, 0.1, True)
    assert [str(value).partition("+")[0] for value in first[6:8]] == ["2026-01-02", "2026-01-02 03:04:05.000678"]
    assert str(first[8]).partition(".")[0] == "1:02:03" or str(first[8]).startswith("01:02:03")
    assert (first[9], bytes(first[10]), first[11], first[12]) == ("[1.5, 2.0]", b"\0\xff", "é", "tab\t\\ \n'")
    assert second[:4] == (2, None, None, None)
    assert second[4] == 1e300
    assert second[5:] == (None, None, None, None, None, None, "é", "")


def test_shard_that_is_written_twice_is_refused_and_in_the_table_once(database):
    write(database, 0)
    with pytest.raises(DataError, match="expected a database that can be written"):
        write(database, 0)
    assert write(database, 1) == {0: 2, 1: 2}
    assert len(rows(database)) == 4


def test_rows_are_replaced_by_key(database):
    write(database, 0, key=("id",))
    changed = ROWS.set_column(3, "score", pa.array([0.75, 0.5], pa.float32()))
    assert write(database, 0, key=("id",), run="r2", table=changed) == {0: 2}
    assert rows(database, "id, score") == [(1, 0.75), (2, 0.5)]


def test_shard_with_other_rows_than_its_own_leaves_nothing(database):
    write(database)
    with open_target(Target(database, "scores")) as target:
        with pytest.raises(DataError, match="expected 3 rows in shard 0, received 2"):
            target.write(Stored("r1", 0, 3), ROWS.to_batches())
        assert target.done("r1") == {}
    assert rows(database) == []


def test_discard_removes_the_rows_that_one_scoring_appended(database):
    table = ROWS.append_column("scoring_run", pa.array(["r1", "r1"]))
    write(database, 0, table=table)
    write(database, 0, run="r2", table=table.set_column(13, "scoring_run", pa.array(["r2", "r2"])))
    with open_target(Target(database, "scores")) as target:
        target.discard("r1", "scoring_run")
        assert (target.done("r1"), target.done("r2")) == ({}, {0: 2})
    assert rows(database, "scoring_run") == [("r2",), ("r2",)]


def test_table_without_a_column_or_a_unique_key_is_refused(database):
    with engine(database).begin() as connection:
        connection.execute(sa.text("CREATE TABLE scores (id BIGINT, scores REAL)"))
    with pytest.raises(DataError) as refused:
        write(database, table=ROWS.select(["id", "score"]))
    assert "expected the columns id, score, received no 'score' (did you mean 'scores'?); add the" in str(refused.value)
    with pytest.raises(DataError, match="expected a primary key or a unique index on id, received none; add one, or"):
        write(database, key=("id",), table=ROWS.select(["id"]))
    with engine(database).begin() as connection:
        connection.execute(sa.text("CREATE UNIQUE INDEX only_one ON scores (id)"))
    assert write(database, 0, key=("id",), table=ROWS.select(["id"])) == {0: 2}


def test_key_that_is_no_column_is_refused(database):
    with pytest.raises(ConfigError, match=r"--key: expected columns of the scored rows, received no column 'ID'"):
        write(database, key=("ID",))


@pytest.mark.slow
def test_table_without_transactions_is_refused(mysql):
    with engine(mysql.url).begin() as connection:
        connection.execute(sa.text("CREATE TABLE scores (id BIGINT) ENGINE=MyISAM"))
    try:
        with pytest.raises(DataError, match=r"expected a table with transactions \(InnoDB\), received MyISAM"):
            write(mysql.url, table=ROWS.select(["id"]))
    finally:
        with engine(mysql.url).begin() as connection:
            connection.execute(sa.text("DROP TABLE scores"))


KILLED = """
import os, signal, sys
import pyarrow as pa
from penstock.tables.databases import target
rows = pa.table({"id": list(range(5000))})
def batches():
    for batch in rows.to_batches(max_chunksize=1000):
        yield batch
        if sys.argv[2] == "rows":
            os.kill(os.getpid(), signal.SIGKILL)
with target.open_target(target.Target(sys.argv[1], "scores")) as opened:
    opened.prepare(rows.schema)
    for number in range(3):
        if number not in opened.done("r1"):
            opened.write(target.Stored("r1", number, 5000), batches() if number == 1 else rows.to_batches())
        if number == 1 and sys.argv[2] == "commit":
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["rows", "commit"])
def test_process_that_is_killed_has_written_whole_shards_and_continues(database, moment):
    def start(when):
        return subprocess.run([sys.executable, "-c", KILLED, database, when], capture_output=True, text=True)

    assert start(moment).returncode == -9
    assert rows(database, "shard, row_count", SHARDS) == [(0, 5000), (1, 5000)][: 1 if moment == "rows" else 2]
    done = start("")
    assert (done.returncode, done.stderr) == (0, "")
    assert rows(database, "count(*), count(DISTINCT id)") == [(15_000, 5000)]


@pytest.mark.slow
def test_server_that_ends_its_connections_leaves_whole_shards_and_a_sentence(postgresql):
    url = postgresql.url
    table = ROWS.select(["id"])
    try:
        with open_target(Target(url, "scores")) as target:
            target.prepare(table.schema)

            def cut():
                yield from table.to_batches()
                postgresql.cut()

            with pytest.raises(DataError) as refused:
                target.write(Stored("r1", 0, 2), cut())
            assert "expected a database that can be written" in str(refused.value)
            assert str(refused.value).endswith("correct that, then start the command again, which continues.")
            target.write(Stored("r1", 0, 2), table.to_batches())
            assert (target.done("r1"), rows(url)) == ({0: 2}, [(1,), (2,)])
    finally:
        postgresql.execute("DROP TABLE IF EXISTS scores", f"DROP TABLE IF EXISTS {SHARDS}")


@pytest.mark.slow
def test_wrong_password_is_one_sentence_that_does_not_show_it(postgresql):
    wrong = postgresql.url.replace("penstock:", "penstock:not-")
    with pytest.raises(DataError) as refused:
        write(wrong)
    assert "password authentication failed" in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert "not-" not in str(refused.value)


def test_sqlite_file_in_no_folder_and_no_sqlite_file_are_refused(tmp_path):
    with pytest.raises(DataError, match=re.escape(f"received no folder {tmp_path / 'none'}; make it first")):
        write(f"sqlite:///{tmp_path}/none/x.sqlite", 0)
    (tmp_path / "x.sqlite").write_text("this is no database, whatever its name says")
    with pytest.raises(DataError, match="received file is not a database"):
        write(f"sqlite:///{tmp_path}/x.sqlite", 0)


def test_locked_sqlite_file_is_a_sentence(tmp_path, monkeypatch):
    # SQLite waits five seconds by default.
    monkeypatch.setattr(target, "connect_settings", lambda _: {"connect_args": {"timeout": 0.1}})
    url = f"sqlite:///{tmp_path}/scored.sqlite"
    write(url)
    with sqlite3.connect(tmp_path / "scored.sqlite") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DataError, match="received database is locked"):
            write(f"{url}", 0)
