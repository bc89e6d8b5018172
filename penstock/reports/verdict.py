"""A model's verdict: its metrics, thresholds, calibration and slices; its blessing and its push."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup

from penstock.core.text import UNKNOWN, number, shorten
from penstock.metadata.lineage import Artifact
from penstock.reports.charts import bar, plot
from penstock.reports.markup import drawn, mark, percent, strong, table

VERDICT_FILE = "verdict.json"
BLESSED_FILE = "BLESSED"
FEW_ROWS = 30
_TEMPLATE = "verdict.html"
_COLUMNS = 4
_MOST_SLICES = 8
_OTHERS = "all others"
_COMPARED = {"constant": "the best constant", "linear": "the linear model", "baseline": "the latest blessed model"}


def verdict(artifact: Artifact) -> Markup:
    """Return the metrics, each threshold in words, the calibration, and the slices."""
    found = _verdict(artifact)
    return drawn(
        _TEMPLATE,
        "verdict",
        blessed=found["blessed"],
        rows=found["rows"],
        metrics=[_metric_row(name, values) for name, values in found["metrics"].items()],
        gains=list(_gains(found.get("gains", {}))),
        thresholds=[(_threshold(threshold), threshold["words"]) for threshold in found["thresholds"]],
        calibration=calibration(found),
        slices=list(_slices(found)),
        few=found.get("min_slice_rows", FEW_ROWS),
    )


def calibration(found: dict[str, Any]) -> Markup:
    """Return what a verdict has of the calibration plot, the confusion matrix and the residuals, each with its heading.

    Args:
        found: What ModelVerdict wrote.
    """
    bins, matrix, residuals = (found.get(name) or () for name in ("reliability", "confusion", "residuals"))
    return drawn(
        _TEMPLATE,
        "calibration",
        plot=plot(bins),
        bins=reliability(bins) if bins else "",
        confusion=confusion(matrix) if matrix else "",
        shares=[percent(each["share"]) for each in residuals],
        residuals=[number(each["value"]) for each in residuals],
    )


def reliability(bins: Sequence[dict[str, Any]]) -> Markup:
    """Return the bins of the calibration plot as a table."""
    rows = [(number(each["predicted"]), number(each["found"]), f"{each['rows']:,}") for each in bins]
    return table(("Predicted, mean", "Found, mean", "Rows"), rows, {0, 1, 2})


def confusion(found: dict[str, Any]) -> Markup:
    """Return the rows of each true class by the class that was predicted; right answers are bold.

    Args:
        found: The names of the classes (`classes`, None for all others) and their `rows`.
    """
    names = [_OTHERS if name is None else shorten(str(name), 24) for name in found["classes"]]
    rows = [
        (
            f"is {name}",
            *(strong(number(cell)) if predicted == true else number(cell) for predicted, cell in enumerate(cells)),
            percent(cells[true] / sum(cells)) if sum(cells) else "",
        )
        for true, (name, cells) in enumerate(zip(names, found["rows"], strict=True))
    ]
    headings = ("", *(f"as {name}" for name in names), "Right")
    return table(headings, rows, range(1, len(headings)))


def by_slice(entries: Sequence[dict[str, Any]]) -> Markup:
    """Return plots and confusion matrices of a column's largest slices, folded; none of slices with too few rows.

    Args:
        entries: What a verdict says of each slice of one column.
    """
    parts: list[tuple[str, str, Callable[[Any], Markup]]] = [
        ("Predicted and found", "reliability", plot),
        ("Confusion of the classes", "confusion", confusion),
    ]
    folded = []
    for heading, name, draw in parts:
        known = [entry for entry in entries if entry.get(name) and not entry.get("too_few_rows")]
        largest = sorted(known, key=lambda entry: -entry["rows"])[:_MOST_SLICES]
        folded.append((heading, [(shorten(str(entry["value"])), draw(entry[name])) for entry in largest]))
    return drawn(_TEMPLATE, "by_slice", folded=folded)


def blessing(artifact: Artifact) -> Markup:
    """Return whether the Evaluator blessed the model."""
    return drawn(_TEMPLATE, "blessing", blessed=Path(artifact.uri, BLESSED_FILE).exists())


def pushed_model(artifact: Artifact) -> Markup:
    """Return the version with the folder and its files."""
    if not artifact.properties.get("pushed"):
        return drawn(_TEMPLATE, "refused_push")
    folder = Path(str(artifact.properties["pushed_destination"]))
    files = [
        (file.relative_to(folder), number(file.stat().st_size)) for file in sorted(folder.rglob("*")) if file.is_file()
    ]
    version = artifact.properties["pushed_version"]
    return drawn(_TEMPLATE, "pushed_model", version=version, folder=folder, files=files)


def _verdict(artifact: Artifact) -> dict[str, Any]:
    """Return what ModelVerdict wrote."""
    found: dict[str, Any] = json.loads(Path(artifact.uri, VERDICT_FILE).read_text(encoding="utf-8"))
    return found


def _metric_row(name: str, values: dict[str, Any]) -> list[object]:
    return [
        name,
        strong(_metric(values["model"])),
        _interval(values["model"], values.get("interval"), values.get("ends")),
        *(_metric(values.get(who)) for who in _COMPARED),
    ]


def _gains(gains: dict[str, Any]) -> Iterator[str]:
    """Yield by how much the model is better than each that it is compared with."""
    for other, gain in gains.items():
        if gain["gain"] is not None:
            interval = _half_width(gain["interval"])
            yield f"{gain['metric']}: {gain['gain']:+.4f} {interval} over {_COMPARED.get(other, other)}"


def _threshold(threshold: dict[str, Any]) -> object:
    if not threshold.get("decided", True):
        return "not decided"
    return mark("good", "✓ passed") if threshold["passed"] else mark("bad", "✗ refused")


def _slices(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the table of each column that was sliced by; slices of few rows are dimmed."""
    metrics = _metrics_shown(found)
    for column, group in groupby(found["slices"], key=lambda entry: entry["column"]):
        entries = sorted(group, key=lambda entry: _order(entry["value"]))
        most = max(entry["rows"] for entry in entries) or 1
        rows = [_slice_row(entry, metrics, most) for entry in entries]
        yield {"column": column, "metrics": metrics, "rows": rows, "folded": by_slice(entries)}


