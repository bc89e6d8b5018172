"""Small drawings as inline SVG: a histogram, a bar, lines over a common axis."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.rendering.markup import Markup, number, tag

COLORS = ("#3b7fb8", "#e08a2c", "#5a9e57", "#a25db0")
_GRID = "rgba(128, 128, 128, .35)"


@dataclass(frozen=True)
class Bucket:
    """One bucket of a histogram: from, to, and its share of the values."""

    low: float
    high: float
    share: float


@dataclass(frozen=True)
class Line:
    """One line of a chart: its name and its values at 1, 2, 3 and so on."""

    name: str
    values: tuple[float, ...]


def histogram(splits: Sequence[Sequence[Bucket]], width: int = 110, height: int = 36) -> Markup:
    """Return the first split's buckets as bars and the others' as outlines, over one axis.

    Heights are square roots of densities: a long tail stays visible beside its peak.
    """
    buckets = [bucket for split in splits for bucket in split]
    if not buckets:
        return Markup()
    low, high = min(b.low for b in buckets), max(b.high for b in buckets)
    spread = (high - low) or 1.0

    def wide(bucket: Bucket) -> float:
        return max(width * (bucket.high - bucket.low) / spread, 1.5)

    peak = max(math.sqrt(b.share / wide(b)) for b in buckets) or 1.0

    shapes = []
    for position, split in enumerate(splits):
        color = COLORS[position % len(COLORS)]
        filled = {"fill": color, "fill_opacity": ".55"} if position == 0 else {"fill": "none", "stroke": color}
        for bucket in split:
            tall = (height - 2) * math.sqrt(bucket.share / wide(bucket)) / peak
            at = {"x": width * (bucket.low - low) / spread, "y": height - tall, "width": wide(bucket), "height": tall}
            shapes.append(tag("rect", **{name: f"{value:.1f}" for name, value in at.items()}, **filled))
    return tag("svg", *shapes, width=width, height=height, viewBox=f"0 0 {width} {height}", role="img")


def bar(share: float, color: str = COLORS[0], *, width: int = 110, height: int = 13) -> Markup:
    """Return a bar over a pale track; `share` is cut to 0 and 1."""
    full = max(0.0, min(1.0, share)) * width
    top = (height - 9) / 2
    return tag(
        "svg",
        tag("rect", x=0, y=top, width=width, height=9, fill=_GRID, fill_opacity=".35"),
        tag("rect", x=0, y=top, width=f"{full:.1f}", height=9, fill=color),
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )


@dataclass(frozen=True)
class _Frame:
    """The area of a line chart: from a position and a value to pixels."""

    width: int
    height: int
    steps: int
    low: float
    high: float

    left, right, top, bottom = 52, 16, 26, 34

    def x(self, step: float) -> float:
        return self.left + (self.width - self.left - self.right) * (step - 1) / max(self.steps - 1, 1)

    def y(self, value: float) -> float:
        inner = self.height - self.top - self.bottom
        return self.height - self.bottom - inner * (value - self.low) / ((self.high - self.low) or 1.0)


def lines(
    drawn: Sequence[Line], *, mark: int | None = None, across: str = "", size: tuple[int, int] = (620, 240)
) -> Markup:
    """Return a line chart.

    Args:
        drawn: The lines; they share both axes.
        mark: The position, from 1, that a dashed line marks.
        across: What the horizontal axis counts.
        size: Width and height in pixels.
    """
    known = [value for line in drawn for value in line.values if math.isfinite(value)]
    if not known:
        return Markup()
    width, height = size
    frame = _Frame(width, height, max(len(line.values) for line in drawn), min(known), max(known))
    shapes = [*_axes(frame, across)]
    if mark is not None:
        dashes = {"stroke": "currentColor", "stroke_dasharray": "4 3", "stroke_opacity": ".6"}
        x = f"{frame.x(mark):.1f}"
        shapes.append(tag("line", x1=x, x2=x, y1=frame.top, y2=height - frame.bottom, **dashes))
    for position, line in enumerate(drawn):
        shapes += _line(frame, line, position)
    return tag("svg", *shapes, width=width, height=height, viewBox=f"0 0 {width} {height}", role="img")


def _axes(frame: _Frame, across: str) -> Iterator[Markup]:
    for tick in _ticks(frame.low, frame.high):
        y, end = frame.y(tick), frame.width - frame.right
        yield tag("line", x1=frame.left, x2=end, y1=f"{y:.1f}", y2=f"{y:.1f}", stroke=_GRID)
        yield tag("text", number(tick), x=frame.left - 6, y=f"{y + 4:.1f}", font_size=11, text_anchor="end")
    foot = frame.height - frame.bottom
    apart = max(1, math.ceil(frame.steps / 12))
    for step in range(1, frame.steps + 1, apart):
        yield tag("text", step, x=f"{frame.x(step):.1f}", y=foot + 16, font_size=11, text_anchor="middle")
    middle = (frame.left + frame.width - frame.right) / 2
    yield tag("text", across, x=middle, y=frame.height - 4, font_size=11, text_anchor="middle")


def _line(frame: _Frame, line: Line, position: int) -> Iterator[Markup]:
    color = COLORS[position % len(COLORS)]
    points = [(frame.x(step), frame.y(value)) for step, value in enumerate(line.values, 1) if math.isfinite(value)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield tag("polyline", points=path, fill="none", stroke=color, stroke_width=2)
    yield from (tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=2.6, fill=color) for x, y in points)
    at = frame.left + 150 * position
    yield tag("rect", x=at, y=6, width=12, height=4, fill=color)
    yield tag("text", line.name, x=at + 18, y=12, font_size=12)


def legend(names: Sequence[str]) -> Markup:
    """Return the names of the splits in the colours that a histogram gives them."""
    keys = []
    for position, name in enumerate(names):
        color = COLORS[position % len(COLORS)]
        keys.append(tag("span", "■ ", style=f"color: {color}"))
        keys.append(tag("span", name, style="margin-right: 14px"))
    return tag("p", *keys)


def _ticks(low: float, high: float) -> list[float]:
    """Return some round numbers between the two."""
    if high <= low:
        return [low]
    rough = (high - low) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step)
    return [round(count * step, 12) for count in range(first, math.floor(high / step) + 1)]
