"""Two reports next to each other: metrics, thresholds, changes, columns, importance, time."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from penstock.core.text import UNKNOWN, number
from penstock.registry.cards.markdown import table, text
from penstock.registry.differences import between
from penstock.reports.figures import Interval, intervals
from penstock.reports.markup import drawn, percent
from penstock.reports.run import page
from penstock.reports.run.document import Column, RunReport
from penstock.reports.run.views import verdict

_TEMPLATE = "run/comparison.html"
_MOST = 40


@dataclass(frozen=True)
class Sheet:
    """A table of the comparison: its title, its headings, its rows, what is said if it has none, and a remark."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    nothing: str = ""
    about: str = ""


def html(one: RunReport, other: RunReport) -> str:
    """Return the comparison as a page."""
    names = [_name(each) for each in (one, other)]
    leads = [
        (letter, name, each.summary.state, verdict.lead(each))
        for letter, name, each in zip("AB", names, (one, other), strict=True)
    ]
    body = drawn(
        _TEMPLATE,
        "comparison",
        leads=leads,
        chart=_chart(one, other),
        metric=one.summary.metric,
        sheets=sheets(one, other),
    )
    title = f"{one.summary.pipeline}: {names[0]} and {names[1]}"
    about = f"Comparison of the runs {one.summary.run} and {other.summary.run}, made by Penstock."
    return page.whole(title, [("comparison", "Comparison", body)], about)


def markdown(one: RunReport, other: RunReport) -> str:
    """Return the comparison as Markdown."""
    lines = [f"# {text(one.summary.pipeline)}: {text(_name(one))} and {text(_name(other))}", ""]
    for letter, each in (("A", one), ("B", other)):
        lines += [f"**{letter}**: {text(_name(each))}. {text(verdict.lead(each))}", ""]
    for sheet in sheets(one, other):
        lines += [f"## {sheet.title}", "", *(table(sheet.headings, sheet.rows) if sheet.rows else [sheet.nothing]), ""]
        lines += [text(sheet.about), ""] if sheet.about else []
    return "\n".join(lines).rstrip() + "\n"


def json_text(one: RunReport, other: RunReport) -> str:
    """Return the comparison as JSON: both reports, and the tables of what differs."""
    found = {
        "version": 1,
        "a": json.loads(one.text()),
        "b": json.loads(other.text()),
        "differences": [
            {"title": each.title, "headings": each.headings, "rows": each.rows} for each in sheets(one, other)
        ],
    }
    return json.dumps(found, indent=1) + "\n"


def sheets(one: RunReport, other: RunReport) -> list[Sheet]:
    """Return the tables of the comparison."""
    metrics = ("Metric", "A", "Interval of A", "B", "Interval of B", "B minus A")
    columns = list(_columns(one, other))
    more = f"The {_MOST} greatest of {len(columns)} differences." if len(columns) > _MOST else ""
    return [
        Sheet("Metrics", metrics, list(_metrics(one, other)), about=_rows_of(one, other)),
        Sheet("Rows", ("Split", "A", "B"), list(_rows(one, other))),
        Sheet("Files", ("File", "A", "B"), list(_mapping(one.summary.files, other.summary.files)), "The same files."),
        Sheet("Configuration", ("Key", "A", "B"), list(_mapping(one.configuration, other.configuration)), "The same."),
        Sheet("Packages", ("Package", "A", "B"), list(_mapping(one.packages, other.packages)), "The same."),
        Sheet("Columns", ("Column", "Statistic", "A", "B"), columns[:_MOST], "The same statistics.", more),
        Sheet("Feature importance", ("Column", "A", "±", "B", "±"), list(_importance(one, other)), "Not analysed."),
        Sheet("Seconds by node", ("Node", "A", "B"), list(_seconds(one, other))),
    ]


def _name(report: RunReport) -> str:
    version = f"version {report.summary.version}, " if report.summary.version else ""
    return f"{version}run {report.summary.run}"


def _short(report: RunReport) -> str:
    return f"version {report.summary.version}" if report.summary.version else f"run {report.summary.run}"


def _chart(one: RunReport, other: RunReport) -> Markup:
    rows = []
    for place, (letter, each) in enumerate((("A", one), ("B", other))):
        found = each.verdict.metrics.get(one.summary.metric) if each.verdict else None
        if found is not None and found.model is not None:
            low, high = found.ends or (None, None)
            rows.append(Interval(f"{letter}: {_short(each)}", found.model, low, high, place, f"{found.model:.4f}"))
    return intervals(rows, f"{one.summary.metric} of both, with intervals", names=210)


