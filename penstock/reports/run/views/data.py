"""The data: splits, leakage suspects, anomalies, drift and skew, schema changes, and a card for each column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from penstock.core.documents.data import AnomalyReport, Distance, DriftReport
from penstock.core.text import UNKNOWN, number, shorten
from penstock.reports import charts
from penstock.reports.markup import drawn, mark, percent, to_scale
from penstock.reports.run.document import Column, RunReport

_TEMPLATE = "run/data.html"
# The least association with the label of a column that may leak it.
LEAK = 0.9
_MOST_DISTANCES = 12
_TOP = 4
_WHOLE_TABLE = "(the whole table)"
_STATISTICS = ("mean", "deviation", "least", "median", "greatest")


@dataclass(frozen=True)
class _Card:
    """A column: its name, its role, its drawing, its table, and a note."""

    name: str
    role: str
    drawing: Markup
    headings: list[str]
    rows: list[list[object]]
    note: str


@dataclass(frozen=True)
class Distances:
    """What the rows are compared with, and the greatest distances."""

    about: str
    rows: list[tuple[object, ...]]


def view(report: RunReport) -> Markup:
    """Return the section."""
    data = report.data
    names = list(dict.fromkeys(values.rows for column in data.columns for values in column.values))
    return drawn(
        _TEMPLATE,
        "data",
        report=report,
        splits=_splits(report),
        notes=list(notes(report)),
        suspects=suspects(report),
        anomalies=_anomalies(data.anomalies) if data.anomalies else None,
        distances=distances(data.drift) if data.drift else None,
        schema=None
        if data.schema_changes is None
        else [(each.column, each.change, each.before, each.after) for each in data.schema_changes],
        legend=charts.legend(names) if names else "",
        cards=[_card(column, names) for column in data.columns],
    )


def notes(report: RunReport) -> Iterator[str]:
    """Yield what is known of the splits, of rows in several of them, and of rows that were not read."""
    data = report.data
    if data.split:
        by = f"{data.split.by} {data.split.column}" if data.split.column else data.split.by
        yield f"Rows are assigned to splits by {by}."
        if data.split.repeated is None:
            yield "Duplicates across splits: none, because rows with the same features are in the same split."
        else:
            yield f"Duplicates across splits: {data.split.repeated:,} rows of eval are also in train, label included."
        if data.split.without_key:
            yield f"{data.split.without_key:,} rows have no key."
    if data.quarantined:
        yield f"{data.quarantined:,} malformed rows are in quarantine."
    if data.reading and data.reading.marked:
        marked = ", ".join(f"{name} {count:,}" for name, count in data.reading.marked.items())
        yield f"Values that were read as missing, by column: {marked}."
    if data.counts:
        yield "No row was lost or duplicated between the nodes."


def suspects(report: RunReport) -> list[tuple[str, str]] | None:
    """Return the columns that determine the label almost by themselves; None if that was not computed."""
    if report.analysis is None or not report.analysis.associations:
        return None
    found = sorted(report.analysis.associations.items(), key=lambda each: -each[1])
    return [(name, f"{value:.3f}") for name, value in found if value >= LEAK]


def _splits(report: RunReport) -> list[tuple[str, str, str]]:
    rows = report.summary.rows
    total = sum(rows.values())
    return [(name, number(count), percent(count / total) if total else UNKNOWN) for name, count in rows.items()]


def _anomalies(found: AnomalyReport) -> list[tuple[object, ...]]:
    return [
        (
            *(each.column or _WHOLE_TABLE, each.split, each.severity),
            mark("bad", "fails the run") if each.fails else mark("dim", "let through"),
            each.description,
        )
        for each in found.anomalies
    ]


def distances(found: DriftReport) -> Distances:
    """Return what the rows are compared with, and the greatest distances."""
    if found.version is None:
        about = "Drift is not measured, because no version was pushed before."
    elif not found.compared:
        about = f"Drift is not measured, because version {found.version} has no statistics of its training rows."
    else:
        about = f"Drift is the distance of the training rows from those of version {found.version}."
    rows = [*_rows(found.columns, "drift", "drifted"), *_rows(found.skew or (), "skew", "skewed")]
    about += " Skew is the distance of eval from train."
    return Distances(about, rows)


def _rows(found: Sequence[Distance], of: str, word: str) -> list[tuple[object, ...]]:
    known = [each for each in found if each.distance is not None]
    shown = sorted(known, key=lambda each: (each.passed, -(each.distance or 0.0)))
    # All that are above their thresholds, and the nearest others.
    most = max(_MOST_DISTANCES // 2, sum(not each.passed for each in known))
    return [
        (
            *(each.column, of, each.measure, f"{each.distance:.4f}", number(each.threshold)),
            mark("good", "passed") if each.passed else mark("bad", word),
        )
        for each in shown[:most]
    ]


def _card(column: Column, names: Sequence[str]) -> _Card:
    is_number = column.kind == "number"
    distances = [f"{word} {value:.3f}" for word, value in (("drift", column.drift), ("skew", column.skew)) if value]
    return _Card(
        name=column.name,
        role=column.role,
        drawing=_histogram(column, names) if is_number else Markup(),
        headings=[each.rows for each in column.values],
        rows=_numbers(column) if is_number else [*_texts(column), *_top(column)],
        note=", ".join(distances),
    )


def _histogram(column: Column, names: Sequence[str]) -> Markup:
    by_name = {each.rows: [charts.Bucket(b.low, b.high, b.share) for b in each.buckets] for each in column.values}
    label = f"distribution of {column.name}"
    return charts.histogram([by_name.get(name, []) for name in names], 222, 60, label)


def _numbers(column: Column) -> list[list[object]]:
    """Return the rows of the table of a column of numbers."""
    rows: list[list[object]] = [["missing", *(_share(each.missing) for each in column.values)]]
    spread = _spread(column)
    rows += [[name, *(to_scale(getattr(each, name), spread) for each in column.values)] for name in _STATISTICS]
    return rows


def _spread(column: Column) -> float | None:
    """Return the least standard deviation above zero, so that all sets of rows are shown to the same digit."""
    return min((each.deviation for each in column.values if each.deviation), default=None)


def _texts(column: Column) -> list[list[object]]:
    """Return the rows of the table of a column of text, without its values."""
    return [
        ["missing", *(_share(each.missing) for each in column.values)],
        ["different", *(UNKNOWN if each.unique is None else f"{each.unique:,}" for each in column.values)],
    ]


def _top(column: Column) -> list[list[object]]:
    """Return the most frequent values of the first set of rows, with their share in each set."""
    shares = [dict(each.top) for each in column.values]
    return [
        [shorten(value, 28) or "(empty)", *(percent(each[value]) if value in each else UNKNOWN for each in shares)]
        for value in list(shares[0] if shares else {})[:_TOP]
    ]


def _share(share: float | None) -> str:
    return UNKNOWN if share is None else percent(share)
