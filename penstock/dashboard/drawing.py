"""The drawings of the dashboard as coordinates for its templates: the graph of a run, and its nodes over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from penstock.reports.charts import ticks
from penstock.reports.graph import Edge, Grid, Layout, lay_out

_GRID = Grid(150, 40, 18, 26, 6)
_ROW, _NAMES, _ACROSS, _TICKS = 22, 140, 560, 5
_FLOOR = 170


@dataclass(frozen=True)
class Box:
    """A node in a graph: its state decides the colour, the note is the second line."""

    id: str
    kind: str
    note: str
    x: float
    y: float


@dataclass(frozen=True)
class RunGraph:
    """The graph of a run: its boxes, and the curves between them."""

    width: int
    height: int
    size: tuple[int, int]
    boxes: tuple[Box, ...]
    curves: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """A node over time: the seconds from the start of the run, and its duration."""

    id: str
    state: str
    start: float
    seconds: float


@dataclass(frozen=True)
class Bars:
    """The nodes over time: each bar with its left edge, its width and its top, and the ticks of the axis."""

    width: int
    height: int
    rows: tuple[tuple[Bar, float, float, float], ...]
    ticks: tuple[tuple[float, float], ...]


def run_graph(nodes: Mapping[str, tuple[str, str]], upstream: Mapping[str, Sequence[str]]) -> RunGraph:
    """Return the graph of a run; an edge that follows from others is left out.

    Args:
        nodes: The kind of the box of each node, and its second line.
        upstream: The nodes that each node waits for.
    """
    edges = _reduced([(source, node) for node in nodes for source in upstream.get(node, ()) if source in nodes])
    layout = _laid_out(tuple(nodes), tuple(edges))
    boxes = tuple(Box(id, *nodes[id], *_GRID.corner(*layout.places[id])) for id in nodes)
    curves = tuple(_GRID.path(layout.routes[edge]) for edge in edges)
    return RunGraph(_GRID.width_of(layout), _GRID.height_of(layout), (_GRID.width, _GRID.height), boxes, curves)


# A page of a run in progress is drawn every two seconds, with the same nodes.
@lru_cache(maxsize=64)
def _laid_out(nodes: tuple[str, ...], edges: tuple[Edge, ...]) -> Layout:
    return lay_out(nodes, edges)


def bars(given: Sequence[Bar]) -> Bars:
    """Return the nodes over time."""
    end = max((bar.start + bar.seconds for bar in given), default=0.0) or 1.0
    scale = _ACROSS / end
    rows = tuple(
        (bar, _NAMES + bar.start * scale, max(2.0, bar.seconds * scale), position * _ROW)
        for position, bar in enumerate(given)
    )
    times = tuple((_NAMES + _ACROSS * part / _TICKS, end * part / _TICKS) for part in range(_TICKS + 1))
    return Bars(_NAMES + _ACROSS + 40, len(given) * _ROW + 24, rows, times)


@dataclass(frozen=True)
class Memory:
    """The peak memory of the nodes over time.

    Attributes:
        width: In pixels.
        height: In pixels.
        floor: The height of zero bytes, from the top.
        rows: Each bar with its left edge, its width, its top and its bytes, the largest first: it is behind the others.
        ticks: The times of the axis.
        levels: The heights of the axis with their bytes.
    """

    width: int
    height: int
    floor: int
    rows: tuple[tuple[Bar, float, float, float, int], ...]
    ticks: tuple[tuple[float, float], ...]
    levels: tuple[tuple[float, float], ...]


def memory(given: Sequence[Bar], peaks: Mapping[str, int]) -> Memory | None:
    """Return the peaks of memory over time, on the time axis of `bars`; None if none was measured.

    Args:
        given: All nodes over time.
        peaks: The bytes of each node that was measured.
    """
    drawn = bars(given)
    most = max((peaks.get(bar.id, 0) for bar in given), default=0)
    if not most:
        return None
    scale = (_FLOOR - 10) / most
    measured = [(bar, x, width, peaks[bar.id]) for bar, x, width, _ in drawn.rows if peaks.get(bar.id)]
    measured.sort(key=lambda row: -row[3])
    rows = tuple((bar, x, width, _FLOOR - peak * scale, peak) for bar, x, width, peak in measured)
    levels = tuple((_FLOOR - level * scale, level) for level in ticks(0.0, float(most)))
    return Memory(drawn.width, _FLOOR + 24, _FLOOR, rows, drawn.ticks, levels)


def _reduced(edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges of a graph without cycles that do not follow from others: its transitive reduction."""
    below: dict[str, set[str]] = {}
    for source, target in edges:
        below.setdefault(source, set()).add(target)

    @cache
    def reached(node: str) -> frozenset[str]:
        near = below.get(node, set())
        return frozenset(near).union(*map(reached, near))

    return [(a, b) for a, b in dict.fromkeys(edges) if not any(b in reached(other) for other in below[a])]
