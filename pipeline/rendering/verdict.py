"""A model's verdict: metrics beside what they have to beat, thresholds, and metrics by slice."""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.lineage import Artifact
from pipeline.rendering import calibration
from pipeline.rendering.charts import bar
from pipeline.rendering.markup import UNKNOWN, Markup, join, number, table, tag

VERDICT_FILE = "verdict.json"
FEW_ROWS = 30
_COLUMNS = 4


def verdict(artifact: Artifact) -> Markup:
    """Return the metrics, each threshold in words, and the slices."""
    told = json.loads(Path(artifact.uri, VERDICT_FILE).read_text(encoding="utf-8"))
    gates = [tag("h4", "Thresholds"), thresholds(told)]
    return join([_headline(told), metrics(told), *gains(told), *gates, *calibration.shown(told), *slices(told)])


def metrics(told: dict[str, Any]) -> Markup:
    """Return each metric for the model with its interval, and for what it has to beat."""
    rows = [
        (
            name,
            tag("strong", _metric(values["model"])),
            _interval(values["model"], values.get("interval"), values.get("ends")),
            *(_metric(values.get(who)) for who in ("constant", "linear", "baseline")),
        )
        for name, values in told["metrics"].items()
    ]
    return table(("Metric", "Model", "±", "Best constant", "Linear", "Latest blessed"), rows, range(1, 6))


def gains(told: dict[str, Any]) -> list[Markup]:
    """Return by how much the model is better than what stands beside it."""
    words = {"constant": "the best constant", "linear": "the linear model", "baseline": "the latest blessed model"}
    found = [
        f"{gain['metric']}: {gain['gain']:+.4f} {_width(gain['interval'])} over {words.get(beside, beside)}"
        for beside, gain in told.get("gains", {}).items()
        if gain["gain"] is not None
    ]
    return [tag("p", each) for each in found]


def thresholds(told: dict[str, Any]) -> Markup:
    """Return each threshold with its verdict."""
    marks = {True: tag("span", "✓ passed", class_="good"), False: tag("span", "✗ refused", class_="bad")}
    rows = [
        (marks[held["passed"]] if held.get("decided", True) else "not decided", held["words"])
        for held in told["thresholds"]
    ]
    return table(("", "Threshold"), rows)


def slices(told: dict[str, Any]) -> list[Markup]:
    """Return a table for each column that was sliced by; slices of few rows are dimmed."""
    shown = _metrics_shown(told)
    parts = []
    for column, group in groupby(told["slices"], key=lambda entry: entry["column"]):
        entries = sorted(group, key=lambda entry: _order(entry["value"]))
        most = max(entry["rows"] for entry in entries)
        rows = [_slice_row(entry, shown, most) for entry in entries]
        parts.append(tag("h4", f"By {column}"))
        parts.append(table((column, "Rows", "", *shown), rows, {1, *range(3, 3 + len(shown))}))
        parts += calibration.by_slice(entries)
    if parts:
        least = told.get("min_slice_rows", FEW_ROWS)
        parts.append(tag("p", f"Slices of fewer than {least} rows are dimmed: too few rows to tell.", class_="dim"))
    return parts


def _headline(told: dict[str, Any]) -> Markup:
    mark = tag("span", "✓ blessed", class_="good") if told["blessed"] else tag("span", "✗ not blessed", class_="bad")
    return tag("p", mark, f", evaluated on {told['rows']:,} rows that it was not trained on.")


def _metrics_shown(told: dict[str, Any]) -> list[str]:
    """Return the metrics that have thresholds, then the first others, up to a few."""
    bound = dict.fromkeys(held["metric"] for held in told["thresholds"])
    return list(dict.fromkeys([*bound, *told["metrics"]]))[:_COLUMNS]


def _slice_row(entry: dict[str, Any], shown: Sequence[str], most: int) -> list[object]:
    cells = [
        entry["value"],
        number(entry["rows"]),
        bar(entry["rows"] / most),
        *(f"{_metric(entry['metrics'].get(m))} {_interval_of(entry, m)}".rstrip() for m in shown),
    ]
    if not entry.get("too_few_rows", entry["rows"] < FEW_ROWS):
        return cells
    return [tag("span", cell, class_="dim") for cell in cells]


def _interval_of(entry: dict[str, Any], metric: str) -> str:
    width, ends = (entry.get(key, {}).get(metric) for key in ("intervals", "ends"))
    return _interval(entry["metrics"].get(metric), width, ends)


def _interval(value: float | None, width: float | None, ends: Sequence[float] | None) -> str:
    """Return half the width of an interval, or its ends where one is as far as the metric can be."""
    if value is None or width is None or ends is None:
        return _width(width)
    clipped = ends[0] > value - width or ends[1] < value + width
    return f"({ends[0]:,.4f} to {ends[1]:,.4f})" if clipped else _width(width)


def _width(value: float | None) -> str:
    return "" if value is None else f"±{value:,.4f}"


def _metric(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.4f}"


def _order(value: Any) -> tuple[int, float, str]:
    """Return what sorts numbers by size, then text by letters."""
    try:
        return 0, float(value), ""
    except (TypeError, ValueError):
        return 1, 0.0, str(value)
