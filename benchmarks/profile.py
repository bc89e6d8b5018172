"""Breakdown of the time of one first run of Penstock, from the process's times and the metadata store."""

import statistics
from typing import Any

from benchmarks.results import Results
from benchmarks.summary import FIRST
from benchmarks.systems import PENSTOCK

# Nodes that take less are summed up in one line.
SHORT = 0.1

Part = tuple[str, float]


def typical(results: Results, rows: int) -> dict[str, Any] | None:
    """Return the first run of Penstock whose length is nearest to the median of its repeats."""
    found = results.find(side=PENSTOCK, rows=rows, run=FIRST)
    if not found:
        return None
    middle = statistics.median(entry["seconds"] for entry in found)
    return min(found, key=lambda entry: abs(entry["seconds"] - middle))


def parts(entry: dict[str, Any]) -> list[Part]:
    """Return the parts of a run in seconds; together they are its whole length."""
    spans = [(node["started"], node["started"] + node["seconds"]) for node in entry["nodes"]]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    busy, total = _covered(spans), sum(end - start for start, end in spans)
    found = [*_before(entry["first_child"], first), *_nodes(entry["nodes"])]
    found.append(("two nodes at once (counted twice above)", busy - total))
    found.append(("between nodes", last - first - busy))
    found.append(("after the last node, until the process has ended", entry["seconds"] - last))
    return [(name, seconds) for name, seconds in found if abs(seconds) >= 0.005]


def _before(first_child: float | None, first_node: float) -> list[Part]:
    if first_child is None or first_child >= first_node:
        return [("until the first node starts", first_node)]
    return [
        ("the command, until it starts the process that runs the nodes", first_child),
        ("that process, until the first node starts", first_node - first_child),
    ]


def _nodes(nodes: list[dict[str, Any]]) -> list[Part]:
    long = [(f"{node['id']}", node["seconds"]) for node in nodes if node["seconds"] >= SHORT]
    short = [node["seconds"] for node in nodes if node["seconds"] < SHORT]
    return [*long, (f"{len(short)} short nodes", sum(short))] if short else long


def _covered(spans: list[tuple[float, float]]) -> float:
    """Return how long at least one node was running."""
    covered, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered
