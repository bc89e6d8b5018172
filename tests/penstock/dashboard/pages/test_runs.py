"""The list of runs."""

import pytest

from penstock.dashboard.pages.runs import in_words, matching, row, state_of
from penstock.dashboard.sources import Shown, Sources
from penstock.integrity.run_locks import hold_lock
from penstock.metadata import lineage
from tests.dashboard_site import RUNS
from tests.metadata_store import RUNNING, StoreBuilder, configuration


@pytest.mark.parametrize(
    ("state", "text", "found"),
    [
        ("", "", [4, 3, 2, 1, 0]),
        ("pushed", "", [4, 0]),
        ("refused", "", [1]),
        ("failed", "", [2]),
        ("pushed", "000001", [0]),
        ("", "examplevalidator", [2]),
        ("", " VERSION 2 ", [4]),
        ("", "<script>", []),
    ],
)
def test_runs_are_filtered_by_state_and_by_name_node_or_version(site, state, text, found):
    assert [run.id for run in matching(site.source, state, text)] == [RUNS[number] for number in found]


def test_row_has_the_outcome_the_metric_and_the_counts(site):
    rows = {each.id: each for each in (row(site.source, run) for run in site.source.runs.all())}
    assert (rows[RUNS[0]].words, rows[RUNS[0]].value, rows[RUNS[0]].ran) == ("pushed version 1", 0.95, 10)
    assert (rows[RUNS[1]].words, rows[RUNS[1]].version) == ("refused", None)
    assert (rows[RUNS[2]].words, rows[RUNS[2]].cached) == ("failed at ExampleValidator", 1)


def test_run_is_running_between_two_nodes_too_until_its_process_ends(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    source = Sources.of([Shown(builder.config)]).find("taxi")
    with hold_lock(builder.config, "run-1"):
        for state in (RUNNING, 3):
            builder.node("run-1", "ExampleGen", state=state)
            run = lineage.run(builder.config.store, "run-1")
            assert state_of(source, run) == "running"


def test_run_whose_process_ended_is_not_shown_as_running(site, tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    builder.node("run-1", "ExampleGen", state=RUNNING)
    # What a run of this folder writes, whatever becomes of it.
    builder.config.logs.mkdir(parents=True)
    (builder.config.logs / "run-1.log").touch()
    source = Sources.of([Shown(builder.config)]).find("taxi")
    run = lineage.run(builder.config.store, "run-1")
    state = state_of(source, run)
    assert (state, in_words(run, state)) == ("ended", "ended before its last node")
