"""Larger drawings as inline SVG: curves over two axes, values with their intervals, a timeline, a graph of nodes.

As in `charts`, this file computes coordinates, and a template, `figures.html`, draws them. Every drawing has a label
for those who do not see it; its values are in a table or in a sentence next to it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from penstock.core.text import number
from penstock.reports.charts import Axes, Frame, color, ticks
from penstock.reports.graph import lay_out
from penstock.reports.markup import drawn

Point = tuple[float, float]
_TEMPLATE = "figures.html"
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 12, 14, 40
_MOST_LABELS = 6
# The mean width of a character in pixels, and the height of names that are slanted.
_CHARACTER, _SLANT = 6.2, 46
_ROW, _NAMES, _VALUES = 22, 160, 76


@dataclass(frozen=True)
class Series:
    """One curve of a figure.

    Attributes:
        name: Its name in the legend; empty for none.
        points: Its points.
        style: `line`; `faint` for many lines behind another; `dots` for points without a line.
        color: The position of its colour.
    """

    name: str
    points: Sequence[Point]
    style: str = "line"
    color: int = 0


@dataclass(frozen=True)
class Figure:
    """What a figure shows in addition to its curves.

    Attributes:
        label: What the figure shows, in words.
        across: The label of the horizontal axis.
        up: The label of the vertical axis.
        x: The ends of the horizontal axis; by default those of the points.
        y: The ends of the vertical axis.
        names: The names of the places 0, 1, 2 of the horizontal axis, of categories.
        diagonal: Whether the diagonal is drawn.
        size: Width and height.
    """

    label: str
    across: str = ""
    up: str = ""
    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None
    names: Sequence[str] = ()
    diagonal: bool = False
    size: tuple[int, int] = (340, 260)


@dataclass(frozen=True)
class Interval:
    """A value with its interval, in a row of its own.

    Attributes:
        name: The name of the row.
        value: The value.
        low: The lower end of the interval; None without one.
        high: The upper end.
        color: The position of its colour.
        text: The value as text; by default the number.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    color: int = 0
    text: str = ""


@dataclass(frozen=True)
class Span:
    """A span of time in a row of its own: its start and its length in seconds, and a word that colours it."""

    name: str
    start: float
    seconds: float
    state: str = ""


@dataclass(frozen=True)
class Step:
    """A node of a graph: the nodes before it, and a word that colours it."""

    name: str
    after: Sequence[str] = field(default_factory=tuple)
    state: str = ""
    note: str = ""


def curves(series: Sequence[Series], figure: Figure) -> Markup:
    """Return curves over two axes; nothing if there is no finite point."""
    points = [point for one in series for point in one.points if all(map(math.isfinite, point))]
    if not points:
        return Markup()
    width, height = figure.size
    legend = [one for one in series if one.name]
    slanted = _slanted(figure, width - _LEFT - _RIGHT)
    bottom = height - _BOTTOM - _SLANT * slanted
    top = _TOP + 18 * bool(legend)
    frame = Frame(
        _LEFT, top, width - _RIGHT, bottom, figure.x or _ends(points, 0), figure.y or _padded(_ends(points, 1))
    )
    axes = Axes(
        frame, _horizontal(frame, figure), [(frame.y(at), number(at)) for at in ticks(*frame.up)], figure.across
    )
    lines = [(one, color(one.color), _coordinates(one, frame)) for one in series]
    keys = [(one.name, color(one.color)) for one in legend]
    return drawn(_TEMPLATE, "curves", figure=figure, axes=axes, lines=lines, keys=keys, slanted=slanted)


def intervals(rows: Sequence[Interval], label: str, *, zero: bool = False, names: int = _NAMES) -> Markup:
    """Return values with their intervals, one below the other.

    Args:
        rows: The values.
        label: What the figure shows, in words.
        zero: Whether bars from zero are drawn.
        names: The width of the names in pixels.
    """
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None and math.isfinite(end)]
    if not ends:
        return Markup()
    low, high = _padded((min([*ends, 0.0] if zero else ends), max([*ends, 0.0] if zero else ends)))
    width = 500
    frame = Frame(names, 6, width - _VALUES, 6 + _ROW * len(rows), (low, high), (0, 1))
    shown = [
        (row, color(row.color), frame.top + _ROW * (place + 0.5), _across(row, frame), row.text or number(row.value))
        for place, row in enumerate(rows)
    ]
    marks = _fitting([(frame.x(at), number(at)) for at in ticks(low, high)])
    at_zero = frame.x(0.0) if zero else None
    size = (width, frame.bottom + 28)
    return drawn(_TEMPLATE, "intervals", label=label, size=size, frame=frame, rows=shown, marks=marks, zero=at_zero)


