"""A version's ancestry as a picture: files at the top, executions and artifacts below, the version at the bottom.

The layout is layered, each node below all that it depends on, with few crossings. The method is that of Sugiyama,
Tagawa and Toda (IEEE Transactions on Systems, Man, and Cybernetics, 1981): layers by the longest path from the top, a
dummy node where an edge passes a layer, each layer sorted by the mean of its neighbours.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from penstock.metadata.ancestry import BASELINE, Ancestry
from penstock.reports.markup import Page, drawn, px

Edge = tuple[str, str]

_MOST_FILES = 6
_SWEEPS = 12
_ROUNDS = 60
_TOLERANCE = 1e-6
_DISTANCES = (1.0, 0.7, 0.2)  # of two nodes, of a node and a dummy node, of two dummy nodes
_MARK = "\0"  # in the names of dummy nodes only


@dataclass(frozen=True)
class Box:
    """A drawn node: the kind decides the shape and the colour, the note is the second line."""

    kind: str
    title: str
    note: str


def picture(graph: Ancestry) -> Page:
    """Return the graph as inline SVG; the line to a baseline is dashed, since the model is only compared with it."""
    boxes = _boxes(graph)
    edges = {(source, target): key for source, target, key in [*graph.edges, *_from_files(graph, boxes)]}
    layout = lay_out(list(boxes), edges)
    return Page(
        drawn(
            "graph.html",
            "picture",
            width=_GRID.width_of(layout),
            height=_GRID.height_of(layout),
            lines=[(_GRID.path(layout.routes[edge]), key == BASELINE) for edge, key in edges.items()],
            boxes=[(box, *_GRID.corner(*layout.places[name])) for name, box in boxes.items()],
            size=(_GRID.width, _GRID.height),
        )
    )


def _boxes(graph: Ancestry) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    for origin in graph.origins:
        files = origin.files or ()
        for position, file in enumerate(files[:_MOST_FILES]):
            name, digest = os.path.basename(file["path"]), file["sha256"][:12]
            boxes[f"file-{origin.artifact}-{position}"] = Box("file", name, f"sha256 {digest}…")
        if len(files) > _MOST_FILES:
            boxes[f"file-{origin.artifact}-more"] = Box("file", f"and {len(files) - _MOST_FILES:,} more files", "")
    for step in graph.steps.values():
        boxes[f"execution-{step.id}"] = Box("step", step.node, f"run {step.run}")
    for artifact in graph.artifacts.values():
        if artifact.id == graph.pushed:
            boxes[f"artifact-{artifact.id}"] = Box("version", f"version {graph.version}", artifact.type)
        else:
            boxes[f"artifact-{artifact.id}"] = Box("artifact", artifact.type, f"artifact {artifact.id}")
    return boxes


def _from_files(graph: Ancestry, boxes: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for origin in graph.origins:
        for name in boxes:
            if origin.artifact in graph.makers and name.startswith(f"file-{origin.artifact}-"):
                yield name, f"execution-{graph.makers[origin.artifact]}", "source"


@dataclass(frozen=True)
class Layout:
    """The coordinates of a drawn graph.

    Attributes:
        places: Column (a fraction, in units of a node's width) and layer of each node.
        routes: For each edge the places that it passes, ends included.
        width: The number of columns.
        height: The number of layers.
    """

    places: dict[str, tuple[float, int]]
    routes: dict[Edge, list[tuple[float, int]]]
    width: float
    height: int


@dataclass(frozen=True)
class Grid:
    """The measures of a drawn graph in pixels: width and height of a box, the gaps between boxes, the margin."""

    width: int
    height: int
    gap_x: int
    gap_y: int
    margin: int

    def width_of(self, layout: Layout) -> int:
        """Return the width of the drawing."""
        return round(layout.width * (self.width + self.gap_x)) - self.gap_x + 2 * self.margin

    def height_of(self, layout: Layout) -> int:
        """Return the height of the drawing."""
        return layout.height * (self.height + self.gap_y) - self.gap_y + 2 * self.margin

    def corner(self, column: float, layer: int) -> tuple[float, float]:
        """Return the upper left corner of the box at a place."""
        return self.margin + column * (self.width + self.gap_x), self.margin + layer * (self.height + self.gap_y)

    def path(self, route: Sequence[tuple[float, int]]) -> str:
        """Return a curve from the bottom of the first box to the top of the last, through the places between."""
        middles = [(x + self.width / 2, y) for x, y in (self.corner(*place) for place in route)]
        points = [(middles[0][0], middles[0][1] + self.height)]
        for x, y in middles[1:-1]:
            points += [(x, y), (x, y + self.height)]
        points.append(middles[-1])
        path = f"M{px(points[0][0])},{px(points[0][1])}"
        for (x1, y1), (x2, y2) in pairwise(points):
            half = px((y1 + y2) / 2)
            path += f" C{px(x1)},{half} {px(x2)},{half} {px(x2)},{px(y2)}"
        return path


_GRID = Grid(168, 34, 22, 24, 8)


def lay_out(nodes: Sequence[str], edges: Iterable[Edge]) -> Layout:
    """Return the layout of a graph without cycles."""
    edges = list(dict.fromkeys(edges))
    layer = _layers(nodes, edges)
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in nodes:
        rows[layer[node]].append(node)
    chains: dict[Edge, list[str]] = {}
    links: list[Edge] = []
    for edge in edges:
        source, target = edge
        passed = [f"{source}{_MARK}{target}{_MARK}{level}" for level in range(layer[source] + 1, layer[target])]
        for level, dummy in enumerate(passed, layer[source] + 1):
            rows[level].append(dummy)
        chains[edge] = [source, *passed, target]
        links += pairwise(chains[edge])
    _sort(rows, links)
    column = _columns(rows, links)
    for chain in chains.values():
        _straighten(rows, chain, column)
    # A node takes the width of a column, a dummy node only the line in its middle.
    least = min((at + 0.45 * (_MARK in node) for node, at in column.items()), default=0.0)
    column = {node: at - least for node, at in column.items()}
    width = max((at + (0.55 if _MARK in node else 1.0) for node, at in column.items()), default=0.0)
    place = {node: (column[node], level) for level, row in enumerate(rows) for node in row}
    routes = {edge: [place[node] for node in chain] for edge, chain in chains.items()}
    return Layout({node: place[node] for node in nodes}, routes, width, len(rows))


def _layers(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    layer = dict.fromkeys(nodes, 0)
    for _ in nodes:  # at most as many rounds as the longest path has nodes
        deeper = {target: layer[source] + 1 for source, target in edges if layer[target] <= layer[source]}
        if not deeper:
            break
        layer |= deeper
    return layer


def _sort(rows: list[list[str]], links: Sequence[Edge]) -> None:
    above, below = _neighbours(links)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        ordered = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for level in ordered:
            places = {node: position for position, node in enumerate(rows[level - 1 if down else level + 1])}
            known = above if down else below
            mean = {
                node: _mean([places[other] for other in known.get(node, ())], position)
                for position, node in enumerate(rows[level])
            }
            rows[level].sort(key=mean.__getitem__)


def _columns(rows: list[list[str]], links: Sequence[Edge]) -> dict[str, float]:
    """Move each node towards its neighbours; the order and the distances in each row stay."""
    above, below = _neighbours(links)
    column = {node: float(position) for row in rows for position, node in enumerate(row)}
    for _ in range(_ROUNDS):
        for row in rows:
            for node in row:
                near = [column[other] for other in (*above.get(node, ()), *below.get(node, ()))]
                column[node] = _mean(near, column[node])
            _spread(row, column)
    return column


def _spread(row: list[str], column: dict[str, float]) -> None:
    """Restore the distances between the nodes of a row; the mean of their columns stays."""
    before = _mean([column[node] for node in row], 0.0)
    for left, right in pairwise(row):
        column[right] = max(column[right], column[left] + _distance(left, right))
    shift = _mean([column[node] for node in row], 0.0) - before
    for node in row:
        column[node] -= shift


def _straighten(rows: list[list[str]], chain: Sequence[str], column: dict[str, float]) -> None:
    """Move the dummy nodes of an edge into one column: the most central one that moves no neighbour."""
    dummies = {node for node in chain if _MARK in node}
    touched = [row for row in rows if dummies & set(row)]
    middle = _mean([column[node] for node in dummies], 0.0)
    for candidate in sorted({middle, *(column[node] for node in chain)}, key=lambda at: abs(at - middle)):
        moved = column | dict.fromkeys(dummies, candidate)
        if all(moved[b] - moved[a] >= _distance(a, b) - _TOLERANCE for row in touched for a, b in pairwise(row)):
            column |= moved
            return


def _distance(left: str, right: str) -> float:
    return _DISTANCES[(_MARK in left) + (_MARK in right)]


def _neighbours(links: Sequence[Edge]) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for source, target in links:
        above.setdefault(target, []).append(source)
        below.setdefault(source, []).append(target)
    return above, below


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
