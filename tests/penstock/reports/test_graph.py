"""Ancestry as a picture, and its layout."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.metadata.ancestry import BASELINE, Ancestry, Step
from penstock.metadata.lineage import Artifact
from penstock.reports.graph import lay_out, picture
from tests.penstock.reports.conftest import HOSTILE, Reader


def graph(files=1, text="<b>"):
    listed = [{"path": f"part-{n}{text}.csv", "sha256": "a" * 64, "bytes": 1} for n in range(files)]
    return Ancestry(
        pipeline="taxi",
        version=3,
        directory=Path("/models/3"),
        pushed=4,
        artifacts={
            1: Artifact(1, "Examples", "examples", "", {"files": json.dumps(listed)}),
            2: Artifact(2, "Model", "model", ""),
            4: Artifact(4, "PushedModel", "pushed_model", ""),
            9: Artifact(9, "Model" + text, "model", ""),
        },
        steps={
            11: Step(11, "ExampleGen", "x", "run-1", 0.0, 1.0, {}, ()),
            12: Step(12, f"Trainer{text}", "x", f"run-1{text}", 1.0, 1.0, {}, ((1, "examples"),)),
            13: Step(13, "Pusher", "x", "run-2", 2.0, 1.0, {}, ((2, "model"), (9, BASELINE))),
        },
        makers={1: 11, 2: 12, 4: 13},
    )


def test_files_steps_and_artifacts_are_all_drawn():
    drawn = picture(graph())._repr_html_()
    for title in ("part-0&lt;b&gt;.csv", "ExampleGen", "Trainer", "Pusher", "Examples", "version 3", "run run-2"):
        assert title in drawn
    assert drawn.count("<path") == 7


def test_the_line_to_a_baseline_is_dashed():
    assert picture(graph())._repr_html_().count("stroke-dasharray") == 1


@pytest.mark.slow
@settings(deadline=None)
@given(HOSTILE)
def test_hostile_names_give_the_same_tags_as_any_others(text):
    hostile, harmless = (picture(graph(text=each))._repr_html_() for each in (text, "harmless"))
    assert Reader(hostile).tags == Reader(harmless).tags


def test_many_files_are_counted_and_not_drawn_one_by_one():
    drawn = picture(graph(files=9))._repr_html_()
    assert "and 3 more files" in drawn
    assert "part-6" not in drawn


graphs = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        st.just([str(n) for n in range(size)]),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda edge: edge[0] < edge[1])),
    )
)


@pytest.mark.slow
@settings(deadline=None)
@given(graphs)
def test_every_edge_goes_down_and_no_two_nodes_overlap(graph):
    nodes, pairs = graph
    edges = [(str(a), str(b)) for a, b in pairs]
    layout = lay_out(nodes, edges)
    assert set(layout.places) == set(nodes)
    for edge in edges:
        levels = [level for _, level in layout.routes[edge]]
        assert levels == list(range(layout.places[edge[0]][1], layout.places[edge[1]][1] + 1))
    for level in range(layout.height):
        columns = sorted(column for column, at in layout.places.values() if at == level)
        assert all(b - a >= 1 - 1e-6 for a, b in zip(columns, columns[1:], strict=False))


@pytest.mark.slow
@settings(deadline=None)
@given(graphs)
def test_everything_lies_within_the_width(graph):
    nodes, pairs = graph
    layout = lay_out(nodes, [(str(a), str(b)) for a, b in pairs])
    assert all(-1e-6 <= column <= layout.width - 1 + 1e-6 for column, _ in layout.places.values())
    middles = [column + 0.5 for route in layout.routes.values() for column, _ in route]
    assert all(-1e-6 <= middle <= layout.width + 1e-6 for middle in middles)


def test_a_graph_without_nodes_has_no_size():
    layout = lay_out([], [])
    assert (layout.width, layout.height) == (0, 0)
