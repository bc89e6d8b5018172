"""Bad input to the command: one sentence, the right exit code, nothing half-written."""

import json
import sqlite3
import subprocess
import sys

import pytest

from tests.e2e.conftest import CONFIGURATION, Project

# Each test runs the command in a process; together they take too long for the fast tests.
pytestmark = pytest.mark.e2e

HEADER = "fare,trip_seconds,trip_start_hour,payment_type,tips\n"
ROWS = "".join(f"{n}.5,{n * 60},{n % 24},{'Cash' if n % 3 else 'Credit Card'},{n % 2 * n}\n" for n in range(200))


def project_with(folder, data=HEADER + ROWS, configuration=CONFIGURATION) -> Project:
    if data is not None:
        (folder / "trips.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
    (folder / "pipeline.toml").write_text(configuration)
    return Project(folder)


def swap(old, new):
    assert old in CONFIGURATION
    return CONFIGURATION.replace(old, new)


BAD_DATA = {
    "no file": (None, ["trips.csv", "no such file"]),
    "an empty file": ("", ["trips.csv", "empty"]),
    "a header only": (HEADER, ["trips.csv", "at least one row", "a header only"]),
    "a ragged row": (HEADER + ROWS + "1.5,60,3\n", ["trips.csv, line 202", "5", "3"]),
    "another encoding": (HEADER.encode() + ROWS.encode() + b"1.5,60,3,Caf\xe9,0\n", ["trips.csv", "UTF-8", "line 202"]),
    "a column less": (HEADER.replace("fare", "fair") + ROWS, ["fare", "fair"]),
    "text among numbers": (HEADER + ROWS + "1.5,soon,3,Cash,0\n", ["trip_seconds", "soon", "line 202"]),
    "one class": (HEADER + "".join(f"{n}.5,60,3,Cash,0\n" for n in range(1, 200)), ["big_tipper", "only False"]),
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data_is_refused_before_anything_runs(tmp_path, name):
    data, words = BAD_DATA[name]
    refused(project_with(tmp_path, data), words)


BAD_CONFIGURATIONS = {
    "an unknown key": (swap("epochs", "epochen"), ["model.epochen", "did you mean 'epochs'"]),
    "an unknown value": (swap('"categorical"', '"categoric"'), ["features.payment_type", "'categorical'"]),
    "an unknown metric": (swap('"auc"', '"auk"'), ["evaluation", "'auk'", "did you mean 'auc'"]),
    "an unknown slice": (swap('["payment_type"]', '["payment"]'), ["'payment'", "did you mean 'payment_type'"]),
    "no threshold": (swap("min = 0.6", ""), ["a threshold", "none"]),
    "no label": (swap('label = "big_tipper"', ""), ["data.label"]),
    "an unknown label": (swap('label = "big_tipper"', 'label = "tipper"'), ["'tipper'", "big_tipper"]),
    "an empty label": (swap("tips > 0.2 * fare", "NULL::BOOLEAN"), ["big_tipper", "none"]),
    "no TOML": ("name = \n", ["pipeline.toml", "TOML", "line 1"]),
    "a bad query": (swap("FROM source", "FROM sorce"), ["data.query", "sorce"]),
    "no schema file": (CONFIGURATION + '[schema]\nfile = "schema.pbtxt"\n', ["schema.file", "no such file"]),
    "no schema": (CONFIGURATION + '[schema]\nfile = "trips.csv"\n', ["trips.csv, line 1: expected a schema"]),
    "an unwritable push": (swap('"models"', '"trips.csv/models"'), ["push.directory", "can be written"]),
    "an unwritable state": (CONFIGURATION + '[state]\ndirectory = "trips.csv/state"\n', ["state.directory", "written"]),
}


@pytest.mark.parametrize("name", BAD_CONFIGURATIONS)
def test_a_bad_configuration_is_refused_before_anything_runs(tmp_path, name):
    configuration, words = BAD_CONFIGURATIONS[name]
    refused(project_with(tmp_path, configuration=configuration), words)


def test_bad_arguments_are_refused(tmp_path):
    project = project_with(tmp_path)
    for words, message in {
        ("--from", "Trainr"): "did you mean 'Trainer'",
        ("--from", "Pusher", "--to", "Trainer"): "the first node before the last",
        ("--runner", "bean"): "did you mean 'beam'",
        ("--runner", "vertex"): "penstock compile --target vertex",
        ("--set", "evaluation.min"): "key=value",
    }.items():
        done = project.penstock("run", *words)
        assert done.returncode == 2, words
        assert message in done.stderr, done.stderr
        assert "Traceback" not in done.stderr


def test_a_store_that_another_process_holds_is_refused(tmp_path):
    project = project_with(tmp_path)
    store = tmp_path / "state" / "metadata.sqlite"
    store.parent.mkdir()
    holder = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); print(1, flush=True);"
            "sys.stdin.read()",
            str(store),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    holder.stdout.readline()
    try:
        done = project.penstock("run")
    finally:
        holder.communicate(b"")
    assert done.returncode == 2
    assert "one that another process has locked" in done.stderr
    assert not (tmp_path / "state" / "artifacts").exists()


def test_a_store_that_is_no_database_is_refused_and_not_changed(tmp_path):
    project = project_with(tmp_path)
    store = tmp_path / "state" / "metadata.sqlite"
    store.parent.mkdir()
    store.write_text("something else that is long enough to be looked at" * 100)
    before = store.read_bytes()
    done = project.penstock("run")
    assert done.returncode == 2
    assert "an SQLite file" in done.stderr
    assert store.read_bytes() == before


def test_an_error_with_json_is_one_object(tmp_path):
    done = project_with(tmp_path, None).penstock("run", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["what"]
    assert done.stderr == ""


def test_anomalies_fail_the_run_with_a_line_each_and_leave_the_report(first_run, tmp_path):
    [schema] = first_run.unchanged.glob("state/artifacts/*/SchemaGen/schema/*/schema.pbtxt")
    project = Project(tmp_path)
    (tmp_path / "trips.csv").write_bytes((first_run.unchanged / "trips.csv").read_bytes())
    (tmp_path / "other.toml").write_text(CONFIGURATION + '[schema]\nfile = "schema.pbtxt"\n')
    (tmp_path / "schema.pbtxt").write_text(schema.read_text().replace('  value: "Cash"\n', ""))
    other = ("--config", "other.toml")
    done = project.penstock("run", *other)
    assert done.returncode == 1
    assert "the data does not match the schema" in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("  payment_type, split ")]
    assert {line.split()[2].rstrip(":") for line in lines} == {"train", "eval"}
    assert all("ENUM_TYPE_UNEXPECTED_STRING_VALUES" in line and "Cash" in line for line in lines)
    [report] = tmp_path.glob("state/artifacts/*/AnomalyReport/report/*/report.json")
    assert {a["column"] for a in json.loads(report.read_text())["anomalies"] if a["fails"]} == {"payment_type"}
    assert "accept what is right with `penstock schema accept payment_type --config other.toml`" in done.stderr
    command = "To accept what is correct: penstock schema accept payment_type --config other.toml\n"
    assert command in project.penstock("show", *other).stdout
    assert not list((tmp_path / "models").glob("[0-9]*"))
    with sqlite3.connect(tmp_path / "state" / "metadata.sqlite") as store:
        kinds = [kind for (kind,) in store.execute("SELECT t.name FROM Execution e JOIN Type t ON t.id = e.type_id")]
    assert not any(kind.endswith("Transform") for kind in kinds)
    excused = project.run("run", *other, "--to", "AnomalyGate", "--set", "validation.columns.payment_type=never")
    assert excused["exit"] == 0
    accepted = project.penstock("schema", "accept", "payment_type", *other)
    assert accepted.stdout.startswith("accepted  payment_type: may hold also Cash\n"), accepted.stderr
    assert project.run("run", *other, "--to", "AnomalyGate")["exit"] == 0


def refused(project: Project, words: list[str]) -> None:
    done = project.penstock("run")
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr
    assert done.stdout == ""
    left = {path.name for path in project.folder.iterdir()} - {"trips.csv", "pipeline.toml", "state", "models"}
    assert not left
    assert not (project.folder / "state" / "metadata.sqlite").exists()
    assert not list(project.folder.glob("models/*"))
