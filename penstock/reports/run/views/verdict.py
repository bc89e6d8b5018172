"""The first screen: what was trained on what, the metric with its interval, the thresholds, and what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from penstock.core.documents.certificate import Certificate
from penstock.core.documents.verdict import Fairness, Gain, Metric, Verdict
from penstock.core.text import UNKNOWN, number
from penstock.reports.figures import Interval, intervals
from penstock.reports.markup import drawn, joined, strong
from penstock.reports.run.document import RunReport, Summary

_TEMPLATE = "run/verdict.html"
GROUP_HEADINGS = ("Group", "Rows", "Of", "Rate", "Interval", "")
COMPARED = {"constant": "best constant", "linear": "linear model", "baseline": "last blessed"}
_ENDS = {
    "pushed": "It was blessed and pushed as version {version}.",
    "refused": "It was refused, and nothing was pushed.",
    "failed": "The run failed, and nothing was pushed.",
    "finished": "The run ended without a push.",
}


@dataclass(frozen=True)
class Metrics:
    """The table of metrics: its headings, its rows, and the confidence level."""

    headings: list[str]
    rows: list[list[object]]
    level: str


def view(report: RunReport) -> Markup:
    """Return the section."""
    found, summary = report.verdict, report.summary
    return drawn(
        _TEMPLATE,
        "verdict",
        report=report,
        lead=lead(report),
        pairs=facts(summary),
        chart=_chart(report) if found else "",
        starred="* on the rows that it was evaluated on" if any(_others(report)) else "",
        metrics=metrics(report, found) if found else None,
        gains=list(gains(found.gains)) if found else [],
        thresholds=list(thresholds(found)) if found else [],
        changes=[(each.kind, each.name, each.before, each.after) for each in report.changes],
        against=against(report),
        production=production(report),
        decision=list(decision(found)) if found else [],
        fairness=[(each.attribute, each.metric, fairness(each)) for each in (found.fairness or ())] if found else [],
        group_headings=list(GROUP_HEADINGS),
        certificate=_certificate(report.certificate) if report.certificate else "",
    )


def lead(report: RunReport) -> str:
    """Return what was trained on what, its metric, and how it ended, in a few sentences."""
    summary, found = report.summary, report.verdict
    rows = summary.rows.get("train")
    model = f"{article(summary.family)} {summary.family} model" if summary.family else "A model"
    counted = f" on {rows:,} rows" if rows else ""
    parts = [f"{model} of {summary.label} from {summary.features} columns was to be trained{counted}."]
    metric = found.metrics.get(summary.metric) if found else None
    if metric is not None and metric.model is not None:
        parts = [f"{model} of {summary.label} from {summary.features} columns, trained{counted}."]
        interval = f" ±{metric.interval:.4f}" if metric.interval is not None else ""
        parts.append(
            f"On {found.rows if found else 0:,} rows of eval its {summary.metric} is {metric.model:.4f}{interval}."
        )
    parts.append(_ENDS[summary.state].format(version=summary.version))
    return " ".join(parts)


def article(word: str) -> str:
    """Return the article of a word at the beginning of a sentence."""
    return "An" if word[:1] in "aeiou" else "A"


def facts(summary: Summary) -> list[tuple[str, object]]:
    """Return the facts of a run by their names."""
    rows = ", ".join(f"{split} {count:,}" for split, count in summary.rows.items())
    commit = f"{summary.commit} with changes" if summary.dirty and summary.commit else summary.commit
    return [
        ("Run", summary.run),
        ("Experiment", summary.experiment),
        ("Version", f"{summary.version}, in {summary.folder}" if summary.version else "none pushed"),
        ("Task", f"{summary.task} of {summary.label}" if summary.label else summary.task),
        ("Rows", rows),
        ("Source", summary.source),
        ("Query", summary.query),
        ("Started", summary.started),
        ("Took", f"{summary.seconds:.1f} s"),
        ("Commit", commit),
    ]


def against(report: RunReport) -> str:
    """Return the name of the version that the run is compared with."""
    return f"version {report.previous.version} (run {report.previous.run})" if report.previous else "the last version"


def production(report: RunReport) -> str:
    """Return which version is in production, by the alias `default`, in sentences; empty if it is not known."""
    found, summary = report.production, report.summary
    if found is None:
        return ""
    promoted = f" This run promoted version {summary.version} to production." if found.promoted else ""
    if found.version is None:
        return f"No version was in production when the run began.{promoted}"
    value = ""
    if found.value is not None and not _is_compared(report):
        value = f"; its {summary.metric} was {found.value:.4f} on the rows that it was evaluated on"
    stays = (
        ""
        if found.promoted or summary.version in (None, found.version)
        else f" Version {summary.version} was not promoted."
    )
    return (
        f"In production (the alias default) was version {found.version} when the run began{value}.{promoted or stays}"
    )


def _is_compared(report: RunReport) -> bool:
    """Say whether the version in production is the one that was evaluated on the same rows."""
    metric = report.verdict.metrics.get(report.summary.metric) if report.verdict else None
    return (
        report.production is not None
        and report.previous is not None
        and report.production.version == report.previous.version
        and metric is not None
        and metric.baseline is not None
    )


def gains(found: Mapping[str, Gain]) -> Iterator[str]:
    """Yield by how much the model is better than each that it is compared with."""
    for other, gain in found.items():
        if gain.gain is None:
            continue
        name, half = COMPARED.get(other, other), gain.interval
        interval = "" if half is None else f" ±{half:.4f}"
        if half is not None and abs(gain.gain) <= half:
            yield f"By {gain.metric} neither better nor worse than the {name} ({gain.gain:+.4f}{interval})"
        else:
            word = "better" if gain.gain >= 0 else "worse"
            yield f"By {gain.metric} {abs(gain.gain):.4f}{interval} {word} than the {name}"


def thresholds(found: Verdict) -> Iterator[tuple[str, str, str]]:
    """Yield the style, the word and the sentence of each threshold."""
    for each in found.thresholds:
        if not each.decided:
            yield "undecided", "not decided", each.words
        else:
            yield ("pass", "passed", each.words) if each.passed else ("miss", "missed", each.words)


def decision(found: Verdict) -> Iterator[str]:
    """Yield what the decision of the served model reaches on the rows of eval."""
    for name, reached in (found.decision or {}).items():
        if reached.value is not None:
            interval = f" ±{reached.interval:.4f}" if reached.interval is not None else ""
            yield f"{name}: {reached.value:.4f}{interval}"


def fairness(found: Fairness) -> list[list[str]]:
    """Return a row per group of an attribute: its rows, those that the rate is computed from, rate and interval."""
    return [
        [
            group.name,
            f"{group.rows:,}",
            f"{group.considered:,}",
            _value(group.rate),
            f"{group.ends[0]:.4f} to {group.ends[1]:.4f}" if group.rate is not None else UNKNOWN,
            "too few rows to compare" if group.too_few_rows else "",
        ]
        for group in found.groups
    ]


def _chart(report: RunReport) -> Markup:
    found = report.verdict.metrics.get(report.summary.metric) if report.verdict else None
    if found is None or found.model is None:
        return Markup()
    rows = [_row("this model", found.model, found.ends, 0)]
    names = {**COMPARED, "baseline": f"version {report.previous.version}"} if report.previous else COMPARED
    names = {**names, "baseline": f"{names['baseline']}, in production"} if _is_compared(report) else names
    rows += [_row(name, value, None, 1) for key, name in names.items() if (value := getattr(found, key)) is not None]
    for name, value in _others(report):
        rows.append(_row(name, value, None, 2))
    label = f"{report.summary.metric} of this model, with its interval, next to what it is compared with"
    return intervals(rows, label, names=180)


def _others(report: RunReport) -> Iterator[tuple[str, float]]:
    """Yield the versions that were evaluated on other rows: the one in production, and the one before."""
    found, previous = report.production, report.previous
    number = found.version if found else None
    if found and found.value is not None and not _is_compared(report):
        yield f"production, version {number}*", found.value
    metric = report.verdict.metrics.get(report.summary.metric) if report.verdict else None
    if previous and previous.value is not None and metric and metric.baseline is None and previous.version != number:
        yield f"version {previous.version}*", previous.value


def _row(name: str, value: float, ends: tuple[float, float] | None, color: int) -> Interval:
    low, high = ends or (None, None)
    return Interval(name, value, low, high, color, f"{value:.4f}")


def metrics(report: RunReport, found: Verdict) -> Metrics:
    """Return the table of metrics."""
    present = [key for key in COMPARED if any(getattr(each, key) is not None for each in found.metrics.values())]
    previous = report.previous
    headings = ["Metric", "This model", "Interval", *(COMPARED[key].capitalize() for key in present)]
    if previous and "baseline" in present:
        headings[-1] = f"Last blessed, version {previous.version}"
    level = f"{number(100 * float(report.configuration.get('evaluation.confidence') or 0.95))} %"
    rows = [
        _metric(name, each, present, is_first=name == report.summary.metric) for name, each in found.metrics.items()
    ]
    return Metrics(headings, rows, level)


def _metric(name: str, metric: Metric, compared: list[str], *, is_first: bool) -> list[object]:
    value = _value(metric.model)
    shown = strong(value) if is_first else value
    interval = UNKNOWN if metric.ends is None else f"{metric.ends[0]:.4f} to {metric.ends[1]:.4f}"
    return [
        joined([name, " (decides)"]) if is_first else name,
        shown,
        interval,
        *(_value(getattr(metric, key)) for key in compared),
    ]


def _value(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.4f}"


def _certificate(found: Certificate) -> str:
    forms = len(found.forms)
    latency = "; ".join(f"{each.form}: {each.p50_ms:g} ms, p99 {each.p99_ms:g} ms" for each in found.latency)
    compared = f"A prediction server answered {found.rows.rows:,} golden rows in {forms} forms as the model predicts"
    return f"{compared}, with a largest difference of {found.largest:.1e}." + (
        f" One row takes: {latency}." if latency else ""
    )
