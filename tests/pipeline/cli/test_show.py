"""`penstock show`: nodes, verdict, artifacts and next step of a run, as text and as JSON."""

import json
import shlex
import shutil
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from penstock.core.documents.training import Leaderboard
from penstock.core.errors import ConfigError
from pipeline.cli.show import show
from pipeline.cli.text.run_lines import leaderboard_lines
from tests.metadata_store import CACHED, FAILED, RUNNING, VERDICT, StoreBuilder, configuration
from tests.pipeline.cli.command import penstock
from tests.pipeline.cli.leaderboards import LEADERBOARD
from tests.pipeline.leaks import analysed, with_analysis


@pytest.fixture
def builder(tmp_path: Path) -> StoreBuilder:
    return StoreBuilder(configuration(tmp_path))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(show)
    return CliRunner().invoke(app, list(arguments))


def test_pushed_run_shows_nodes_verdict_and_paths(tmp_path, builder):
    builder.whole_run("run", version=3)
    log = builder.config.logs / "run.log"
    log.parent.mkdir()
    log.touch()
    result = call("run")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "Run run of taxi: pushed version 3"
    assert [line.split() for line in lines[3:6]] == [
        ["Node", "State", "Seconds", "Rows"],
        ["ExampleGen", "ran", "0.0", "100"],
        ["StatisticsGen", "ran", "0.0", "100"],
    ]
    assert ["auc", "0.9500", "±0.0125", "0.5000", "0.9000", "-"] in [line.split() for line in lines]
    assert "By auc: 0.4500 ±0.0125 better than the majority class" in lines
    assert "By auc: no better (+0.0500 ±0.0600) than linear" in lines
    assert "passed   auc overall: 0.95, at least 0.9 required" in lines
    assert "refused  auc overall: 0.95, at most 0.91 required" in lines
    assert lines[-3:] == ["Artifacts: state/artifacts/taxi", "Log: state/logs/run.log", "Next: penstock lineage 3"]
    assert max(map(len, lines)) <= 80


def test_slices_are_shown_largest_first_and_not_all(builder):
    builder.whole_run("run")
    lines = call("run").stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("miles"))
    assert [line.split()[0] for line in lines[start + 1 : start + 9]] == ["9", "8", "7", "6", "5", "4", "3", "2"]
    assert lines[start + 9] == "and 2 smaller: --json lists all"
    assert [" ".join(line.split()) for line in lines[start + 6 : start + 8]] == [
        "4 5 0.9000 ±0.0200",
        "3 4 0.9000 too few rows",
    ]


def test_failed_run_shows_the_node_and_the_resume_command(builder):
    builder.node("run", "ExampleGen")
    builder.node("run", "Trainer", state=FAILED)
    lines = call("latest").stdout.splitlines()
    assert lines[0] == "Run run of taxi: failed at Trainer"
    assert "No verdict: the run ended before ModelVerdict." in lines
    assert lines[-2:] == ["Log: state/logs/run.log (missing)", "Next: penstock resume"]


def test_resume_command_names_another_configuration(tmp_path, builder):
    builder.node("run", "Trainer", state=FAILED)
    (tmp_path / "pipeline.toml").rename(tmp_path / "other.toml")
    assert call("run", "--config", "other.toml").stdout.endswith("Next: penstock resume --config other.toml\n")


def test_failed_run_that_is_not_the_last_cannot_be_resumed(builder):
    builder.node("old", "Trainer", state=FAILED)
    time.sleep(0.002)
    builder.whole_run("new")
    assert "resume" not in call("old").stdout


def test_run_without_an_end_suggests_resume(builder):
    builder.node("run", "Trainer", state=RUNNING)
    lines = call("run").stdout.splitlines()
    assert lines[0] == "Run run of taxi: running"
    assert "took" not in lines[1]
    assert lines[-1] == "If its process has ended: penstock resume"


def test_verdict_whose_folder_was_deleted_is_reported(builder):
    made = builder.whole_run("run")
    shutil.rmtree(builder.config.artifacts)
    folder = builder.store.get_artifacts_by_id([made["verdict"]])[0].uri
    assert f"No verdict: {folder} was deleted." in call("run").stdout


def test_json_is_one_complete_object(builder):
    builder.whole_run("run", version=3)
    data = json.loads(call("run", "--json").stdout)
    assert (data["run_id"], data["state"], data["rows"]) == ("run", "pushed", {"train": 67, "eval": 33})
    assert data["pushed"] == {"version": 3, "directory": str(builder.config.path("models/3"))}
    expected = ("metrics", "gains", "confusion", "reliability", "slices", "thresholds", "blessed")
    assert {key: data[key] for key in expected} == {key: VERDICT[key] for key in expected}
    assert "residuals" not in data
    assert [node["id"] for node in data["nodes"]][:2] == ["ExampleGen", "StatisticsGen"]
    assert data["log"] == str(builder.config.logs / "run.log")


