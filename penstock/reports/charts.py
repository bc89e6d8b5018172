"""Small drawings as inline SVG: a histogram, a bar, lines over a common axis, points next to a diagonal.

This file computes coordinates, `templates/charts.html` draws them. Matplotlib takes 1.1 s to import, and 30 ms and
4.9 kB of SVG per histogram; Jinja2 takes 0.1 s, and these take less than 1 ms and 2.4 kB. A page of statistics has a
histogram for each column. Matplotlib's colours are fixed; these take the text colour of the page, light or dark.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from penstock.core.documents.verdict import Bin
from penstock.core.text import number
from penstock.reports.markup import drawn

COLORS = ("#3b7fb8", "#e08a2c", "#5a9e57", "#a25db0")
_TEMPLATE = "charts.html"
_SMALLEST, _LARGEST = 2.5, 9.0


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


@dataclass(frozen=True)
class Frame:
    """The area of a chart within its axes, in pixels, and the values at its edges."""

    left: int
    top: int
    right: int
    bottom: int
    across: tuple[float, float]
    up: tuple[float, float]

    def x(self, value: float) -> float:
        """Return the horizontal coordinate of a value."""
        return self.left + (self.right - self.left) * _part(value, *self.across)

    def y(self, value: float) -> float:
        """Return the vertical coordinate of a value."""
        return self.bottom - (self.bottom - self.top) * _part(value, *self.up)


@dataclass(frozen=True)
class Axes:
    """The ticks of both axes, each with its coordinate and its number, and the label of the horizontal axis."""

    frame: Frame
    horizontal: list[tuple[float, str]]
    vertical: list[tuple[float, str]]
    across: str


@dataclass(frozen=True)
class _Bars:
    """The buckets of a split as rectangles, each with its bucket."""

    color: str
    filled: bool
    bars: list[tuple[float, float, float, float, Bucket]]


@dataclass(frozen=True)
class _Curve:
    """A line of a chart as points, each with its title."""

    name: str
    color: str
    points: list[tuple[float, float, str]]


def color(position: int) -> str:
    """Return the colour of the split or the line at a position."""
    return COLORS[position % len(COLORS)]


def histogram(
    splits: Sequence[Sequence[Bucket]], width: int = 110, height: int = 36, label: str = "histogram"
) -> Markup:
    """Return the first split's buckets as bars and the others' as outlines, over one axis.

    Heights are square roots of densities: a long tail stays visible next to its peak.
    """
    buckets = [bucket for split in splits for bucket in split]
    if not buckets:
        return Markup()
    low, high = min(b.low for b in buckets), max(b.high for b in buckets)
    spread = (high - low) or 1.0

    def wide(bucket: Bucket) -> float:
        return max(width * (bucket.high - bucket.low) / spread, 1.5)

    def tall(bucket: Bucket) -> float:
        return (height - 2) * math.sqrt(bucket.share / wide(bucket)) / peak

    peak = max(math.sqrt(b.share / wide(b)) for b in buckets) or 1.0
    drawn_splits = [
        _Bars(
            color(position),
            filled=position == 0,
            bars=[(width * (b.low - low) / spread, height - tall(b), wide(b), tall(b), b) for b in split],
        )
        for position, split in enumerate(splits)
    ]
    return drawn(_TEMPLATE, "histogram", splits=drawn_splits, width=width, height=height, label=label)


def bar(share: float, color: str = COLORS[0], *, width: int = 110, height: int = 13) -> Markup:
    """Return a bar over a pale track; `share` is limited to 0 to 1."""
    full = max(0.0, min(1.0, share)) * width
    return drawn(_TEMPLATE, "bar", full=full, color=color, width=width, height=height)


def lines(given: Sequence[Line], *, mark: int | None = None, across: str = "") -> Markup:
    """Return a line chart.

    Args:
        given: The lines; they share both axes.
        mark: The position, from 1, that a dashed line marks.
        across: The label of the horizontal axis.
    """
    known = [value for line in given for value in line.values if math.isfinite(value)]
    if not known:
        return Markup()
    width, height = 620, 240
    steps = max(len(line.values) for line in given)
    frame = Frame(52, 26, width - 16, height - 34, (1, steps), (min(known), max(known)))
    gap = max(1, math.ceil(steps / 12))
    axes = _axes(frame, (range(1, steps + 1, gap), ticks(*frame.up)), across)
    curves = [_Curve(line.name, color(position), list(_points(frame, line))) for position, line in enumerate(given)]
    at = None if mark is None else frame.x(mark)
    return drawn(_TEMPLATE, "lines", width=width, height=height, axes=axes, curves=curves, mark=at)


def plot(bins: Sequence[Bin]) -> Markup:
    """Return a calibration plot: a point per bin, sized by its rows, next to the diagonal."""
    ends = [value for each in bins for value in (each.predicted, each.found)]
    if not ends or not all(map(math.isfinite, ends)):
        return Markup()
    shares = min(ends) >= 0 and max(ends) <= 1
    low, high = (0.0, 1.0) if shares else (min(ends), max(ends))
    frame = Frame(52, 10, 272, 230, (low, high), (low, high))
    quarters = [low + (high - low) * part / 4 for part in range(5)] if high > low else [low]
    most = max(each.rows for each in bins) or 1
    points = [
        (
            *(frame.x(each.predicted), frame.y(each.found)),
            _SMALLEST + (_LARGEST - _SMALLEST) * math.sqrt(each.rows / most),
            f"mean prediction {number(each.predicted)}, mean label {number(each.found)}, {each.rows:,} rows",
        )
        for each in bins
    ]
    axes = _axes(frame, (quarters, quarters), "mean prediction")
    return drawn(_TEMPLATE, "plot", width=288, height=266, axes=axes, points=points, color=COLORS[0])


def legend(names: Sequence[str]) -> Markup:
    """Return the names of the splits in their colours in a histogram."""
    return drawn(_TEMPLATE, "legend", keys=[(name, color(position)) for position, name in enumerate(names)])


def _axes(frame: Frame, ticks: tuple[Sequence[float], Sequence[float]], across: str) -> Axes:
    """Return both axes; `ticks` are those of the horizontal, then of the vertical one."""
    horizontal, vertical = ticks
    return Axes(
        frame,
        [(frame.x(tick), number(tick)) for tick in horizontal],
        [(frame.y(tick), number(tick)) for tick in vertical],
        across,
    )


def _points(frame: Frame, line: Line) -> Iterator[tuple[float, float, str]]:
    for step, value in enumerate(line.values, 1):
        if math.isfinite(value):
            yield frame.x(step), frame.y(value), f"{line.name}, {step}: {number(value)}"


def _part(value: float, low: float, high: float) -> float:
    """Return the position of a value between the least (0) and the greatest (1)."""
    return (value - low) / ((high - low) or 1.0)


def ticks(low: float, high: float) -> list[float]:
    """Return some round numbers between the two."""
    if high <= low:
        return [low]
    rough = (high - low) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step)
    return [round(count * step, 12) for count in range(first, math.floor(high / step) + 1)]
