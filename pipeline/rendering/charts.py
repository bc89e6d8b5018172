"""Small drawings as inline SVG: a histogram, a bar, lines over a common axis."""

import math
from collections.abc import Sequence
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


def histogram(splits: Sequence[Sequence[Bucket]], width: int = 170, height: int = 40) -> Markup:
    """Return the first split's buckets as bars and the others' as outlines, over one axis.

    Heights are square roots of densities: a long tail stays visible beside its peak.
    """
    buckets = [bucket for split in splits for bucket in split]
    if not buckets:
        return Markup()
    low, high = min(b.low for b in buckets), max(b.high for b in buckets)
    peak = max(math.sqrt(b.share) for b in buckets) or 1.0
    spread = (high - low) or 1.0

    def box(bucket: Bucket) -> tuple[float, float, float]:
        left = width * (bucket.low - low) / spread
        right = width * (bucket.high - low) / spread
        return left, max(right - left, 1.5), (height - 2) * math.sqrt(bucket.share) / peak

    shapes = []
    for position, split in enumerate(splits):
        color = COLORS[position % len(COLORS)]
        filled = {"fill": color, "fill_opacity": ".55"} if position == 0 else {"fill": "none", "stroke": color}
        for left, wide, tall in map(box, split):
            shapes.append(tag("rect", x=f"{left:.1f}", y=f"{height - tall:.1f}", width=f"{wide:.1f}", height=f"{tall:.1f}", **filled))
    return tag("svg", *shapes, width=width, height=height, viewBox=f"0 0 {width} {height}", role="img")


def bar(share: float, color: str = COLORS[0], width: int = 110) -> Markup:
    """Return a bar over a pale track; `share` is cut to 0 and 1."""
    full = max(0.0, min(1.0, share)) * width
    return tag(
        "svg",
        tag("rect", x=0, y=2, width=width, height=9, fill=_GRID, fill_opacity=".35"),
        tag("rect", x=0, y=2, width=f"{full:.1f}", height=9, fill=color),
        width=width,
        height=13,
        viewBox=f"0 0 {width} 13",
    )


def lines(drawn: Sequence[Line], *, mark: int | None = None, across: str = "", size: tuple[int, int] = (620, 240)) -> Markup:
    """Return a line chart.

    Args:
        drawn: The lines; they share both axes.
        mark: The position, from 1, that a dashed line marks.
        across: What the horizontal axis counts.
        size: Width and height in pixels.
    """
    width, height = size
    left, right, top, bottom = 52, 16, 26, 34
    known = [value for line in drawn for value in line.values if math.isfinite(value)]
    steps = max((len(line.values) for line in drawn), default=0)
    if not known:
        return Markup()
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    ticks = _ticks(low, high)

    def x(step: float) -> float:
        return left + (width - left - right) * (step - 1) / max(steps - 1, 1)

    def y(value: float) -> float:
        return height - bottom - (height - top - bottom) * (value - low) / spread

    shapes = [_rule(left, width - right, y(tick), number(tick)) for tick in ticks]
    for step in sorted({1, steps, *range(0, steps + 1, max(1, math.ceil(steps / 10)))} - {0}):
        shapes.append(tag("text", step, x=f"{x(step):.1f}", y=height - bottom + 16, font_size=11, text_anchor="middle"))
    shapes.append(tag("text", across, x=(left + width - right) / 2, y=height - 4, font_size=11, text_anchor="middle"))
    if mark is not None:
        shapes.append(
            tag("line", x1=f"{x(mark):.1f}", x2=f"{x(mark):.1f}", y1=top, y2=height - bottom, stroke="currentColor",
                stroke_dasharray="4 3", stroke_opacity=".6")
        )
    for position, line in enumerate(drawn):
        color = COLORS[position % len(COLORS)]
        points = [(x(step), y(value)) for step, value in enumerate(line.values, 1) if math.isfinite(value)]
        shapes.append(tag("polyline", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in points), fill="none", stroke=color, stroke_width=2))
        shapes += [tag("circle", cx=f"{a:.1f}", cy=f"{b:.1f}", r=2.6, fill=color) for a, b in points]
        at = left + 150 * position
        shapes.append(tag("rect", x=at, y=6, width=12, height=4, fill=color))
        shapes.append(tag("text", line.name, x=at + 18, y=12, font_size=12))
    return tag("svg", *shapes, width=width, height=height, viewBox=f"0 0 {width} {height}", role="img")


def legend(names: Sequence[str]) -> Markup:
    """Return the names of the splits in the colours that a histogram gives them."""
    keys = []
    for position, name in enumerate(names):
        color = COLORS[position % len(COLORS)]
        keys.append(tag("span", "■ ", style=f"color: {color}"))
        keys.append(tag("span", name, style="margin-right: 14px"))
    return tag("p", *keys)


def _rule(left: float, right: float, y: float, label: str) -> Markup:
    return Markup(
        tag("line", x1=left, x2=right, y1=f"{y:.1f}", y2=f"{y:.1f}", stroke=_GRID)
        + tag("text", label, x=left - 6, y=f"{y + 4:.1f}", font_size=11, text_anchor="end")
    )


def _ticks(low: float, high: float) -> list[float]:
    """Return some round numbers between the two."""
    if high <= low:
        return [low]
    rough = (high - low) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step)
    return [round(count * step, 12) for count in range(first, math.floor(high / step) + 1)]
