"""A scoring from source to target: all rows once, whatever interrupts it, or one sentence and nothing."""

import csv
import gzip
import re
import sqlite3
from dataclasses import replace
from functools import partial

import duckdb
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.sharded import publish, run
from penstock.serving.sharded.run import Progress
from penstock.serving.sharded.shards import in_threads, score_shard
from penstock.tables.databases.target import Target
from penstock.tables.input import Input
from tests.penstock.serving.sharded.conftest import NOW, scored


class Stopped(Exception):
    """Stands for the end of the process."""


def stopping(after):
    """Return a runner that ends after so many shards."""

    def score_some(task, numbers):
        for number in numbers[:after]:
            yield score_shard(task, number)
        raise Stopped

    return score_some


def rows_of(file):
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
def test_each_row_gets_prediction_version_run_and_the_one_time(scoring, model):
    found = scored(scoring)
    rows = rows_of(scoring.target)
    assert [(row["id"], row["prediction"]) for row in rows] == [(str(n), str(2 * (n % 7))) for n in range(1000)]
    assert {(row["model_version"], row["scoring_run"], row["scored_at"]) for row in rows} == {
        ("3", found.run, "2026-01-02T03:04:05+00:00")
    }
    assert (found.rows, found.kept, found.columns, len(model.scored)) == (1000, 0, ["prediction"], 1000)
    assert found.shards > 5
    assert found.findings.counts["count"].present == 1000
    assert not scoring.folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_any_number_of_workers_gives_the_same_file(scoring, tmp_path, monkeypatch, ending):
    monkeypatch.setattr(run.secrets, "token_hex", lambda size: "0" * 8)
    files = []
    for workers in (1, 5):
        target = tmp_path / f"{workers}.{ending}"
        scored(scoring, workers, target=target, folder=tmp_path / f"work{workers}")
        files.append(target.read_bytes())
    assert files[0] == files[1]


def test_types_of_delimited_rows_are_those_of_predict(scoring, tmp_path):
    scored(scoring, target=tmp_path / "scored.parquet")
    found = pq.read_table(tmp_path / "scored.parquet")
    assert {field.name: str(field.type) for field in found.schema} == {
        "id": "int64", "count": "int64", "prediction": "float", "model_version": "int64", "scoring_run": "string",
        "scored_at": "timestamp[us, tz=UTC]",
    }  # fmt: skip
    assert found["scored_at"][0].as_py() == NOW


@pytest.mark.parametrize("after", [0, 1, 3])
def test_interrupted_scoring_continues_and_scores_no_row_twice(scoring, model, after):
    scoring.target.write_text("as before")
    with pytest.raises(Stopped):
        run.score(scoring, stopping(after), NOW)
    assert scoring.target.read_text() == "as before"
    seen = []
    progress = Progress(lambda rows, kept: seen.append((rows, kept)), seen.append)
    found = run.score(scoring, partial(in_threads, workers=2), NOW.replace(year=2030), progress)
    before = len(model.scored) - sum(seen[1:])
    assert seen[0] == (1000, before)
    assert (found.kept, len(model.scored)) == (before, 1000)
    rows = rows_of(scoring.target)
    assert [row["id"] for row in rows] == [str(number) for number in range(1000)]
    assert {row["scored_at"] for row in rows} == {"2026-01-02T03:04:05+00:00"}
    assert {row["scoring_run"] for row in rows} == {found.run}
    assert found.findings.counts["count"].present == 1000


@pytest.mark.parametrize("place", ["to_file", "remove"])
def test_scoring_that_ended_while_it_published_publishes_without_scoring_again(scoring, model, monkeypatch, place):
    def stop(*_):
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(*((publish, place) if place == "to_file" else (run.Work, place)), stop)
        with pytest.raises(Stopped):
            scored(scoring)
    assert scoring.target.exists() == (place == "remove")
    assert scored(scoring).kept == 1000
    assert (len(rows_of(scoring.target)), len(model.scored)) == (1000, 1000)
    assert not scoring.folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("source", "expected the source of its beginning, received another source; restore it"),
        ("query", "expected the source of its beginning, received another source; restore it"),
        ("model", "expected the model of its beginning, received another model; name them again"),
        ("size", "expected the options and the code of its beginning, received others; name them again"),
    ],
)
def test_other_source_model_or_settings_are_refused_until_all_rows_are_scored_again(
    scoring, table, model, change, words
):
    with pytest.raises(Stopped):
        run.score(scoring, stopping(2), NOW)
    changes = {}
    if change == "source":
        table.write_text(table.read_text() + "1000,1\n")
    elif change == "model":
        (model.version.directory / "saved_model.pb").write_text("other")
    else:
        changes = {"size": 33} if change == "size" else {"source": Input(str(table), "SELECT * FROM source LIMIT 5")}
    with pytest.raises(ConfigError) as refused:
        scored(scoring, **changes)
    assert words in str(refused.value)
    assert str(refused.value).endswith("or score all rows again with --restart.")
    assert not scoring.target.exists()
    found = scored(scoring, restart=True, **changes)
    assert found.kept == 0
    assert len(rows_of(scoring.target)) == found.rows == {"source": 1001, "query": 5}.get(change, 1000)


