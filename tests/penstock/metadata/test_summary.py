"""One summary of a run, of which the command prints views; their JSON Schema is in docs/ and holds."""

import json
from pathlib import Path

import pytest

from penstock.core.errors import GateError, PenstockError
from penstock.metadata import lineage
from penstock.metadata.summary import RunSummary
from scripts.write_schemas import CERTIFICATE, FILE, certificate_text, schema, text
from tests.metadata_store import FAILED, RUNNING, VERDICT, StoreBuilder, configuration
from tests.pipeline.cli.command import penstock, penstock_with_recording_worker
from tests.pipeline.cli.leaderboards import LEADERBOARD

MESSAGES = {"warnings": ("w",), "notes": (), "repairs": []}
COLUMN = {"column": "miles", "measure": "L-infinity", "distance": 0.5, "threshold": 0.1, "passed": False}
ANOMALY = {"column": "a", "split": "eval", "kind": "K", "severity": "error", "description": "few", "fails": True}
TRIAL = {"settings": {"width": 96}, "epochs": 9, "most_epochs": 40, "loss": 0.5, "seconds": 2.25, "best": True}
REPORTS = {
    "DriftReport": ("report.json", {"version": 2, "compared": True, "columns": [COLUMN], "fails": False}),
    "AnomalyReport": ("report.json", {"anomalies": [ANOMALY]}),
    "ModelRun": ("leaderboard.json", LEADERBOARD),
    "TunerResults": ("trials.json", {"trials": [TRIAL]}),
}
NOTED = {
    "rows": json.dumps({"source": 101, "train": 67, "eval": 33, "quarantined": 1}),
    "split": json.dumps({"by": "features", "shares": {"train": 0.67}}),
    "reading": json.dumps({"rows": 101, "result": 100, "marked": {"miles": 1}}),
}


@pytest.fixture
def builder(tmp_path: Path) -> StoreBuilder:
    return StoreBuilder(configuration(tmp_path))


@pytest.fixture
def whole(builder):
    """Return a store with a run that has every document."""
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", NOTED)})["examples"]
    for kind, (file, content) in REPORTS.items():
        ours = f"penstock.{kind}" if kind.endswith("Report") else kind
        made = builder.node("run", kind, outputs={"output": (ours, {})})
        folder = Path(builder._known(made["output"]).uri)
        folder.mkdir(parents=True)
        (folder / file).write_text(json.dumps(content))
    builder.whole_run("run", version=3, examples=examples)
    return builder


def valid(printed):
    import jsonschema

    jsonschema.Draft202012Validator(json.loads(FILE.read_text())).validate(printed)
    return printed


def test_schema_in_docs_is_that_of_the_views():
    import jsonschema

    assert FILE.read_text(encoding="utf-8") == text(), "write `python -m scripts.write_schemas`"
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("change", [{"run_id": 3}, {"unknown": 1}, {"state": "lost"}, {"rows": {"train": "many"}}])
def test_schema_refuses_what_no_command_prints(whole, change):
    import jsonschema

    printed = RunSummary.of(lineage.run(whole.config.store, "run")).as_run(["Trainer"], 1.0, MESSAGES).plain()
    valid(printed)
    with pytest.raises(jsonschema.ValidationError):
        valid({**printed, **change})


def test_every_document_of_a_run_is_in_its_views(whole):
    summary = RunSummary.of(lineage.run(whole.config.store, "run"))
    shown = valid(summary.as_shown(artifacts="a", log=None, next_step="penstock lineage 3").plain())
    run = valid(summary.as_run(["ExampleGen", "Nobody"], 12.3456, MESSAGES).plain())
    for view in (shown, run):
        assert (view["run_id"], view["state"], view["rows"]) == ("run", "pushed", {"train": 67, "eval": 33})
        assert (view["drift"], view["leaderboard"]) == (REPORTS["DriftReport"][1], LEADERBOARD)
        assert (view["quarantined"], view["split"]) == (1, json.loads(NOTED["split"]))
        assert view["pushed"] == {"version": 3, "directory": str(whole.config.path("models/3"))}
        assert (view["thresholds"], view["blessed"]) == (VERDICT["thresholds"], True)
    assert (shown["trials"], shown["anomalies"], shown["metrics"]) == ([TRIAL], [ANOMALY], VERDICT["metrics"])
    assert (run["metrics"], run["intervals"], run["ends"]) == ({"auc": 0.95}, {"auc": 0.0125}, {"auc": None})
    assert run["baselines"] == {"auc": {"constant": 0.5, "linear": 0.9, "baseline": None}}
    assert run["reading"] == json.loads(NOTED["reading"])
    assert run["nodes"][1] == {"id": "Nobody", "state": "skipped", "seconds": 0.0}
    assert (run["seconds"], run["warnings"], "error" in run) == (12.346, ["w"], False)


@pytest.mark.parametrize("state", [FAILED, RUNNING])
def test_run_that_did_not_get_far_has_views_too(builder, state):
    builder.node("run", "ExampleGen", state=state)
    summary = RunSummary.of(lineage.run(builder.config.store, "run"))
    shown = valid(summary.as_shown(artifacts="a", log="l", next_step=None).plain())
    assert (shown["drift"], shown["blessed"], shown["metrics"], "confusion" in shown) == (None, None, {}, False)
    error = GateError("the data", "no anomaly", "2", "fix it", ("a line",))
    run = valid(summary.as_run(["ExampleGen"], 1.0, MESSAGES, error).plain())
    assert (run["state"], run["error"], run["pushed"]) == ("failed", error.as_dict(), None)


def test_damaged_document_is_refused_but_hides_no_other_error(whole):
    run = lineage.run(whole.config.store, "run")
    Path(run.output("components.DriftReport").uri, "report.json").write_text("{")
    with pytest.raises(PenstockError, match=r"report\.json: expected a drift report, undamaged"):
        RunSummary.of(run)
    summary = RunSummary.of(run, skip_damaged=True)
    assert (summary.drift, len(summary.trials)) == (None, 1)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("show", "run"), ("show", "bad"), ("runs",)])
def test_what_the_command_prints_is_as_the_schema_says(tmp_path, whole, arguments):
    whole.node("bad", "Trainer", state=FAILED)
    done = penstock(tmp_path, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    valid(json.loads(done.stdout))


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["pushed", "tuned", "refused", "partial", "failed"])
def test_what_a_run_prints_is_as_the_schema_says(tmp_path, outcome):
    rows = "".join(f"{number},{number % 2}\n" for number in range(200))
    (tmp_path / "trips.csv").write_text(f"miles,tip\n{rows}")
    configuration(tmp_path)
    done = penstock_with_recording_worker(tmp_path, "run", "--json", outcome=outcome)
    assert valid(json.loads(done.stdout))["run_id"]


def test_damaged_verdict_hides_no_other_run_of_the_list(tmp_path, whole):
    verdict = Path(lineage.run(whole.config.store, "run").output("components.ModelVerdict").uri, "verdict.json")
    verdict.write_text("{")
    whole.whole_run("second")
    listed = json.loads(penstock(tmp_path, "runs", "--json").stdout)["runs"]
    assert {each["run_id"]: each["value"] for each in listed} == {"run": None, "second": 0.95}
    shown = penstock(tmp_path, "show", "run")
    assert (shown.returncode, "expected a model verdict, undamaged" in shown.stderr) == (1, True)


def test_schema_of_the_certificate_is_that_of_the_document():
    assert CERTIFICATE.read_text(encoding="utf-8") == certificate_text(), "write `python -m scripts.write_schemas`"
