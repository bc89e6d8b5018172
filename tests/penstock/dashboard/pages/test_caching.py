"""Why nodes ran or were cached."""

import sqlite3
from contextlib import closing

import pytest

from penstock.dashboard.pages.caching import reasons
from penstock.dashboard.sources import Shown, Sources
from penstock.metadata import lineage
from tests.metadata_store import CACHED, StoreBuilder, configuration


@pytest.fixture
def builder(tmp_path):
    return StoreBuilder(configuration(tmp_path))


def with_properties(builder, run, node, **properties):
    """Record properties of a node of a run."""
    [found] = [each for each in lineage.run(builder.config.store, run).nodes if each.id == node]
    [execution] = builder.store.get_executions_by_id([found.execution])
    for name, value in properties.items():
        execution.custom_properties[name].string_value = value
    builder.store.put_executions([execution])


def without_properties(config, run):
    """Remove the properties of the nodes of a run, as a repeat records none."""
    executions = [node.execution for node in lineage.run(config.store, run).nodes]
    with closing(sqlite3.connect(config.metadata_file)) as store, store:
        store.executemany("DELETE FROM ExecutionProperty WHERE execution_id = ?", [(each,) for each in executions])


def why(builder, run, each_time=()):
    source = Sources.of([Shown(builder.config, each_time=frozenset(each_time))]).find("taxi")
    return reasons(source, lineage.run(builder.config.store, run))


def test_node_that_ran_says_what_changed_since_it_ran_last(builder):
    first = builder.node("run-1", "ExampleGen", outputs={"examples": ("Examples", {})})
    builder.node("run-1", "Trainer", inputs={"examples": first["examples"]}, outputs={"model": ("Model", {})})
    second = builder.node("run-2", "ExampleGen", outputs={"examples": ("Examples", {})})
    builder.node("run-2", "Trainer", inputs={"examples": second["examples"]}, outputs={"model": ("Model", {})})
    with_properties(builder, "run-1", "Trainer", code="a", custom='{"epochs": 1, "deep": {"x": 1}}', same="s", span="1")
    with_properties(builder, "run-2", "Trainer", code="b", custom='{"epochs": 2, "deep": {"x": 1}}', same="s", span="2")
    assert why(builder, "run-1")["Trainer"] == "no earlier run has completed it"
    found = why(builder, "run-2")
    assert found["Trainer"] == "new Examples, changed code, epochs since run run-1"
    assert found["ExampleGen"].startswith("unknown rule: inputs, settings and code are those of run run-1")
    assert why(builder, "run-2", ["ExampleGen"])["ExampleGen"].startswith("it runs each time")


def test_cached_node_names_the_run_whose_work_it_reuses(builder):
    made = builder.node("run-1", "ExampleGen", outputs={"examples": ("Examples", {})})
    builder.node("run-1", "Trainer", outputs={"model": ("Model", {})})
    for run in ("run-2", "run-3"):
        builder.node(run, "ExampleGen", outputs={"examples": made["examples"]}, state=CACHED)
    builder.node("run-2", "Trainer", outputs={"model": ("Model", {})})
    builder.node("run-3", "AnomalyGate", state=CACHED)
    without_properties(builder.config, "run-3")
    assert why(builder, "run-2")["ExampleGen"] == "inputs, settings and code are those of run run-1"
    repeated = why(builder, "run-3")
    assert repeated["ExampleGen"].startswith("nothing has changed since the run before, which this one repeats")
    assert repeated["AnomalyGate"].endswith("those of an earlier run")
    builder.node("run-3", "Trainer", outputs={"model": ("Model", {})})
    assert why(builder, "run-3")["ExampleGen"].startswith("the run began at a later node (--from or resume)")


def test_page_of_a_run_has_the_reasons(site):
    from tests.dashboard_site import RUNS

    assert "What was cached, and why" in site.page(f"/runs/{RUNS[4]}").text
