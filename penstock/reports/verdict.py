"""A model's verdict: its metrics, thresholds, calibration and slices; its blessing and its push."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from penstock.core.documents.verdict import Bin, Confusion, Fairness, Gain, Metric, Slice, Tables, Threshold, Verdict
from penstock.core.text import UNKNOWN, number, shorten
from penstock.metadata.lineage import Artifact
from penstock.reports.charts import bar, plot
from penstock.reports.markup import drawn, mark, percent, strong, table

BLESSED_FILE = "BLESSED"
FEW_ROWS = 30
_TEMPLATE = "verdict.html"
_COLUMNS = 4
_MOST_SLICES = 8
_OTHERS = "all others"
_COMPARED = {"constant": "the best constant", "linear": "the linear model", "baseline": "the latest blessed model"}


@dataclass(frozen=True)
class _SlicedColumn:
    """The slices of one column: the metrics in the headings, a row per slice, and the folded figures."""

    column: str
    metrics: list[str]
    rows: list[list[object]]
    folded: Markup


def verdict(artifact: Artifact) -> Markup:
    """Return the metrics, each threshold in words, the calibration, and the slices."""
    document = Verdict.read(artifact.uri)
    return drawn(
        _TEMPLATE,
        "verdict",
        verdict=document,
        metrics=[_metric_row(name, metric) for name, metric in document.metrics.items()],
        gains=list(_gains(document.gains)),
        thresholds=[(_threshold(threshold), threshold.words) for threshold in document.thresholds],
        calibration=calibration(document),
        slices=list(_sliced_columns(document)),
        fairness=[(each.attribute, each.metric, _groups(each)) for each in document.fairness or ()],
        min_rows=FEW_ROWS if document.min_slice_rows is None else document.min_slice_rows,
    )


def calibration(tables: Tables) -> Markup:
    """Return the calibration plot, the confusion matrix and the residuals, as far as a verdict has them."""
    return drawn(
        _TEMPLATE,
        "calibration",
        plot=plot(tables.reliability or ()),
        bins=reliability(tables.reliability) if tables.reliability else "",
        confusion=confusion(tables.confusion) if tables.confusion else "",
        residuals=tables.residuals or (),
    )


def reliability(bins: Sequence[Bin]) -> Markup:
    """Return the bins of the calibration plot as a table."""
    rows = [(number(each.predicted), number(each.found), f"{each.rows:,}") for each in bins]
    return table(("Mean prediction", "Mean label", "Rows"), rows, {0, 1, 2})


def confusion(matrix: Confusion) -> Markup:
    """Return the rows of each true class by predicted class; correct predictions are bold."""
    names = [_OTHERS if name is None else shorten(str(name), 24) for name in matrix.classes]
    rows = [
        (
            f"is {name}",
            *(strong(number(cell)) if predicted == true else number(cell) for predicted, cell in enumerate(cells)),
            percent(cells[true] / sum(cells)) if sum(cells) else "",
        )
        for true, (name, cells) in enumerate(zip(names, matrix.rows, strict=True))
    ]
    headings = ("", *(f"as {name}" for name in names), "Right")
    return table(headings, rows, range(1, len(headings)))


def by_slice(slices: Iterable[Slice]) -> Markup:
    """Return plots and confusion matrices of a column's largest slices, folded; none of slices with too few rows."""
    largest = sorted((each for each in slices if not each.too_few_rows), key=lambda each: -each.rows)
    plots = [(shorten(str(each.value)), plot(each.reliability)) for each in largest if each.reliability]
    matrices = [(shorten(str(each.value)), confusion(each.confusion)) for each in largest if each.confusion]
    folded = [("Calibration", plots[:_MOST_SLICES]), ("Confusion matrix", matrices[:_MOST_SLICES])]
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


def _metric_row(name: str, metric: Metric) -> list[object]:
    return [
        name,
        strong(_value(metric.model)),
        _interval(metric.model, metric.interval, metric.ends),
        *map(_value, (metric.constant, metric.linear, metric.baseline)),
    ]


def _gains(gains: Mapping[str, Gain]) -> Iterator[str]:
    """Yield by how much the model is better than each that it is compared with."""
    for other, gain in gains.items():
        if gain.gain is not None:
            yield f"{gain.metric}: {gain.gain:+.4f} {_half_width(gain.interval)} over {_COMPARED.get(other, other)}"


def _groups(found: Fairness) -> list[list[object]]:
    """Return a row per group of an attribute; groups with too few rows are dimmed."""
    rows: list[list[object]] = []
    for group in found.groups:
        interval = f"{group.ends[0]:.4f} to {group.ends[1]:.4f}" if group.rate is not None else ""
        cells: list[object] = [group.name, number(group.rows), number(group.considered), _value(group.rate), interval]
        rows.append([mark("dim", cell) for cell in cells] if group.too_few_rows else cells)
    return rows


def _threshold(threshold: Threshold) -> object:
    if not threshold.decided:
        return "not decided"
    return mark("good", "✓ passed") if threshold.passed else mark("bad", "✗ refused")


def _sliced_columns(document: Verdict) -> Iterator[_SlicedColumn]:
    """Yield the table of each column that was sliced by; slices of few rows are dimmed."""
    metrics = _metrics_shown(document)
    for column, group in groupby(document.slices, key=lambda each: each.column):
        slices = sorted(group, key=lambda each: _order(each.value))
        most = max(each.rows for each in slices) or 1
        yield _SlicedColumn(column, metrics, [_slice_row(each, metrics, most) for each in slices], by_slice(slices))


def _metrics_shown(document: Verdict) -> list[str]:
    """Return the metrics that have thresholds, then the first others, up to a few."""
    bound = [threshold.metric for threshold in document.thresholds]
    return list(dict.fromkeys([*bound, *document.metrics]))[:_COLUMNS]


def _slice_row(entry: Slice, metrics: Iterable[str], most: int) -> list[object]:
    cells: list[object] = [
        entry.value,
        number(entry.rows),
        bar(entry.rows / most),
        *(f"{_value(entry.metrics.get(m))} {_interval_of(entry, m)}".rstrip() for m in metrics),
    ]
    # Older verdicts do not say which slices are too small.
    few = entry.too_few_rows if "too_few_rows" in entry.model_fields_set else entry.rows < FEW_ROWS
    return [mark("dim", cell) for cell in cells] if few else cells


def _interval_of(entry: Slice, metric: str) -> str:
    return _interval(entry.metrics.get(metric), entry.intervals.get(metric), entry.ends.get(metric))


def _interval(value: float | None, width: float | None, ends: Sequence[float] | None) -> str:
    """Return half the width of an interval, or both ends if a limit of the metric cuts it off."""
    if value is None or width is None or ends is None:
        return _half_width(width)
    clipped = ends[0] > value - width or ends[1] < value + width
    return f"({ends[0]:,.4f} to {ends[1]:,.4f})" if clipped else _half_width(width)


def _half_width(value: float | None) -> str:
    return "" if value is None else f"±{value:,.4f}"


def _value(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.4f}"


def _order(value: str | float) -> tuple[int, float, str]:
    """Return a sort key that puts numbers first, by size, and then text, by letters."""
    try:
        return 0, float(value), ""
    except ValueError:
        return 1, 0.0, str(value)