def test_source_that_changes_while_it_is_scored_publishes_nothing(scoring, table):
    def changing(task, numbers):
        yield from in_threads(task, numbers, 1)
        table.write_text(table.read_text().replace("\n5,5\n", "\n5,6\n"))

    with pytest.raises(DataError, match="expected rows that stay as they are, received a change while they were"):
        run.score(scoring, changing, NOW)
    assert not scoring.target.exists()


@pytest.mark.slow
def test_lost_shard_and_lost_rows_publish_nothing(scoring):
    def losing(task, numbers):
        yield from in_threads(task, numbers[:-1], 1)

    with pytest.raises(DataError, match=r"expected the outcomes of \d+ shards, received \d+; start the command again"):
        run.score(scoring, losing, NOW)

    def short(task, numbers):
        for outcome in in_threads(task, numbers, 1):
            yield replace(outcome, rows=outcome.rows - 1)

    with pytest.raises(DataError, match="expected 1,000 scored rows, one for each row, received 999"):
        run.score(scoring, short, NOW)
    assert not scoring.target.exists()


@pytest.mark.parametrize("workers", [1, 4])
def test_row_that_cannot_be_scored_is_named_as_by_predict_and_nothing_is_published(scoring, table, workers):
    table.write_text(table.read_text().replace("\n700,0\n", "\n700,many\n").replace("\n900,4\n", "\n900,x\n"))
    with pytest.raises(DataError) as refused:
        scored(scoring, workers)
    assert str(refused.value) == (
        f"{table}, line 702, column 'count': expected a whole number (numeric), received 'many'; correct the value."
    )
    assert not scoring.target.exists()


def folder(tmp_path, table):
    (tmp_path / "folder").mkdir()
    lines = table.read_text().splitlines(keepends=True)
    (tmp_path / "folder" / "1.csv").write_text("".join(lines[:600]))
    (tmp_path / "folder" / "2.csv").write_text("".join([lines[0], *lines[600:]]))
    return Input(str(tmp_path / "folder"))


def parquet(tmp_path, table):
    duckdb.sql(f"COPY (FROM '{table}') TO '{tmp_path / 'r.parquet'}' (ROW_GROUP_SIZE 2048)")
    return Input(str(tmp_path / "*.parquet"))


def packed(tmp_path, table):
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(table.read_bytes()))
    return Input(str(tmp_path / "rows.csv.gz"))


def quoted(tmp_path, table):
    (tmp_path / "q.csv").write_text(re.sub(r"(\d+),(\d)\n", '"\\1",\\2\n', table.read_text()))
    return Input(str(tmp_path / "q.csv"))


def partitioned(tmp_path, table):
    duckdb.sql(f"COPY (FROM '{table}' ORDER BY id) TO '{tmp_path / 'p'}' (FORMAT csv, PARTITION_BY (count), HEADER)")
    return Input(str(tmp_path / "p"))


def filtered(tmp_path, table):
    return Input(str(table), "SELECT id, count FROM source WHERE id >= 0")


def ordered(tmp_path, table):
    return Input(str(table), "SELECT id, count FROM source ORDER BY id")


def database(tmp_path, table):
    with sqlite3.connect(tmp_path / "rows.sqlite") as connection:
        connection.execute("CREATE TABLE trips (id INTEGER, count INTEGER)")
        rows = [(number, number % 7) for number in range(1000)]
        connection.executemany("INSERT INTO trips VALUES (?, ?)", rows)
    return Input(f"sqlite:///{tmp_path}/rows.sqlite", table="trips")


