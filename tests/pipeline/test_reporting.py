"""Where a report is, what it is compared with, and that a report never makes a run fail."""

import html
import json
import os
import shutil
from dataclasses import replace

import pytest

from penstock.core.documents.analysis import Analysis
from penstock.core.errors import ConfigError
from penstock.metadata import lineage
from penstock.registry.recording.configuration import configuration_of
from penstock.versions.record import CARD, REPORT, content_digest
from pipeline import reporting
from tests.metadata_store import FAILED, configuration
from tests.penstock.reports.run.runs import run
from tests.pipeline.leaks import analysed, with_analysis


@pytest.fixture
def found(builder):
    return run(builder, "run-1", version=1)


def test_report_is_written_as_page_and_document_and_kept_with_the_version(builder, found):
    config = builder.config
    version = config.path(config.push.directory) / "1"
    (version / "saved_model.pb").write_bytes(b"model")
    digest = content_digest(version)
    file = reporting.write(config, found)
    assert file == config.state_folder / "reports" / "taxi" / "run-1.html"
    assert file.stat().st_mode & 0o777 == 0o600
    assert (version / REPORT).read_text() == file.read_text()
    assert (version / CARD).read_text().startswith("---\n")
    assert content_digest(version) == digest
    assert json.loads(file.with_suffix(".json").read_text())["summary"]["version"] == 1


def test_report_of_the_same_run_has_the_same_bytes(builder, found):
    first = reporting.write(builder.config, found).read_bytes()
    assert reporting.write(builder.config, lineage.run(builder.config.store, "run-1")).read_bytes() == first


def test_version_whose_folder_is_gone_is_left_gone(builder, found):
    version = builder.config.path(builder.config.push.directory) / "1"
    version.rmdir()
    reporting.write(builder.config, found)
    assert not version.exists()


def test_version_of_a_cached_push_keeps_the_report_of_the_run_that_pushed_it(builder, found):
    kept = builder.config.path(builder.config.push.directory) / "1" / REPORT
    nodes = [replace(node, state="cached") if node.id == "Pusher" else node for node in found.nodes]
    again = replace(found, nodes=type(found.nodes)(nodes))
    reporting.write(builder.config, again)  # no report is there: the first run wrote none
    assert kept.is_file()
    kept.write_text("that of the first run")
    reporting.write(builder.config, again)
    assert kept.read_text() == "that of the first run"
    reporting.write(builder.config, found)
    assert kept.read_text() != "that of the first run"


def test_report_in_a_copy_of_a_project_leaves_the_versions_of_the_original(tmp_path, builder, found):
    version = builder.config.path(builder.config.push.directory) / "1"
    (tmp_path / "copy").mkdir()
    copy = configuration(tmp_path / "copy")
    shutil.copytree(builder.config.state_folder, copy.state_folder)
    report = reporting.write(copy, lineage.run(copy.store, "run-1"))
    assert report.is_relative_to(tmp_path / "copy")
    assert list(version.iterdir()) == []


def test_damaged_kept_report_counts_as_none(builder, found):
    reporting.write(builder.config, found)
    assert reporting.kept(builder.config, "run-1").summary.run == "run-1"
    reporting.report_file(builder.config, "run-1", "json").write_text('{"version": 1')
    assert reporting.kept(builder.config, "run-1") is None
    assert reporting.kept(builder.config, "run-9") is None


def test_report_takes_the_columns_that_the_run_had(tmp_path, builder, found):
    (tmp_path / "then").mkdir()
    then = configuration(
        tmp_path / "then", "data.label=miles", 'features={ company = "categorical" }', "evaluation.slices=[]"
    )
    recorded = {"configuration": configuration_of(then)}
    config = reporting.as_run(builder.config, "run-1", recorded)
    assert (config.data.label, list(config.features)) == ("miles", ["company"])
    assert (config.root, config.store) == (builder.config.root, builder.config.store)
    assert reporting.as_run(builder.config, "run-9", {}) is None
    recorded["configuration"]["model"] = {"family": "unknown to this version"}
    with pytest.raises(
        ConfigError, match="^the recorded configuration of run-1: expected one that this version of Penstock"
    ):
        reporting.as_run(builder.config, "run-1", recorded)


