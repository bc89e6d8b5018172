"""The model: leaderboard, losses, importance, dependence, thresholds, curves, errors, slices and the worst rows."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from markupsafe import Markup

from penstock.core.documents.training import Curves, Leaderboard, Trial
from penstock.core.documents.verdict import Confusion, Verdict
from penstock.core.text import UNKNOWN, number, shorten
from penstock.registry.documents import settings
from penstock.reports import charts
from penstock.reports.charts import Line
from penstock.reports.markup import drawn, percent, strong
from penstock.reports.run.document import RunReport
from penstock.reports.run.views import analysis

_TEMPLATE = "run/model.html"
_MOST_SLICES = 20
_OTHERS = "all others"


@dataclass(frozen=True)
class Sheet:
    """A table: its headings and its rows."""

    headings: list[object]
    rows: list[list[object]]


@dataclass
class Parts:
    """The drawings and tables of the section; what the run does not have is empty."""

    metric: str
    leaderboard: Sheet | None = None
    trials: Sheet | None = None
    losses: Markup = field(default_factory=Markup)
    losses_about: str = ""
    calibration: Markup = field(default_factory=Markup)
    confusion: Sheet | None = None
    quantiles: Sheet | None = None
    slices: list[tuple[str, list[list[object]]]] = field(default_factory=list)


def view(report: RunReport) -> Markup:
    """Return the section."""
    parts = Parts(report.summary.metric)
    if report.leaderboard:
        parts.leaderboard = leaderboard(report.leaderboard)
    if report.trials:
        parts.trials = trials(report.trials)
    if report.curves:
        parts.losses, parts.losses_about = _losses(report.curves)
    if report.verdict:
        _add_verdict(parts, report.verdict)
    found = {**vars(parts), **analysis.parts(report)}
    return drawn(_TEMPLATE, "model", report=report, parts=found)


def leaderboard(found: Leaderboard) -> Sheet:
    """Return the models that were tried, the best first."""
    rows: list[list[object]] = [
        [
            each.family,
            ", ".join(
                f"{name.removeprefix('parameters.')} {_setting(value)}" for name, value in settings(each.settings)
            ),
            number(each.value),
            f"{each.fit_seconds:.1f}",
            number(each.row_microseconds),
            number(each.weight) if each.weight else "",
        ]
        for each in found.models
    ]
    rows += [[family, f"left out: {reason}", "", "", "", ""] for family, reason in found.left_out.items()]
    return Sheet(["Family", "Settings", found.metric, "Seconds", "µs a row", "Weight"], rows)


def trials(found: tuple[Trial, ...]) -> Sheet:
    """Return the trials of a search, the least loss first."""
    ordered = sorted(enumerate(found, 1), key=lambda each: (each[1].loss is None, each[1].loss or 0.0))
    names = list(dict.fromkeys(name for trial in found for name in trial.settings))
    rows: list[list[object]] = [
        [
            place,
            *(_setting(trial.settings.get(name)) for name in names),
            f"{trial.epochs} of {trial.most_epochs}",
            f"{trial.seconds:.1f}",
            strong(number(trial.loss)) if trial.best else number(trial.loss),
        ]
        for place, trial in ordered
    ]
    return Sheet(["Trial", *names, "Passes", "Seconds", "Validation loss"], rows)


def confusion(found: Confusion) -> Sheet:
    """Return the rows by true and predicted class; correct predictions are bold."""
    names = [_OTHERS if name is None else shorten(str(name), 24) for name in found.classes]
    rows: list[list[object]] = [
        [
            f"is {name}",
            *(strong(number(cell)) if place == true else number(cell) for place, cell in enumerate(cells)),
            percent(cells[true] / sum(cells)) if sum(cells) else UNKNOWN,
        ]
        for true, (name, cells) in enumerate(zip(names, found.rows, strict=True))
    ]
    return Sheet(["Label", *(f"as {name}" for name in names), "Right"], rows)


def slices(found: Verdict, metric: str) -> Iterator[tuple[str, list[list[object]]]]:
    """Yield the configured slices of each column, the largest first."""
    for column, group in groupby(found.slices, key=lambda each: each.column):
        largest = sorted(group, key=lambda each: -each.rows)
        rows: list[list[object]] = [
            [
                shorten(str(each.value), 50),
                f"{each.rows:,}",
                _value(each.metrics.get(metric)),
                _interval(each.ends.get(metric)),
                "too few rows" if each.too_few_rows else "",
            ]
            for each in largest[:_MOST_SLICES]
        ]
        if len(largest) > _MOST_SLICES:
            rows.append([f"and {len(largest) - _MOST_SLICES} smaller", "", "", "", ""])
        yield column, rows


def _add_verdict(parts: Parts, found: Verdict) -> None:
    parts.calibration = charts.plot(found.reliability or ())
    parts.confusion = confusion(found.confusion) if found.confusion else None
    if found.residuals:
        shares: list[object] = [percent(each.share) for each in found.residuals]
        values: list[object] = [number(each.value) for each in found.residuals]
        parts.quantiles = Sheet(["Share of the rows", *shares], [["Residual at most", *values]])
    parts.slices = list(slices(found, parts.metric))


def _losses(found: Curves) -> tuple[Markup, str]:
    series = [
        Line(name, tuple(math.nan if value is None else value for value in values))
        for name, values in (
            ("training rows", [each.loss for each in found.epochs]),
            ("validation rows", [each.val_loss for each in found.epochs]),
        )
    ]
    known = [line for line in series if not all(map(math.isnan, line.values))]
    if not known:
        return Markup(), ""
    last = known[-1].values
    best = min(range(len(last)), key=lambda place: (math.isnan(last[place]), last[place]))
    about = f"{len(last)} epochs; the least loss, {number(last[best])}, is that of epoch {best + 1}."
    return charts.lines(known, mark=best + 1, across="epoch"), about


def _setting(value: object) -> str:
    return number(value) if isinstance(value, int | float) else UNKNOWN if value is None else str(value)


def _value(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.4f}"


def _interval(ends: tuple[float, float] | None) -> str:
    return UNKNOWN if ends is None else f"{ends[0]:.4f} to {ends[1]:.4f}"