SOURCES = {each.__name__: each for each in (folder, parquet, packed, quoted, partitioned, filtered, ordered, database)}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_every_source_gives_each_row_once_also_after_an_interruption(scoring, tmp_path, model, kind, ending):
    source = SOURCES[kind](tmp_path, tmp_path / "rows.csv")
    target = tmp_path / "scored" / f"rows.{ending}"
    target.parent.mkdir()
    scoring = replace(scoring, source=source, target=target)
    with pytest.raises(Stopped):
        run.score(scoring, stopping(1), NOW)
    found = scored(scoring)
    rows = pq.read_table(target).to_pylist() if ending == "parquet" else rows_of(target)
    by_id = {int(row["id"]): (float(row["prediction"]), int(row["count"])) for row in rows}
    assert by_id == {number: (2 * (number % 7), number % 7) for number in range(1000)}
    assert (len(rows), len(model.scored), found.rows) == (1000, 1000, 1000)


def test_rows_of_a_database_are_those_of_its_beginning(scoring, tmp_path, table):
    source = database(tmp_path, table)
    with pytest.raises(Stopped):
        run.score(replace(scoring, source=source), stopping(0), NOW)
    with sqlite3.connect(tmp_path / "rows.sqlite") as connection:
        connection.execute("DELETE FROM trips")
    assert scored(scoring, source=source).rows == 1000


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 2])
def test_table_gets_each_row_once(scoring, tmp_path, after):
    target = Target(f"sqlite:///{tmp_path}/scored.sqlite", "scores")
    scoring = replace(scoring, target=target)
    with pytest.raises(Stopped):
        run.score(scoring, stopping(after), NOW)
    runs = [scored(scoring).run, scored(scoring).run]
    with sqlite3.connect(tmp_path / "scored.sqlite") as connection:
        found = connection.execute("SELECT scoring_run, count(*), count(DISTINCT id) FROM scores GROUP BY 1 ORDER BY 1")
        assert found.fetchall() == [(each, 1000, 1000) for each in sorted(runs)]


@pytest.mark.slow
def test_restart_removes_what_an_interrupted_scoring_appended(scoring, tmp_path, monkeypatch):
    scoring = replace(scoring, target=Target(f"sqlite:///{tmp_path}/scored.sqlite", "scores"))
    with monkeypatch.context() as patched:
        patched.setattr(run.Work, "remove", lambda self: (_ for _ in ()).throw(Stopped))
        with pytest.raises(Stopped):
            scored(scoring)
    found = scored(scoring, restart=True)
    with sqlite3.connect(tmp_path / "scored.sqlite") as connection:
        assert connection.execute("SELECT DISTINCT scoring_run FROM scores").fetchall() == [(found.run,)]
        assert connection.execute("SELECT count(*) FROM scores").fetchall() == [(1000,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "words"),
    [
        (("number",), "--key: expected columns of the scored rows, received no column 'number'"),
        (("prediction",), "--key: expected columns of the source, received 'prediction'"),
        (("count",), "expected a key in count for each row, received 7 keys in 1,000 rows; correct --key, or append"),
    ],
)
def test_key_that_identifies_no_row_is_refused_before_a_row_is_scored(scoring, tmp_path, model, key, words):
    with pytest.raises((ConfigError, DataError), match=re.escape(words)):
        scored(scoring, target=Target(f"sqlite:///{tmp_path}/scored.sqlite", "scores", key))
    assert model.scored == []
    assert not (tmp_path / "scored.sqlite").exists()
    # The next command with other options is not refused because of this one.
    assert scored(scoring, target=Target(f"sqlite:///{tmp_path}/scored.sqlite", "scores", ("id",))).rows == 1000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,count\n", "received none; add rows"),
        ("id,number\n1,2\n", "expected the 1 columns that version 3 reads, received no 'count'"),
        ("id,count,scored_at\n1,2,3\n", "a column 'scored_at'; rename or drop the column"),
        ("id,count,prediction\n1,2,3\n", "a column 'prediction', which is also an output of version 3"),
    ],
)
def test_table_that_does_not_fit_is_refused_in_one_sentence(scoring, table, text, words):
    table.write_text(text)
    with pytest.raises(DataError) as refused:
        scored(scoring)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not scoring.target.exists()


@pytest.mark.slow
def test_target_that_cannot_be_written_keeps_the_scored_rows(scoring, tmp_path, model):
    target = tmp_path / "none" / "scored.csv"
    with pytest.raises(ConfigError, match="a file that can be written, received No such file or directory"):
        scored(scoring, target=target)
    target.parent.mkdir()
    assert scored(scoring, target=target).kept == 1000
    assert len(rows_of(target)) == len(model.scored) == 1000