def _metrics_shown(found: dict[str, Any]) -> list[str]:
    """Return the metrics that have thresholds, then the first others, up to a few."""
    bound = dict.fromkeys(threshold["metric"] for threshold in found["thresholds"])
    return list(dict.fromkeys([*bound, *found["metrics"]]))[:_COLUMNS]


def _slice_row(entry: dict[str, Any], metrics: Iterable[str], most: int) -> list[object]:
    cells = [
        entry["value"],
        number(entry["rows"]),
        bar(entry["rows"] / most),
        *(f"{_metric(entry['metrics'].get(m))} {_interval_of(entry, m)}".rstrip() for m in metrics),
    ]
    few = entry.get("too_few_rows", entry["rows"] < FEW_ROWS)
    return [mark("dim", cell) for cell in cells] if few else cells


def _interval_of(entry: dict[str, Any], metric: str) -> str:
    width, ends = (entry.get(key, {}).get(metric) for key in ("intervals", "ends"))
    return _interval(entry["metrics"].get(metric), width, ends)


def _interval(value: float | None, width: float | None, ends: Sequence[float] | None) -> str:
    """Return half the width of an interval, or its ends where one is as far as the metric can be."""
    if value is None or width is None or ends is None:
        return _half_width(width)
    clipped = ends[0] > value - width or ends[1] < value + width
    return f"({ends[0]:,.4f} to {ends[1]:,.4f})" if clipped else _half_width(width)


def _half_width(value: float | None) -> str:
    return "" if value is None else f"±{value:,.4f}"


def _metric(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.4f}"


def _order(value: Any) -> tuple[int, float, str]:
    """Return what sorts numbers by size, then text by letters."""
    try:
        return 0, float(value), ""
    except (TypeError, ValueError):
        return 1, 0.0, str(value)