def test_leaderboard_is_in_the_text_and_in_the_json(builder):
    builder.whole_run("run")
    made = builder.node("run", "Trainer", outputs={"model_run": ("ModelRun", {})})
    folder = Path(builder.store.get_artifacts_by_id([made["model_run"]])[0].uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leaderboard.json").write_text(json.dumps(LEADERBOARD))
    assert json.loads(call("run", "--json").stdout)["leaderboard"] == LEADERBOARD
    lines = call("run").stdout.splitlines()
    expected = leaderboard_lines(Leaderboard.model_validate(LEADERBOARD))
    start = lines.index(expected[0])
    assert lines[start : start + 6] == [*expected, ""]


def test_missing_store_is_refused(tmp_path):
    configuration(tmp_path)
    result = call("latest")
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == "run latest: expected a run, received none yet; write `penstock run`."
    assert result.exception.exit_code == 2


def reported(builder: StoreBuilder, node: str, kind: str, report: dict) -> None:
    """Record a node of the run with its report."""
    made = builder.node("run", node, outputs={"report": (kind, {})})
    folder = Path(builder._known(made["report"]).uri)
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(report))


def test_anomalies_are_shown_with_the_command_that_accepts_them(builder):
    found = {"column": "paid by", "split": "eval", "severity": "error", "kind": "K", "description": "cash " * 40}
    report = {"anomalies": [{**found, "fails": True}] * 10, "accept": "penstock schema accept 'paid by'"}
    reported(builder, "AnomalyReport", "components.AnomalyReport", report)
    builder.node("run", "AnomalyGate", state=FAILED)
    lines = call("run").stdout.splitlines()
    start = lines.index("Anomalies")
    assert lines[start + 1].startswith("fails    paid by, eval: cash cash")
    assert lines[start + 9 : start + 11] == [
        "and 2 more: --json lists all",
        "To accept what is correct: penstock schema accept 'paid by'",
    ]
    assert max(map(len, lines)) <= 80
    assert json.loads(call("run", "--json").stdout)["anomalies"] == report["anomalies"]
    Path("pipeline.toml").rename("my other.toml")
    given = "--config 'my other.toml' --set data.source=new.csv"
    lines = call("run", *shlex.split(given)).stdout.splitlines()
    assert f"To accept what is correct: penstock schema accept 'paid by' {given}" in lines
    assert lines[-1] == f"Next: penstock resume {given}"


def test_drift_is_in_the_text_and_in_the_json(builder):
    column = {"column": "miles", "measure": "L-infinity", "distance": 0.5, "threshold": 0.1, "passed": False}
    report = {"version": 2, "compared": True, "columns": [column], "fails": False}
    reported(builder, "DriftReport", "components.DriftReport", report)
    lines = call("run").stdout.splitlines()
    assert "Drift from version 2: 1 of 1 columns above its threshold" in lines
    assert "drifted  miles: L-infinity 0.5, at most 0.1" in lines
    assert json.loads(call("run", "--json").stdout)["drift"] == report


def test_probes_of_monotonic_constraints_are_shown(builder):
    column = {"column": "miles", "direction": "increasing", "rows": 9, "probes": 900, "violations": 0, "largest": 0.0}
    made = builder.node("run", "MonotonicityGate", outputs={"report": ("components.MonotonicityReport", {})})
    folder = Path(builder._known(made["report"]).uri)
    folder.mkdir(parents=True)
    (folder / "monotonicity.json").write_text(json.dumps({"version": 1, "rows": 9, "columns": [column]}))
    lines = call("run").stdout.splitlines()
    assert "Monotonic: 900 probes of 1 column on rows of eval, no violations" in lines
    assert "few      miles: 900 probes, 10,000 expected: too few rows or values" in lines
    assert json.loads(call("run", "--json").stdout)["monotonicity"]["columns"] == [column]


def test_splits_that_differ_from_the_configuration_are_shown(builder):
    noted = {"by": "key", "column": "miles", "shares": {"train": 0.67, "eval": 0.33}, "without_key": 7}
    split = json.dumps({**noted, "combinations": None, "repeated": 9})
    rows = json.dumps({"source": 100, "train": 67, "eval": 33})
    builder.node("run-1", "ExampleGen", outputs={"examples": ("Examples", {"rows": rows, "split": split})})
    printed = call().stdout
    assert "7 of 100 rows have no 'miles': split by their features" in printed
    assert "Warning: 9 of 33 rows of eval (27.3%) are also in train, with the same features and label" in printed
    assert json.loads(call("--json").stdout)["split"]["repeated"] == 9


def test_run_of_cached_nodes_shows_no_log(tmp_path):
    StoreBuilder(configuration(tmp_path)).node("run", "ExampleGen", state=CACHED)
    shown = penstock(tmp_path, "show")
    assert "Artifacts:" in shown.stdout
    assert "Log:" not in shown.stdout
    assert json.loads(penstock(tmp_path, "show", "--json").stdout)["log"] is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leaks", "words"),
    [
        (0, None),
        (1, "Suspect: 'paid_0' has 9"),
        (2, "Suspect: 'paid_0' and 'paid_1' together have 9"),
    ],
)
def test_suspects_of_a_fitted_model_are_shown(builder, leaks, words):
    builder.whole_run("run")
    with_analysis(builder, "run", analysed(leaks))
    found = [line for line in call("run").stdout.splitlines() if line.startswith("Suspect: ")]
    assert len(found) == (words is not None)
    assert all(line.startswith(words) and "known when predicting?" in line for line in found)
