"""Runs of both systems."""

import re
from pathlib import Path

import pytest

from benchmarks import template
from benchmarks.pipelines import FIRST, SECOND, check_nodes, measure_repeat
from benchmarks.results import Results, read
from benchmarks.rows import write_rows
from benchmarks.systems import Penstock, Upstream
from penstock.core.errors import NodeError
from penstock.metadata.lineage import Node, NodeState, Run
from pipeline.nodes import NODES
from tests.benchmarks.figures import FACTS, results

TRIPS = Path(__file__).resolve().parent.parent.parent / "data" / "taxi" / "trips.csv"


def run(state: NodeState, names: tuple[str, ...] = template.NODES) -> Run:
    return Run("run", "taxi", tuple(Node(name, state, 1, 0.0, 1.0) for name in names))


@pytest.mark.parametrize(
    ("which", "found", "message"),
    [
        (FIRST, run("ran", template.NODES[:-1]), "received one without Pusher"),
        (FIRST, run("cached"), "expected no cached node, received CsvExampleGen"),
        (SECOND, run("ran"), "expected cached nodes, received none"),
    ],
)
def test_run_with_wrong_cache_states_or_missing_nodes_is_refused(which, found, message):
    with pytest.raises(NodeError, match=message):
        check_nodes(Upstream(), found, which)


def test_run_with_the_expected_cache_states_is_accepted():
    check_nodes(Upstream(), run("ran"), FIRST)
    check_nodes(Penstock(), run("cached", NODES), SECOND)


def test_what_is_measured_already_is_not_measured_again(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.pipelines.systems", lambda: (Upstream(), Penstock()))
    found = results(tmp_path / "results.json")
    before = list(found.measurements)
    measure_repeat(found, tmp_path / "nowhere.csv", (15_002, 2), lock=None, log=pytest.fail)
    assert found.measurements == before


class Quick(Upstream):
    """The template, trained and evaluated for a tenth of its steps: what is measured does not depend on them."""

    def prepare(self, folder: Path, rows: Path) -> None:
        super().prepare(folder, rows)
        configs = folder / "pipeline" / "configs.py"
        text = configs.read_text()
        short = re.sub(r"^((?:TRAIN|EVAL)_NUM_STEPS = \d+)0$", r"\1", text, flags=re.MULTILINE)
        assert len(short) == len(text) - 2
        configs.write_text(short)


@pytest.mark.slow
def test_upstream_s_template_runs_whole_and_is_measured(tmp_path, monkeypatch):
    rows = tmp_path / "rows.csv"
    write_rows(TRIPS, rows, 2_000)
    monkeypatch.setattr("benchmarks.pipelines.systems", lambda: (Quick(),))
    monkeypatch.setattr("benchmarks.pipelines.MOST_ROWS_OF_SECOND", 0)
    lines: list[str] = []
    measure_repeat(Results(tmp_path / "results.json", FACTS, [], {}), rows, (2_000, 1), lock=None, log=lines.append)
    [measured] = read(tmp_path / "results.json").measurements
    assert len(lines) == 1
    assert {node["id"] for node in measured["nodes"]} == set(template.NODES)
    assert 0 < measured["auc"] < 1
    assert 0 < sum(node["seconds"] for node in measured["nodes"]) < measured["seconds"]
    assert measured["peak_rss"] > 100_000_000
