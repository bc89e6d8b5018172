"""A model's verdict: metrics beside what they have to beat, thresholds, and metrics by slice."""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.lineage import Artifact
from pipeline.rendering.charts import bar
from pipeline.rendering.markup import UNKNOWN, Markup, join, number, table, tag

VERDICT_FILE = "verdict.json"
FEW_ROWS = 30
_COLUMNS = 4


def verdict(artifact: Artifact) -> Markup:
    """Return the metrics, each threshold in words, and the slices."""
    told = json.loads(Path(artifact.uri, VERDICT_FILE).read_text(encoding="utf-8"))
    return join([_headline(told), metrics(told), tag("h4", "Thresholds"), thresholds(told), *slices(told)])


def metrics(told: dict[str, Any]) -> Markup:
    """Return each metric for the model, for the best constant and for the latest blessed model."""
    rows = [
        (name, tag("strong", _metric(values["model"])), _metric(values["constant"]), _metric(values["baseline"]))
        for name, values in told["metrics"].items()
    ]
    return table(("Metric", "Model", "Best constant", "Latest blessed"), rows, {1, 2, 3})


def thresholds(told: dict[str, Any]) -> Markup:
    """Return each threshold with its verdict."""
    marks = {True: tag("span", "✓ passed", class_="good"), False: tag("span", "✗ refused", class_="bad")}
    return table(("", "Threshold"), [(marks[held["passed"]], held["words"]) for held in told["thresholds"]])


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
    if parts:
        parts.append(
            tag("p", f"Slices of fewer than {FEW_ROWS} rows are dimmed: their metrics say little.", class_="dim")
        )
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
        *(_metric(entry["metrics"].get(m)) for m in shown),
    ]
    if entry["rows"] >= FEW_ROWS:
        return cells
    return [tag("span", cell, class_="dim") for cell in cells]


def _metric(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.4f}"


def _order(value: Any) -> tuple[int, float, str]:
    """Return what sorts numbers by size, then text by letters."""
    try:
        return 0, float(value), ""
    except (TypeError, ValueError):
        return 1, 0.0, str(value)
