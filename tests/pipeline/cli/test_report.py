"""`penstock report`: the forms, the runs and versions it takes, and what it refuses."""

import json

import pytest
import typer
from typer.testing import CliRunner

from penstock.core.documents.verdict import Verdict
from penstock.core.errors import ConfigError
from penstock.metadata.lineage import Artifact
from penstock.registry.client import DatabaseClient
from penstock.registry.recording.cluster import facts_of, note_of
from penstock.registry.recording.recorder import record
from pipeline.cli.report import report
from tests.metadata_store import ROWS, RUNNING, VERDICT
from tests.penstock.reports.run.runs import run


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def runs(builder):
    run(builder, "20260101-000001", version=1)
    run(builder, "20260101-000002", version=2)
    return builder


def call(*arguments):
    app = typer.Typer()
    app.command()(report)
    return CliRunner().invoke(app, list(arguments))


def test_without_arguments_it_says_where_the_report_of_the_last_run_is(tmp_path):
    assert call().stdout == "Report: state/reports/taxi/20260101-000002.html\n"
    page = tmp_path / "state/reports/taxi/20260101-000002.html"
    before = page.read_bytes()
    assert call().exit_code == 0
    assert page.read_bytes() == before


@pytest.mark.parametrize("name", ["1", "20260101-000001"])
def test_run_and_version_name_the_same_report(name):
    assert json.loads(call(name, "--format", "json").stdout)["summary"]["run"] == "20260101-000001"


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("md", "# taxi, version 2"),
        ("card-md", "---\n"),
        ("card-json", '{\n "schema_version"'),
        ("json", '{\n "version"'),
    ],
)
def test_each_form_is_printed(form, start):
    result = call("latest", "--format", form)
    assert result.exit_code == 0
    assert result.stdout.startswith(start)


def test_form_is_written_to_a_file(tmp_path):
    assert call("--output", "report.html").stdout == "Wrote report.html\n"
    assert (tmp_path / "report.html").read_bytes() == (
        tmp_path / "state/reports/taxi/20260101-000002.html"
    ).read_bytes()


def test_two_runs_are_compared(tmp_path):
    result = call("1", "2")
    assert result.stdout == "Report: state/reports/taxi/20260101-000001-and-20260101-000002.html\n"
    assert "Comparison" in (tmp_path / "state/reports/taxi/20260101-000001-and-20260101-000002.html").read_text()
    assert call("1", "2", "--format", "md").stdout.startswith("# taxi: version 1")
    assert json.loads(call("1", "2", "--format", "json").stdout)["b"]["summary"]["version"] == 2


def test_kept_report_is_read_unless_the_artifacts_are_to_be_read_again(tmp_path):
    call()
    file = tmp_path / "state/reports/taxi/20260101-000002.json"
    file.write_text(file.read_text().replace('"pipeline": "taxi"', '"pipeline": "kept"', 1))
    assert json.loads(call("--format", "json").stdout)["summary"]["pipeline"] == "kept"
    assert json.loads(call("--format", "json", "--again").stdout)["summary"]["pipeline"] == "taxi"


def test_report_of_a_running_run_is_not_kept(tmp_path, runs):
    runs.node("20260101-000003", "ExampleGen", state=RUNNING)
    assert "# taxi" in call("20260101-000003", "--format", "md").stdout
    assert not (tmp_path / "state/reports/taxi/20260101-000003.json").exists()


@pytest.fixture
def on_a_cluster(runs, tmp_path):
    """A run of Kubeflow that pushed version 3: the registry has it, the metadata store of this machine does not."""
    pushed = {"pushed": 1, "pushed_version": "3", "pushed_destination": "gs://b/models/3"}
    examples = Artifact(0, "Examples", "examples", "gs://b/examples", {**ROWS, "source": "gs://b/trips.csv"})
    found = Artifact(0, "PushedModel", "pushed_model", "gs://b/root/run/pushed", pushed)
    facts = json.loads(facts_of(runs.config.compiled_for("kubeflow")))
    with DatabaseClient(runs.config.registry_uri, root=runs.config.root) as registry:
        return record(registry, note_of(facts, examples, Verdict.model_validate(VERDICT), found, tmp_path)).experiment


@pytest.mark.parametrize("name", ["3", "default", "kubeflow-", "run"])
def test_run_on_a_cluster_is_reported_by_what_the_registry_has(on_a_cluster, name):
    text = {"kubeflow-": on_a_cluster.name, "run": on_a_cluster.run}.get(name, name)
    found = json.loads(call(text, "--format", "json").stdout)
    summary, reasons = found["summary"], {each["part"]: each["reason"] for each in found["problems"]}
    assert (summary["state"], summary["version"], summary["folder"]) == ("pushed", 3, "gs://b/models/3")
    assert (summary["rows"], summary["source"]) == ({"train": 67, "eval": 33}, "gs://b/trips.csv")
    assert found["verdict"]["metrics"]["auc"]["model"] == 0.95
    assert [each["value"] for each in found["verdict"]["slices"]][:2] == ["0", "1"]
    assert found["production"] == {"version": None, "value": None, "promoted": True}
    assert set(reasons) == {"statistics", "analysis", "nodes"}
    assert "is not in this metadata store" in reasons["analysis"]


def test_run_on_a_cluster_has_a_page_and_a_card_and_can_be_compared(on_a_cluster, tmp_path):
    assert call("3").stdout == f"Report: state/reports/taxi/{on_a_cluster.run}.html\n"
    assert "is not in this metadata store" in (tmp_path / f"state/reports/taxi/{on_a_cluster.run}.html").read_text()
    assert "name: auc" in call("3", "--format", "card-md").stdout
    assert json.loads(call("2", "3", "--format", "json").stdout)["b"]["summary"]["version"] == 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("9",), "version 9"),
        (("20260101-",), "run 20260101-"),
        (("nothing",), "run nothing"),
        (("1", "2", "--format", "card-md"), "html, json or md to compare two"),
        (("1", "9"), "version 9"),
        (("--output", "state"), "a file"),
        (("--config", "missing.toml"), "missing.toml"),
    ],
)
def test_what_is_not_there_is_refused(arguments, expected):
    error = call(*arguments).exception
    assert isinstance(error, ConfigError)
    assert expected in str(error)
