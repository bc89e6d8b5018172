"""`penstock report`: the forms, the runs and versions it takes, and what it refuses."""

import json

import pytest
import typer
from typer.testing import CliRunner

from penstock.core.errors import ConfigError
from pipeline.cli.report import report
from tests.metadata_store import RUNNING
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
