"""`penstock score`, from the command line to the file or the table."""

import json
import re
import sqlite3
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from penstock.core.errors import PenstockError
from pipeline.cli.score import score
from tests.pipeline.cli.command import penstock_with_tensorflow
from tests.small_models import save_models

PROJECT = Path(__file__).resolve().parents[3]
ROWS = 60_000

app = typer.Typer()
app.command()(score)


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "rows.csv").write_text("color,count\nred,2\nblue,\n")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "saved_model.pb").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def pushed(tmp_path_factory):
    return save_models(tmp_path_factory.mktemp("pushed"), {2: 2.0, 3: 3.0})


MODEL = ("--model", "m")
HERE = "sqlite:///rows.sqlite"
SERVER = "postgresql://me:hush@db/rides"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rows.csv", "--to", "x.csv"], "no configuration pipeline.toml"),
        (["rows.csv", "--to", "x.csv", "--model", "none"], "--model none: expected the folder of a SavedModel"),
        (["rows.csv", "--to", "x.csv", *MODEL, "--version", "1"], "--model and --version: expected one of them"),
        (["rows.csv", "--to", "rows.csv", *MODEL], "--to rows.csv: expected another file than the input"),
        (["rows.csv", "--to", "x.xls", *MODEL], "the ending of --to x.xls: expected one of .csv, .*received '.xls'"),
        (["rows.csv", "--to", "none/x.csv", *MODEL], "--to none/x.csv: expected a folder to write into, received no"),
        (["rows.csv", "--to", "m.csv", *MODEL, "--key", "id"], "--key: expected none with a file, received id; leave"),
        (["rows.csv", "--to", HERE, *MODEL], "--to: expected a URL with a table, such as .*received no table; add"),
        (["rows.csv", "--to", f"{HERE}#", *MODEL], "--to: expected a URL with a table"),
        (["rows.csv", "--to", "mysql://u:a@b:99999/d#t", *MODEL], "--to: expected mysql://USER@HOST/DATABASE"),
        (["rows.csv", "--to", "gs://bucket/x.csv", *MODEL], "--to: expected a file, or the URL of .*received gs://"),
        (["rows.csv", "--to", "bigquery://p/d.t", *MODEL], "--to: expected a file, or the URL of .*received bigquery"),
        (["rows.csv", "--to", "postgresql://u:${NONE_SUCH}@h/d#t", *MODEL], "--to: expected the environment variable"),
        (
            ["gs://bucket/rows.csv", "--to", "x.csv", *MODEL],
            "SOURCE: expected files of this machine.*received a bucket",
        ),
        (["oracle://db", "--to", "x.csv", *MODEL], "SOURCE: expected a path, or a URL that begins with one of sqlite"),
        ([SERVER, "--to", "x.csv", *MODEL], "SOURCE: expected --table or --query with a database, received neither"),
        ([SERVER, "--table", "t", "--query", "SELECT 1", "--to", "x.csv", *MODEL], "received --table and --query"),
        (
            [SERVER, "--query", "DELETE FROM t", "--to", "x.csv", *MODEL],
            "--query: expected one SELECT, received DELETE",
        ),
        (["rows.csv", "--table", "t", "--to", "x.csv", *MODEL], "--table: expected none with a source of files"),
    ],
)
def test_error_is_one_sentence_with_exit_code_two_and_nothing_is_made(project, arguments, said):
    before = sorted(project.rglob("*"))
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, PenstockError), result.output
    assert result.exception.exit_code == 2
    assert re.search(said, str(result.exception)), str(result.exception)
    assert "\n" not in str(result.exception)
    assert "hush" not in str(result.exception)
    assert sorted(project.rglob("*")) == before


def test_help_names_every_option():
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    for option in ("--to", "--query", "--table", "--key", "--model", "--version", "--workers", "--restart", "--json"):
        assert option in text