def timeline(spans: Sequence[Span], label: str) -> Markup:
    """Return spans of time, one below the other."""
    end = max((span.start + span.seconds for span in spans), default=0.0)
    if not spans:
        return Markup()
    width = 720
    frame = Frame(150, 6, width - _VALUES, 6 + _ROW * len(spans), (0.0, end or 1.0), (0, 1))
    rows = [
        (span, frame.x(span.start), max(frame.x(span.start + span.seconds) - frame.x(span.start), 1.5), at)
        for span, at in zip(spans, (frame.top + _ROW * place for place in range(len(spans))), strict=True)
    ]
    marks = [(frame.x(at), f"{number(at)} s") for at in ticks(0.0, end or 1.0)]
    size = (width, frame.bottom + 28)
    return drawn(_TEMPLATE, "timeline", label=label, size=size, frame=frame, rows=rows, marks=marks, row=_ROW)


def graph(steps: Sequence[Step], label: str) -> Markup:
    """Return a graph of nodes, from top to bottom."""
    if not steps:
        return Markup()
    wide, tall, gap = 132, 34, 22
    known = {step.name for step in steps}
    edges = [(before, step.name) for step in steps for before in step.after if before in known - {step.name}]
    layout = lay_out([step.name for step in steps], edges)

    def corner(place: tuple[float, int]) -> Point:
        return 8 + place[0] * (wide + 14), 8 + place[1] * (tall + gap)

    boxes = [(step, *corner(layout.places[step.name])) for step in steps]
    paths = [_path([corner(place) for place in layout.routes[edge]], wide, tall) for edge in edges]
    size = (round(layout.width * (wide + 14)) + 2, layout.height * (tall + gap) - gap + 16)
    return drawn(_TEMPLATE, "graph", label=label, size=size, boxes=boxes, paths=paths, box=(wide, tall))


def _path(corners: Sequence[Point], wide: int, tall: int) -> str:
    """Return a curve from the bottom of the first box to the top of the last, through the places between."""
    points = [(x + wide / 2, y + tall * (place == 0)) for place, (x, y) in enumerate(corners)]
    path = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in zip(points, points[1:], strict=False):
        half = (y1 + y2) / 2
        path += f" C{x1:.1f},{half:.1f} {x2:.1f},{half:.1f} {x2:.1f},{y2:.1f}"
    return path


def _across(row: Interval, frame: Frame) -> Mapping[str, float | None]:
    ends = {"low": row.low, "high": row.high}
    return {"value": frame.x(row.value), **{name: None if at is None else frame.x(at) for name, at in ends.items()}}


def _horizontal(frame: Frame, figure: Figure) -> list[tuple[float, str]]:
    if figure.names:
        return [(frame.x(place), name) for place, name in enumerate(figure.names)]
    return _fitting([(frame.x(at), number(at)) for at in ticks(*frame.across)])


def _fitting(labels: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return every label, or every second and so on, so that they do not overlap."""
    if len(labels) < 2:
        return labels
    gap = labels[1][0] - labels[0][0]
    longest = max(len(text) for _, text in labels) * _CHARACTER + 8
    return labels[:: max(math.ceil(longest / gap), math.ceil(len(labels) / _MOST_LABELS))]


def _slanted(figure: Figure, wide: int) -> bool:
    """Say whether the names of categories are too long to stand next to each other."""
    room = wide / max(1, len(figure.names))
    return any(len(name) * _CHARACTER > room for name in figure.names)


def _coordinates(series: Series, frame: Frame) -> list[Point]:
    finite = [point for point in series.points if all(map(math.isfinite, point))]
    return [(frame.x(x), frame.y(y)) for x, y in finite]


def _ends(points: Sequence[Point], axis: int) -> tuple[float, float]:
    values = [point[axis] for point in points]
    return min(values), max(values)


def _padded(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    space = (high - low) * 0.05 or abs(high) * 0.05 or 0.5
    return low - space, high + space