def _metrics(one: RunReport, other: RunReport) -> Iterator[tuple[str, ...]]:
    pair = [each.verdict.metrics if each.verdict else {} for each in (one, other)]
    for name in dict.fromkeys((*pair[0], *pair[1])):
        found = [metrics.get(name) for metrics in pair]
        values = [each.model if each else None for each in found]
        ends = [f"{each.ends[0]:.4f} to {each.ends[1]:.4f}" if each and each.ends else UNKNOWN for each in found]
        change = f"{values[1] - values[0]:+.4f}" if values[0] is not None and values[1] is not None else UNKNOWN
        yield name, _value(values[0]), ends[0], _value(values[1]), ends[1], change


def _rows(one: RunReport, other: RunReport) -> Iterator[tuple[str, ...]]:
    pair = one.summary.rows, other.summary.rows
    for split in dict.fromkeys((*pair[0], *pair[1])):
        yield split, *(number(rows.get(split)) for rows in pair)


def _mapping(
    one: dict[str, object] | dict[str, str], other: dict[str, object] | dict[str, str]
) -> Iterator[tuple[str, ...]]:
    for found in between(one, other):
        yield found.name, *("not set" if each is None else str(each) for each in (found.one, found.other))


def _rows_of(one: RunReport, other: RunReport) -> str:
    """Say so if both were evaluated on different rows: the difference is then also one of the rows."""
    pair = [(each.summary.files, each.summary.query, each.summary.rows) for each in (one, other)]
    return "" if pair[0] == pair[1] else "The two were evaluated on different rows: each value is that of its own rows."


def _columns(one: RunReport, other: RunReport) -> Iterator[tuple[str, ...]]:
    """Yield what differs in the training rows: columns that one of the two has not, then the greatest differences."""
    pair = [{column.name: column for column in each.data.columns} for each in (one, other)]
    names = dict.fromkeys((*pair[0], *pair[1]))
    for name in names:
        if name not in pair[0] or name not in pair[1]:
            yield name, "column", *("yes" if name in columns else "no" for columns in pair)
    found = [
        each for name in names if name in pair[0] and name in pair[1] for each in _column(pair[0][name], pair[1][name])
    ]
    for _, cells in sorted(found, key=lambda each: -each[0]):
        yield cells


def _column(one: Column, other: Column) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Yield the statistics that differ as they are shown, each with the size of the difference.

    The size is relative to the greatest of both values and of the standard deviation; of a share it is the difference.
    """
    before, after = ((each.values or (None,))[0] for each in (one, other))
    for statistic in ("missing", "unique", "mean", "least", "greatest"):
        values = [getattr(each, statistic, None) for each in (before, after)]
        shown = [_statistic(statistic, each) for each in values]
        if shown[0] == shown[1]:
            continue
        known = [each for each in values if each is not None]
        spread = max((abs(each) for each in (*known, getattr(before, "deviation", None) or 0.0)), default=0.0)
        scale = 1.0 if statistic == "missing" else spread or 1.0
        size = abs(known[0] - known[1]) / scale if len(known) == 2 else math.inf
        yield size, (one.name, statistic, *shown)


def _statistic(name: str, value: float | None) -> str:
    return percent(value) if name == "missing" and value is not None else number(value)


def _importance(one: RunReport, other: RunReport) -> Iterator[tuple[str, ...]]:
    pair = [
        {" + ".join(each.columns): each for each in report.analysis.importance} if report.analysis else {}
        for report in (one, other)
    ]
    for name in list(dict.fromkeys((*pair[0], *pair[1])))[:_MOST]:
        cells = [
            cell
            for found in (importance.get(name) for importance in pair)
            for cell in ((f"{found.loss:.4f}", number(found.interval)) if found else (UNKNOWN, UNKNOWN))
        ]
        yield name, *cells


def _seconds(one: RunReport, other: RunReport) -> Iterator[tuple[str, ...]]:
    pair: Sequence[dict[str, str]] = [
        {node.id: "cached" if node.state == "cached" else f"{node.seconds:.2f}" for node in each.nodes}
        for each in (one, other)
    ]
    for name in dict.fromkeys((*pair[0], *pair[1])):
        yield name, *(seconds.get(name, UNKNOWN) for seconds in pair)


def _value(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.4f}"