@pytest.mark.slow
def test_file_gets_what_predict_gives_and_three_columns_and_json_reports_the_result(project, pushed):
    words = ["--model", str(pushed / "2")]
    done = penstock_with_tensorflow(project, "score", "rows.csv", "--to", "scored.csv", *words)
    assert (done.returncode, done.stdout) == (0, "")
    assert re.fullmatch(r"Scored 2 rows with version 2 in [\d.]+ s: scored.csv\n", done.stderr)
    header, *rows = (project / "scored.csv").read_text().splitlines()
    assert header == "color,count,prediction,model_version,scoring_run,scored_at"
    assert [row.split(",")[:4] for row in rows] == [["red", "2", "104", "2"], ["blue", "", "0", "2"]]
    done = penstock_with_tensorflow(project, "score", "rows.csv", "--to", "scored.jsonl", "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    printed = json.loads(done.stdout)
    assert printed.pop("seconds") > 0
    first = json.loads((project / "scored.jsonl").read_text().splitlines()[0])
    assert (first["scoring_run"], first["scored_at"]) == (printed.pop("run"), printed.pop("time"))
    assert printed == {
        "rows": 2, "rows_before_interruption": 0, "shards": 1, "output": "scored.jsonl", "columns": ["prediction"],
        "model": {"version": 2, "directory": str(pushed / "2")}, "unseen": {}, "outside": {}, "computed": [],
        "taken": [], "warnings": [],
    }  # fmt: skip
    assert not list(project.glob(".*"))


@pytest.mark.slow
def test_rows_without_the_columns_of_the_model_leave_nothing(project, pushed):
    (project / "rows.csv").write_text("color\nred\n")
    done = penstock_with_tensorflow(project, "score", "rows.csv", "--to", "scored.csv", "--model", str(pushed / "2"))
    assert done.returncode == 2
    assert done.stderr == (
        "rows.csv: expected the 2 columns that version 2 reads, received no 'count'; add or rename the column.\n"
    )
    assert sorted(path.name for path in project.iterdir()) == ["m", "rows.csv"]


KILLED = """
import os, signal
from penstock.serving.sharded import {module} as patched
real, calls = patched.{name}, []
def killing(*arguments, **named):
    found = real(*arguments, **named)
    calls.append(1)
    if len(calls) == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
patched.{name} = killing
"""


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """Return a table of several shards."""
    file = tmp_path_factory.mktemp("big") / "rows.csv"
    lines = (f"{number},{'red' if number % 3 else 'blue'},{number % 90},{'x' * 30}\n" for number in range(ROWS))
    file.write_text("id,color,count,more\n" + "".join(lines))
    return file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "kept"), [("shards.predict 3", True), ("publish.to_file 1", True), ("run._prepare 1", False)]
)
def test_killed_scoring_continues_and_every_row_is_scored_once(project, pushed, big, place, kept):
    module, name, call = place.replace(".", " ").split()
    words = ["score", str(big), "--to", "scored.csv", "--model", str(pushed / "2"), "--workers", "2"]
    killed = penstock_with_tensorflow(project, *words, program=KILLED.format(module=module, name=name, call=call))
    assert killed.returncode == -9, killed.stderr
    assert (project / "scored.csv").exists() == (name == "to_file")
    done = penstock_with_tensorflow(project, *words, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], found["rows_before_interruption"] > 0) == (ROWS, kept)
    rows = [line.split(",") for line in (project / "scored.csv").read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == [str(number) for number in range(ROWS)]
    assert all(float(row[4]) == 2 * int(row[2]) + 100 * (row[1] == "red") for row in rows)
    assert {row[6] for row in rows} == {found["run"]}
    assert not list(project.glob(".scored*"))


@pytest.mark.slow
def test_killed_scoring_is_not_continued_with_another_model(project, pushed, big):
    words = ["score", str(big), "--to", "scored.csv", "--model"]
    program = KILLED.format(module="shards", name="predict", call=3)
    assert penstock_with_tensorflow(project, *words, str(pushed / "2"), program=program).returncode == -9
    refused = penstock_with_tensorflow(project, *words, str(pushed / "3"))
    assert refused.returncode == 2
    assert re.fullmatch(
        r"the interrupted scoring \S+ in \S+/.scored.csv.scoring: expected the model of its beginning, received "
        r"another model; name them again, or score all rows again with --restart.\n",
        refused.stderr,
    ), refused.stderr
    assert penstock_with_tensorflow(project, *words, str(pushed / "3"), "--restart").returncode == 0


@pytest.mark.slow
def test_killed_scoring_of_a_table_into_a_table_has_each_row_once(project, pushed, big):
    with sqlite3.connect(project / "rows.sqlite") as connection:
        connection.execute("CREATE TABLE trips (id INTEGER, color TEXT, count INTEGER)")
        rows = ((number, "red", number % 90) for number in range(ROWS))
        connection.executemany("INSERT INTO trips VALUES (?, ?, ?)", rows)
    words = ["score", HERE, "--table", "trips", "--to", f"{HERE}#scored", "--model", str(pushed / "2")]
    program = KILLED.replace("sharded import {module}", "sharded.publish import TargetTable").replace(
        "TargetTable as patched", "open_target; from penstock.tables.databases.target import TargetTable as patched"
    )
    killed = penstock_with_tensorflow(project, *words, program=program.format(module="", name="write", call=1))
    assert killed.returncode == -9, killed.stderr
    done = penstock_with_tensorflow(project, *words, "--json")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(project / "rows.sqlite") as connection:
        counted = "SELECT count(*), count(DISTINCT id), count(DISTINCT scoring_run), sum(prediction) FROM scored"
        assert connection.execute(counted).fetchone() == (
            ROWS, ROWS, 1, sum(2 * (number % 90) + 100 for number in range(ROWS))
        )  # fmt: skip
