"""A run of the command with a worker that records it: exit codes, screen, JSON, log."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from penstock.core.documents.training import Leaderboard
from penstock.core.errors import ConfigError, DataError, StoreError
from pipeline.cli.app import app
from pipeline.cli.running import RUNNERS
from pipeline.cli.text.run_lines import leaderboard_lines
from pipeline.nodes import NODES
from tests.metadata_store import CONFIGURATION, VERDICT
from tests.other_process import run_in_other_process
from tests.pipeline.cli.command import PROJECT, penstock, penstock_with_recording_worker
from tests.pipeline.cli.leaderboards import LEADERBOARD
from tests.servers import PASSWORD

# Each starts a command, and that a worker.
pytestmark = pytest.mark.slow

NOISE = ["a line of TensorFlow's", "a line of native code"]  # sorted
RECORDED = ("ExampleGen", "StatisticsGen", "SchemaGen", "Transform", "Trainer", "Evaluator", "ModelVerdict", "Pusher")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    rows = "".join(f"{number},{number % 2}\n" for number in range(200))
    (tmp_path / "trips.csv").write_text(f"miles,tip\n{rows}")
    return tmp_path


def run(folder, outcome, *arguments, verb="run"):
    return penstock_with_recording_worker(folder, verb, *arguments, outcome=outcome)


def as_json(folder, outcome, *arguments):
    """Return the exit code and the one object on standard output."""
    result = run(folder, outcome, "--json", *arguments)
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    return result.returncode, json.loads(result.stdout)


def logs(folder):
    return [sorted(file.read_text().splitlines()) for file in sorted((folder / "state" / "logs").iterdir())]


def test_pushed_run_shows_nodes_verdict_metrics_and_the_next_command(folder):
    result = run(folder, "pushed")
    assert (result.returncode, result.stderr) == (0, "")
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert [line.split()[:2] for line in lines[: len(RECORDED)]] == [[name, "ran"] for name in RECORDED]
    assert [line.rpartition("s  ")[2].strip() for line in lines[:2]] == ["100", "100"]
    assert re.fullmatch(r"Report: state/reports/taxi/[0-9-]+\.html", lines[-2])
    assert re.sub(r"\(\d+ s\)", "(N s)", "\n".join(lines[len(RECORDED) : -2])).splitlines() == [
        "",
        "Blessed and pushed: taxi version 7, in models/7 (N s)",
        "Recorded: taxi_nogit_1, version 7 (default)",
        "Metric                      Model  Majority class  Linear  Last blessed",
        "auc                0.9500 ±0.0125          0.5000  0.9000             -",
        "By auc: 0.4500 ±0.0125 better than the majority class",
        "By auc: no better (+0.0500 ±0.0600) than linear",
        "passed   auc overall: 0.95, at least 0.9 required",
        "refused  auc overall: 0.95, at most 0.91 required",
    ]
    assert re.fullmatch(r"Next: \S+ predict trips\.csv --output predictions\.csv", lines[-1])
    assert "\x1b" not in result.stdout
    assert max(map(len, lines[:-1])) <= 80  # the last one has the path of the command
    assert logs(folder) == [NOISE]


def test_classes_that_differ_only_in_spelling_are_a_warning_before_the_nodes(folder):
    rows = "".join(f"{number},{('low', 'Low ', 'mid', 'high')[number % 4]}\n" for number in range(200))
    (folder / "trips.csv").write_text(f"miles,tip\n{rows}")
    settings = ("--set", "model.task=multiclass", "--set", "evaluation.metric=accuracy")
    result = run(folder, "partial", *settings)
    assert result.returncode == 0, result.stderr
    first, second = result.stdout.splitlines()[:2]
    assert first.startswith("Warning: The label 'tip' has values that differ in spelling only: 'Low ' 50, 'low' 50;")
    assert first.endswith('write lower(trim("tip")) AS "tip" in data.query.')
    assert second.startswith("ExampleGen")
    assert as_json(folder, "partial", "--no-cache", *settings)[1]["warnings"] == [first.removeprefix("Warning: ")]


def test_leaderboard_is_printed_before_the_verdict_and_is_in_the_json(folder):
    lines = [line.rstrip() for line in run(folder, "tuned").stdout.splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("Recorded: "))
    output = leaderboard_lines(Leaderboard.model_validate(LEADERBOARD))
    assert lines[start + 1 : start + 1 + len(output)] == output
    assert lines[start + 1 + len(output)].split()[:2] == ["Metric", "Model"]
    assert as_json(folder, "tuned")[1]["leaderboard"] == LEADERBOARD
    assert as_json(folder, "pushed", "--no-cache")[1]["leaderboard"] is None


@pytest.mark.parametrize(
    ("outcome", "code", "headline"),
    [
        ("refused", 3, r"Refused, nothing was pushed: taxi, run (\S+) \(\d+ s\)"),
        ("partial", 0, r"Done, without a push: taxi, run (\S+) \(\d+ s\)"),
    ],
)
def test_run_that_pushes_nothing_reports_it_and_suggests_show(folder, outcome, code, headline):
    result = run(folder, outcome)
    assert (result.returncode, result.stderr) == (code, "")
    name = re.search(headline, result.stdout).group(1)
    assert re.fullmatch(rf"Next: \S+ show {name}", result.stdout.splitlines()[-1])


def test_next_command_has_the_given_configuration(folder):
    (folder / "pipeline.toml").rename(folder / "other.toml")
    last = run(folder, "pushed", "--config", "other.toml").stdout.splitlines()[-1]
    assert last.endswith(" predict trips.csv --output predictions.csv --config other.toml")


def fill_database(folder):
    with sqlite3.connect(folder / "rows.db") as connection:
        connection.execute("CREATE TABLE trips (miles REAL, tip INTEGER)")
        connection.executemany("INSERT INTO trips VALUES (?, ?)", [(number, number % 2) for number in range(200)])
    connection.close()
    return ("--set", "data.source=sqlite:///rows.db", "--set", "data.table=trips")


def test_run_from_a_database_prints_its_source_and_suggests_show(folder):
    settings = fill_database(folder)
    result = run(folder, "pushed", *settings)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == f"Reading the table trips of sqlite:///{folder}/rows.db"
    assert re.fullmatch(rf"Next: \S+ show \S+ {' '.join(settings)}", lines[-1])
    assert not (folder / "state" / "taxi.rows").exists()


def test_next_command_repeats_no_password(folder, postgresql):
    postgresql.execute(
        "CREATE TABLE trips AS SELECT n::float8 AS miles, n % 2 AS tip FROM generate_series(1, 200) AS n"
    )
    try:
        settings = ("--set", f"data.source={postgresql.url}", "--set", "data.query=SELECT * FROM trips")
        result = run(folder, "pushed", *settings)
    finally:
        postgresql.execute("DROP TABLE trips")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"--set data.source={postgresql.shown} --set 'data.query=SELECT * FROM trips'" in result.stdout
    for secret in (PASSWORD, quote(PASSWORD, safe="")):
        assert secret not in result.stdout
        assert [file for file in folder.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()] == []


def test_database_that_cannot_be_read_is_refused_as_json_too(folder):
    settings = ("--set", "data.source=postgresql://ada:hidden@127.0.0.1:1/x", "--set", "data.table=t")
    code, output = as_json(folder, "pushed", *settings)
    assert (code, output["state"], output["error"]["what"]) == (2, "failed", "postgresql://ada@127.0.0.1:1/x")
    assert "hidden" not in json.dumps(output)


def test_bigquery_without_credentials_is_one_line(folder):
    settings = ("--json", "--set", "data.source=bigquery://p/d.t")
    result = penstock(folder, "run", *settings, CLOUDSDK_CONFIG=str(folder), NO_GCE_CHECK="true", HOME=str(folder))
    assert (result.returncode, result.stderr) == (2, "")
    error = json.loads(result.stdout)["error"]
    assert (error["what"], error["expected"]) == ("bigquery://p/d", "credentials that Google's libraries find")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_that_is_interrupted_while_it_reads_leaves_nothing(folder, postgresql, how):
    source, query = f"data.source={postgresql.url}", "data.query=SELECT pg_sleep(30), 1.5 AS miles, 1 AS tip"
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli.main", "run", "--set", source, "--set", query],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while process.poll() is None and postgresql.execute(sleeping) != [(1,)]:
        time.sleep(0.05)
    process.send_signal(how)
    _, errors = process.communicate(timeout=600)
    assert (process.returncode, errors) == (
        128 + how,
        f"reading the query over {postgresql.shown} was interrupted: received {how.name}; nothing ran yet, start it "
        "again.\n",
    )
    assert [path.name for path in (folder / "state").iterdir() if path.is_dir()] == []


def test_json_of_a_pushed_run_is_complete(folder):
    code, output = as_json(folder, "pushed")
    assert code == 0
    run_id = output.pop("run_id")
    assert re.fullmatch(r"\d{8}-\d{6}", run_id)
    assert 0 < output.pop("seconds") < 3600  # no milliseconds
    nodes = output.pop("nodes")
    assert [node["id"] for node in nodes] == list(NODES)
    assert {node["id"]: node["state"] for node in nodes} == {
        name: "ran" if name in RECORDED else "skipped" for name in NODES
    }
    assert all(set(node) == {"id", "state", "seconds"} for node in nodes)
    assert output == {
        "document_version": 1,
        "pipeline": "taxi",
        "state": "pushed",
        "rows": {"train": 67, "eval": 33},
        "quarantined": None,
        "split": None,
        "reading": None,
        "warnings": [],
        "notes": [],
        "repairs": [],
        "drift": None,
        "metrics": {"auc": 0.95},
        "intervals": {"auc": 0.0125},
        "ends": {"auc": None},
        "of_rarer_class": None,
        "baselines": {"auc": {"constant": 0.5, "linear": 0.9, "baseline": None}},
        "gains": VERDICT["gains"],
        "thresholds": VERDICT["thresholds"],
        "fairness": [],
        "leaderboard": None,
        "blessed": True,
        "pushed": {"version": 7, "directory": str(folder / "models" / "7")},
        "certificate": None,
        "recorded": {"experiment": "taxi_nogit_1", "version": 7, "aliases": ["default"], "problem": ""},
        "report": {"file": str(folder / "state" / "reports" / "taxi" / f"{run_id}.html"), "problem": ""},
    }
    assert logs(folder) == [NOISE]


def test_failed_node_is_a_sentence_with_its_details(folder):
    result = run(folder, "failed")
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "the data: expected no anomaly, received 2; fix it.",
        "  miles, split train: NEW",
        "  paid, split eval: OLD",
    ]
    *lines, report = [line.split()[:2] for line in result.stdout.splitlines() if line]
    assert lines == [["ExampleGen", "ran"], ["AnomalyGate", "failed"], ["Recorded:", "taxi_nogit_1"]]
    assert report[0] == "Report:"


def test_json_of_a_failed_run_has_state_nodes_and_error(folder):
    code, output = as_json(folder, "failed")
    assert (code, output["state"], output["pushed"], output["blessed"]) == (1, "failed", None, None)
    states = {node["id"]: node["state"] for node in output["nodes"]}
    assert (states["ExampleGen"], states["AnomalyGate"], states["Trainer"]) == ("ran", "failed", "skipped")
    assert output["error"] == {
        "what": "the data",
        "expected": "no anomaly",
        "received": "2",
        "next_step": "fix it",
        "details": ["miles, split train: NEW", "paid, split eval: OLD"],
    }


@pytest.mark.parametrize(
    ("outcome", "what", "how"),
    [
        ("killed", "node Trainer failed", "signal 9, usually out of memory: this machine has "),
        ("ended", "the run failed", "exit code 9"),
    ],
)
def test_worker_that_ends_without_a_report_is_a_failed_node(folder, outcome, what, how):
    result = run(folder, outcome)
    (log,) = (folder / "state" / "logs").iterdir()
    assert result.returncode == 1
    expected = f"{what}: expected a worker that runs to its end, received one that ended by {how}"
    assert result.stderr.startswith(expected)
    assert result.stderr.endswith(f"read {log}, then `penstock resume`.\n")
    assert ("free some or use fewer rows" in result.stderr) == (outcome == "killed")
    with sqlite3.connect(folder / "state" / "metadata.sqlite") as connection:
        assert 2 not in [state for (state,) in connection.execute("SELECT last_known_state FROM Execution")]


def test_resume_command_names_the_configuration(folder):
    (folder / "pipeline.toml").rename(folder / "other.toml")
    whole = "then `penstock resume --config other.toml`"
    assert run(folder, "killed", "--config", "other.toml").stderr.endswith(f"{whole}.\n")
    error = as_json(folder, "killed", "--config", "other.toml")[1]["error"]
    assert error["next_step"].endswith(whole)


def test_debug_leaves_the_output_of_the_worker_on_the_screen(folder):
    result = run(folder, "partial", "--debug")
    assert result.returncode == 0
    assert (NOISE[0] in result.stderr, NOISE[1] in result.stderr) == (True, True)
    assert not (folder / "state" / "logs").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--runner", "locl"], "--runner locl: expected local or beam, received 'locl' (did you mean 'local'?); "),
        (["--runner", "spark"], "--runner spark: expected local or beam, received 'spark'; choose one of them."),
        (["--runner", "vertex"], "received 'vertex'; write `penstock compile --target vertex`."),
        (["--from", "Trainr"], "received 'Trainr' (did you mean 'Trainer'?); name a node of the pipeline."),
        (["--from", "Pusher", "--to", "Trainer"], "expected the first node before the last, received the reverse"),
        (["--set", "data.source=none.csv"], "none.csv"),
        (["--set", "data.label=tips"], "data.label 'tips': expected a column of "),
        (["--set", "push.directory=trips.csv/models"], "push.directory: "),
        (["--set", "metadata.uri=sqlite://"], "metadata.uri sqlite://: expected a store that outlives the run"),
    ],
)
def test_run_that_cannot_start_is_refused_in_a_sentence(folder, monkeypatch, arguments, sentence):
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(app, ["run", *arguments])
    assert isinstance(result.exception, ConfigError | DataError | StoreError)
    assert result.stdout == ""
    assert sentence in str(result.exception)
    assert "\n" not in str(result.exception)
    assert not (folder / "state" / "metadata.sqlite").exists()
    assert not (folder / "models").exists()


def test_run_that_cannot_start_is_refused_as_json_too(folder):
    code, output = as_json(folder, "pushed", "--set", "data.label=tips")
    assert (code, set(output), output["state"]) == (2, {"state", "error"}, "failed")


def test_run_during_another_run_is_refused_with_exit_code_two(folder):
    (folder / "state").mkdir()
    lock = folder / "state" / "taxi.lock"
    with run_in_other_process(f"from filelock import FileLock\nlock = FileLock({str(lock)!r})\nlock.acquire()"):
        result = run(folder, "pushed")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "pipeline taxi: expected no other run of it, received one that is running; wait for it to end.\n"
    )


def test_runners_are_modules_of_the_pipeline():
    assert RUNNERS == {"local": "pipeline.runners.local", "beam": "pipeline.runners.beam"}
