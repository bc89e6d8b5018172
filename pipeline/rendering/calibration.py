"""Whether a model's answers come true: the calibration plot, the confusion matrix, the spread of residuals."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pipeline.rendering.charts import COLORS
from pipeline.rendering.markup import Markup, number, percent, table, tag
from pipeline.text import shorten

_GRID = "rgba(128, 128, 128, .35)"
_SIDE, _LEFT, _TOP, _FOOT = 220, 52, 10, 36
_SMALLEST, _LARGEST = 2.5, 9.0
_MOST_SLICES = 8
_OTHERS = "all others"
_BESIDE_THE_NEXT = "display: inline-block; vertical-align: top; margin-right: 20px"


def shown(told: dict[str, Any]) -> list[Markup]:
    """Return what a verdict has of these, each under its heading.

    Args:
        told: What ModelVerdict wrote.
    """
    parts = []
    if told.get("reliability"):
        parts += [tag("h4", "Predicted and found"), plot(told["reliability"]), reliability(told["reliability"])]
    if told.get("confusion"):
        parts += [tag("h4", "Confusion of the classes"), confusion(told["confusion"])]
    if told.get("residuals"):
        heading = ("Residual (found less predicted)", *(percent(each["share"]) for each in told["residuals"]))
        values = ["of the rows lie below", *(number(each["value"]) for each in told["residuals"])]
        parts += [tag("h4", "Residuals"), table(heading, [values], range(1, len(values)))]
    return parts


def by_slice(entries: Sequence[dict[str, Any]]) -> list[Markup]:
    """Return plots and confusion matrices of a column's largest slices, folded away; none of those with too few rows.

    Args:
        entries: What a verdict tells of each slice of one column.
    """
    plots = _folded(entries, "reliability", plot, "Predicted and found")
    return [*plots, *_folded(entries, "confusion", confusion, "Confusion of the classes")]


def plot(bins: Sequence[dict[str, Any]]) -> Markup:
    """Return what was found over what was predicted: a point per bin, the larger the more rows, beside the diagonal.

    Args:
        bins: For each the mean prediction (`predicted`), what came true of it (`found`) and `rows`.
    """
    ends = [value for each in bins for value in (each["predicted"], each["found"])]
    if not ends or not all(map(math.isfinite, ends)):
        return Markup()
    shares = min(ends) >= 0 and max(ends) <= 1
    low, high = (0.0, 1.0) if shares else (min(ends), max(ends))
    spread = (high - low) or 1.0
    most = max(each["rows"] for each in bins)

    def at(predicted: float, found: float) -> tuple[float, float]:
        return _LEFT + _SIDE * (predicted - low) / spread, _TOP + _SIDE * (1 - (found - low) / spread)

    places = [at(each["predicted"], each["found"]) for each in bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    shapes = [*_axes(low, high), tag("polyline", points=path, fill="none", stroke=COLORS[0], stroke_width=1.5)]
    for each, (x, y) in zip(bins, places, strict=True):
        radius = _SMALLEST + (_LARGEST - _SMALLEST) * math.sqrt(each["rows"] / most)
        words = f"predicted {number(each['predicted'])}, found {number(each['found'])}, {each['rows']:,} rows"
        dot = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{radius:.1f}", "fill": COLORS[0], "fill_opacity": ".7"}
        shapes.append(tag("circle", tag("title", words), **dot))
    width, height = _LEFT + _SIDE + 16, _TOP + _SIDE + _FOOT
    return tag("svg", *shapes, width=width, height=height, viewBox=f"0 0 {width} {height}", role="img")


def reliability(bins: Sequence[dict[str, Any]]) -> Markup:
    """Return the bins of the plot as a table."""
    rows = [(number(each["predicted"]), number(each["found"]), f"{each['rows']:,}") for each in bins]
    return table(("Predicted, mean", "Found, mean", "Rows"), rows, {0, 1, 2})


def confusion(told: dict[str, Any]) -> Markup:
    """Return the rows of each true class by the class that they were given; right answers are bold.

    Args:
        told: The names of the classes (`classes`, None for all others) and their `rows`.
    """
    names = [_OTHERS if name is None else shorten(str(name), 24) for name in told["classes"]]
    rows = [
        (
            f"is {name}",
            *(tag("strong", number(cell)) if given == true else number(cell) for given, cell in enumerate(cells)),
            percent(cells[true] / sum(cells)) if sum(cells) else "",
        )
        for true, (name, cells) in enumerate(zip(names, told["rows"], strict=True))
    ]
    heading = ("", *(f"as {name}" for name in names), "Right")
    return table(heading, rows, range(1, len(heading)))


def _folded(entries: Sequence[dict[str, Any]], what: str, drawn: Callable[[Any], Markup], heading: str) -> list[Markup]:
    told = [entry for entry in entries if entry.get(what) and not entry.get("too_few_rows")]
    largest = sorted(told, key=lambda entry: -entry["rows"])[:_MOST_SLICES]
    figures = [
        tag("div", shorten(str(entry["value"]), 40), drawn(entry[what]), style=_BESIDE_THE_NEXT) for entry in largest
    ]
    summary = tag("summary", f"{heading} in the {len(figures)} largest slices")
    return [tag("details", summary, *figures)] if figures else []


def _axes(low: float, high: float) -> Iterator[Markup]:
    right, foot = _LEFT + _SIDE, _TOP + _SIDE
    for part in range(5):
        value, x, y = low + (high - low) * part / 4, _LEFT + _SIDE * part / 4, foot - _SIDE * part / 4
        yield tag("line", x1=_LEFT, x2=right, y1=y, y2=y, stroke=_GRID)
        yield tag("text", number(value), x=_LEFT - 6, y=y + 4, font_size=11, text_anchor="end")
        yield tag("text", number(value), x=x, y=foot + 16, font_size=11, text_anchor="middle")
    dashes = {"stroke": "currentColor", "stroke_dasharray": "4 3", "stroke_opacity": ".6"}
    yield tag("line", x1=_LEFT, y1=foot, x2=right, y2=_TOP, **dashes)
    middle = _LEFT + _SIDE / 2
    yield tag("text", "predicted", x=middle, y=foot + _FOOT - 4, font_size=11, text_anchor="middle")
