"""The lineage of a version as a Mermaid flowchart."""

import json
import re
from pathlib import Path

import pytest

from penstock.metadata.ancestry import ancestry
from pipeline.cli.text.lineage import flowchart
from tests.metadata_store import ROWS, StoreBuilder, configuration

NODE = re.compile(r'  (\w+)(\("[^"]+"\)|\["[^"]+"\]|\[\("[^"]+"\)\])')
EDGE = re.compile(r"  (\w+) (-->|-\.->) (\w+)")


@pytest.fixture
def builder(tmp_path: Path) -> StoreBuilder:
    return StoreBuilder(configuration(tmp_path))


def read(text: str) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """Return the nodes by identifier and the edges; each line is one or the other."""
    nodes, edges = {}, []
    for line in text.splitlines()[1:]:
        if found := NODE.fullmatch(line):
            nodes[found[1]] = found[2]
        else:
            edges.append(EDGE.fullmatch(line).groups())
    return nodes, edges


def test_edges_join_nodes_and_lead_from_the_files_to_the_version(builder):
    made = builder.whole_run("run", version=2)
    nodes, edges = read(flowchart(ancestry(builder.config.store, "2")))
    assert {end for edge in edges for end in (edge[0], edge[2])} == set(nodes)
    assert nodes[f"a{made['pushed_model']}"] == '("pushed_model<br/>PushedModel<br/>version 2")'
    assert nodes["f1_0"] == f'[("trips.csv<br/>1,234 bytes<br/>sha256 {"f" * 16}…")]'
    assert ("f1_0", "-->", "e1") in edges
    assert ("e1", "-->", "a1") in edges


def test_baseline_is_joined_by_a_dotted_edge(builder):
    first = builder.whole_run("first", version=1)
    builder.whole_run("second", version=2, baseline=first["model"])
    _, edges = read(flowchart(ancestry(builder.config.store, "2")))
    assert [source for source, kind, _ in edges if kind == "-.->"] == [f"a{first['model']}"]


def test_labels_cannot_break_out_of_their_quotes(builder):
    files = [{"path": 'a "b" <c> #1;`d`\n&.csv', "sha256": "f" * 64, "bytes": 1}]
    properties = ROWS | {"files": json.dumps(files)}
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", properties)})["examples"]
    builder.whole_run('run "1"', examples=examples)
    nodes, _ = read(flowchart(ancestry(builder.config.store, "1")))
    assert nodes[f"f{examples}_0"].startswith('[("a #quot;b#quot; #lt;c#gt; #35;1;#96;d#96; #amp;.csv<br/>')


def test_many_files_become_one_node(builder):
    files = [{"path": f"{number}.csv", "sha256": "f" * 64, "bytes": 1} for number in range(25)]
    properties = ROWS | {"files": json.dumps(files)}
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", properties)})["examples"]
    builder.whole_run("run", examples=examples)
    nodes, _ = read(flowchart(ancestry(builder.config.store, "1")))
    assert nodes[f"f{examples}_20"] == '[("and 5 more files")]'
    assert len([name for name in nodes if name.startswith("f")]) == 21


def test_files_that_were_not_recorded_are_unknown(builder):
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", {})})["examples"]
    builder.whole_run("run", examples=examples)
    nodes, _ = read(flowchart(ancestry(builder.config.store, "1")))
    assert nodes[f"f{examples}_0"] == '[("files unknown")]'


def test_rows_of_a_database_come_from_one_node(builder):
    properties = {**ROWS, "source": "postgresql://ada@db/taxi", "table": "rides", "files": "[]"}
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", properties)})["examples"]
    builder.whole_run("run", examples=examples)
    nodes, _ = read(flowchart(ancestry(builder.config.store, "1")))
    assert nodes[f"f{examples}_0"] == '[("postgresql://ada@db/taxi<br/>rides<br/>sha256 dddddddddddddddd…")]'
