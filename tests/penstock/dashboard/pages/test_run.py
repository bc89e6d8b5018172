"""The page of one run."""

from penstock.dashboard.pages.run import experiment_of, log_tail, progress, read_or_fault, verdict_section
from penstock.dashboard.sources import Shown, Sources
from penstock.integrity.run_locks import hold_lock
from penstock.metadata import lineage
from tests.dashboard_site import RUNS
from tests.metadata_store import RUNNING, StoreBuilder, configuration


def of(site, number):
    return lineage.run(site.config.store, RUNS[number])


def test_each_node_of_the_pipeline_is_there_in_the_order_of_the_data(site):
    shown = progress(site.source, of(site, 0))
    assert [each.id for each in shown.nodes][: len(site.source.nodes)] == list(site.source.nodes)
    states = {each.id: each.state for each in shown.nodes}
    assert (states["Trainer"], states["RowCountGate"]) == ("ran", "skipped")
    assert {box.id for box in shown.graph.boxes} == set(states)
    assert shown.done == 10


def test_node_that_the_configuration_does_not_have_is_below_what_it_read(site):
    source = Sources.of([Shown(site.config, {"ExampleGen": ()})]).find("taxi")
    tops = {box.id: box.y for box in progress(source, of(site, 0)).graph.boxes}
    assert tops["ExampleGen"] < tops["StatisticsGen"] < tops["SchemaGen"] < tops["Trainer"] < tops["Pusher"]


def test_failed_run_has_nodes_that_never_began(site):
    states = {each.id: each.state for each in progress(site.source, of(site, 2)).nodes}
    assert (states["ExampleGen"], states["ExampleValidator"], states["Trainer"]) == ("cached", "failed", "skipped")


def test_running_node_has_the_seconds_until_now_and_the_next_ones_wait(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    builder.node("run-1", "ExampleGen", state=RUNNING)
    source = Sources.of([Shown(builder.config, {"ExampleGen": (), "Trainer": ("ExampleGen",)})]).find("taxi")
    run = lineage.run(builder.config.store, "run-1")
    with hold_lock(builder.config, "run-1"):
        shown = progress(source, run, now=lambda: run.started + 7.5)
    first, second = shown.nodes
    assert (first.state, round(first.seconds, 3), second.state, second.seconds) == ("running", 7.5, "waiting", None)
    assert round(shown.seconds, 3) == 7.5


def test_peak_of_memory_is_that_of_the_registry(site):
    recorded = experiment_of(site.source, of(site, 0))
    peaks = {each.id: each.peak_bytes for each in progress(site.source, of(site, 0), recorded).nodes}
    assert (peaks["Trainer"], peaks["Evaluator"]) == (3 * 10**8, None)
    assert experiment_of(site.source, of(site, 0)).state == "pushed"
    assert experiment_of(site.source, of(site, 2)) is None


def test_verdict_is_drawn_if_there_is_one(site):
    assert "blessed" in verdict_section(of(site, 0))
    assert verdict_section(of(site, 2)) is None


def test_document_that_cannot_be_read_is_a_sentence(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    builder.whole_run("run-1")
    for file in (tmp_path / "state").rglob("verdict.json"):
        file.write_text("{")
    found, fault = read_or_fault(lineage.run(builder.config.store, "run-1").verdict)
    assert found is None
    assert "a model verdict, undamaged" in fault


def test_end_of_a_log_is_shown_without_control_characters(tmp_path):
    file = tmp_path / "run.log"
    assert log_tail(file) == ([], False)
    file.write_bytes(b"one\x1b[31m\n\xff two\n")
    assert log_tail(file) == (["one\\u001b[31m", "� two"], False)
    file.write_text("".join(f"line {number} {'x' * 300}\n" for number in range(1000)))
    lines, more = log_tail(file)
    assert more
    assert lines[-1].startswith("line 999 ")
    assert all(line.startswith("line ") for line in lines)
