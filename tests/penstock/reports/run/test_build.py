"""The report of a run from its artifacts: each part, what changed, and what is damaged or missing."""

from dataclasses import replace
from pathlib import Path

import pytest

from penstock.core.documents.analysis import Analysis
from penstock.metadata import lineage
from penstock.metadata.lineage import Run
from penstock.reports.run.build import build
from penstock.reports.run.document import RunReport
from penstock.reports.run.facts import Facts, Recorded
from tests.metadata_store import FAILED
from tests.penstock.reports.run.runs import EXPERIMENT, changed, run


@pytest.fixture
def facts(builder, tmp_path):
    before = Recorded(run(builder, "run-1", "cash", version=1), EXPERIMENT)
    recorded = Recorded(run(builder, "run-2", "card", version=2), changed(leaves=31))
    file = tmp_path / "analysis.json"
    file.write_text(Analysis(of=33, rows=33).text())
    return Facts(builder.config, recorded, before, file)


def test_report_has_what_the_run_has(facts):
    found = build(facts)
    assert found.problems == ()
    assert RunReport.parse(found.text(), "here") == found
    summary = found.summary
    assert (summary.run, summary.state, summary.version, summary.label) == ("run-2", "pushed", 2, "tip")
    assert (summary.rows, summary.commit, summary.dirty) == ({"train": 67, "eval": 33}, "1234567", True)
    assert found.verdict.metrics["auc"].model == 0.95
    assert found.analysis.rows == 33
    assert found.costs == (1.0, 8.0)
    assert found.place == {"user": "me", "host": "here", "folder": "/project"}
    assert found.card.digest == "d" * 64


def test_same_run_gives_the_same_report(facts):
    assert build(facts).text() == build(replace(facts, problems=[])).text()


def test_nodes_have_their_memory_and_what_they_read(facts):
    nodes = {node.id: node for node in build(facts).nodes}
    assert nodes["Trainer"].peak_bytes == 5_000_000
    assert set(nodes["Trainer"].after) == {"ExampleGen", "SchemaGen", "Transform"}
    assert nodes["ExampleGen"].outputs == ("examples (Examples)",)


def test_columns_are_compared_with_those_of_the_earlier_version(facts):
    miles, *_ = build(facts).data.columns
    assert [values.rows for values in miles.values] == ["train", "eval", "version 1"]
    assert (miles.role, miles.values[0].mean, miles.values[0].missing) == ("numeric", 2.5, pytest.approx(0.2))
    assert [bucket.share for bucket in miles.values[0].buckets] == [0.75, 0.25]


def test_changes_are_those_of_configuration_code_and_schema(facts):
    found = build(facts)
    assert {(each.kind, each.name, each.before, each.after) for each in found.changes} == {
        ("configuration", "model.leaves", "7", "31"),
        ("code", "commit", "abcdef0 with changes", "1234567 with changes"),
    }
    schema = {(each.column, each.change) for each in found.data.schema_changes}
    assert schema == {("cash", "removed"), ("card", "added")}
    assert (found.previous.run, found.previous.version, found.previous.value) == ("run-1", 1, 0.95)


def test_first_run_is_compared_with_nothing(facts):
    found = build(replace(facts, previous=None))
    assert (found.previous, found.changes, found.data.schema_changes) == (None, (), None)
    assert [values.rows for values in found.data.columns[0].values] == ["train", "eval"]


def test_run_that_is_not_recorded_has_the_settings_of_the_configuration(facts):
    found = build(replace(facts, recorded=Recorded(facts.run)))
    assert (found.summary.label, found.summary.metric, found.summary.state) == ("tip", "auc", "pushed")
    assert found.configuration == {}


def damage(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\xff\x00 damaged")


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("ExampleStatistics", "statistics"),
        ("Schema", "schema"),
        ("components.ModelVerdict", "verdict"),
    ],
)
def test_damaged_artifact_leaves_out_its_own_part_and_says_why(facts, kind, part):
    damage(Path(facts.run.output(kind).uri))
    found = build(facts)
    assert [each.part for each in found.problems] == [part]
    assert found.problem(part)
    assert found.summary.state == "pushed"
    assert len(found.nodes) > 5


def test_damaged_analysis_says_why(facts):
    facts.analysis.write_text('{"version": 1, "rows"')
    found = build(facts)
    assert [each.part for each in found.problems] == ["analysis"]
    assert found.analysis is None


def test_failed_and_empty_runs_have_a_report(builder, facts):
    builder.node("run-3", "ExampleGen", state=FAILED)
    failed = Recorded(lineage.run(builder.config.store, "run-3"), {"state": "failed", "failure": "no disk"})
    found = build(Facts(builder.config, failed, facts.previous))
    assert (found.summary.state, found.summary.failure, found.problems) == ("failed", "no disk", ())
    empty = build(Facts(builder.config, Recorded(Run("run-4", "taxi", ()))))
    assert (empty.summary.state, empty.problems) == ("finished", ())