def test_run_is_compared_with_the_version_that_its_evaluator_compared(builder):
    first = builder.whole_run("run-1", version=1)
    builder.whole_run("run-2", version=2)
    builder.whole_run("run-3", version=3, baseline=first["model"])
    builder.whole_run("run-4", version=None)
    store = builder.config.store
    compared = {
        name: reporting.document(builder.config, lineage.run(store, name)).previous for name in lineage.run_ids(store)
    }
    versions = {name: each and each.version for name, each in compared.items()}
    assert versions == {"run-1": None, "run-2": 1, "run-3": 1, "run-4": 3}


def test_failed_run_has_a_report_without_a_version(builder):
    builder.node("run-9", "ExampleGen", state=FAILED)
    report = reporting.report_run(builder.config, "run-9")
    assert report.line == f"Report: {os.path.relpath(report.file)}"
    assert "failed" in report.file.read_text()


def test_folder_that_cannot_be_written_is_a_line_and_no_error(tmp_path, builder, found):
    (tmp_path / "file").touch()
    report = reporting.report_run(configuration(tmp_path, "report.directory=file/reports"), "run-1")
    assert report.file is None
    assert report.line.startswith("No report: the folder")


def test_no_report_is_written_if_the_configuration_says_so_or_the_run_did_not_begin(tmp_path, builder, found):
    assert reporting.report_run(configuration(tmp_path, "report.write=false"), "run-1") is None
    assert reporting.report_run(builder.config, "unknown") is None


def test_model_is_not_analysed_without_rows_or_without_an_evaluation(tmp_path, builder, found):
    assert reporting.analyse(builder.config, found) is None  # the store has no ModelEvaluation
    builder.node("run-1", "Evaluator", outputs={"evaluation": ("ModelEvaluation", {})})
    evaluated = lineage.run(builder.config.store, "run-1")
    assert reporting.analysis_file(configuration(tmp_path, "report.rows=0"), evaluated) is None
    assert reporting.analysis_file(builder.config, evaluated) is not None


def test_analysis_is_made_once_for_a_model_and_its_settings(tmp_path, builder, found):
    builder.node("run-1", "Evaluator", outputs={"evaluation": ("ModelEvaluation", {})})
    evaluated = lineage.run(builder.config.store, "run-1")
    file = reporting.analysis_file(builder.config, evaluated)
    file.parent.mkdir(parents=True)
    file.write_text(Analysis(rows=7).text())
    assert reporting.analyse(builder.config, evaluated) == file
    assert reporting.document(builder.config, evaluated).analysis.rows == 7
    assert reporting.analysis_file(configuration(tmp_path, "report.rows=9"), evaluated) != file


def test_runs_of_two_pipelines_have_files_of_their_own(tmp_path, builder):
    other = configuration(tmp_path, "name=other")
    assert reporting.report_file(builder.config, "run-1") != reporting.report_file(other, "run-1")
    assert reporting.shown_report(builder.config, "run-1") == "state/reports/taxi/run-1.html"


@pytest.mark.slow
def test_analysis_that_failed_is_tried_again(builder, found):
    builder.node("run-1", "Evaluator", outputs={"evaluation": ("ModelEvaluation", {})})
    evaluated = lineage.run(builder.config.store, "run-1")
    file = reporting.analysis_file(builder.config, evaluated)
    file.parent.mkdir(parents=True)
    for before in (Analysis(problem="no memory").text(), "damaged"):
        file.write_text(before)
        assert reporting.analyse(builder.config, evaluated) == file
        after = Analysis.parse(file.read_text(), "here").problem  # there is no model
        assert after not in ("", "no memory")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leaks", "words"),
    [
        (0, ""),
        (1, "'paid_0' has 9"),
        (2, "'paid_0' and 'paid_1' together have 9"),
    ],
)
def test_suspect_of_a_fitted_model_is_in_the_report_of_its_run(builder, found, leaks, words):
    evaluated = with_analysis(builder, "run-1", analysed(leaks))
    suspect = reporting.suspect_of(builder.config, evaluated)
    assert suspect.startswith(words)
    assert bool(suspect) is bool(words)
    page = html.unescape(reporting.write(builder.config, evaluated).read_text())
    assert ("of the importance: " in page) is bool(words)
    assert suspect in page
