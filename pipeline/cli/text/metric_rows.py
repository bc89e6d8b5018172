"""A verdict's metrics as lines: each with its confidence interval and baselines, then gains and thresholds."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from penstock.core.text import shorten

if TYPE_CHECKING:
    from penstock.core.documents.verdict import Fairness, Threshold, Verdict

CONSTANT = {"binary": "Majority class", "multiclass": "Majority class", "regression": "Mean"}
# The constants with the least loss that are no mean.
_OF_LOSSES = {"quantile": "Quantile", "huber": "Constant"}
# Larger values are printed with one decimal, so that a line fits into 80 columns.
_LARGE = 1000
# The same number as in modules.metrics.results, which imports NumPy.
_LEAST_OF_CLASS = 10
_FAIRNESS = ("fairness_difference", "fairness_ratio")
_GROUPED = {
    "passed": "{slices} not significantly worse than with the last blessed model",
    "rows": "{slices} not decided, with fewer than {least} rows",
    "class": "{slices} not decided, with too few rows of the rarer class",
    "interval": "{slices} not decided, without an interval",
}


def constant_name(task: str, loss: str) -> str:
    """Return the name of the constant baseline of a task and a loss."""
    return _OF_LOSSES.get(loss, CONSTANT[task])


def metric_rows(verdict: "Verdict", constant: str) -> list[list[str]]:
    """Return a heading and a row per metric: the model's value with its interval, and the baselines.

    Args:
        verdict: The verdict of ModelVerdict.
        constant: The name of the constant baseline.
    """
    metrics = verdict.metrics
    linear = any(values.linear is not None for values in metrics.values())
    return [
        ["Metric", "Model", constant, *(["Linear"] if linear else []), "Last blessed"],
        *(
            [
                name,
                with_interval(values.model, values.interval, values.ends),
                number(values.constant),
                *([number(values.linear)] if linear else []),
                number(values.baseline),
            ]
            for name, values in metrics.items()
        ),
    ]


def gain_lines(verdict: "Verdict", constant: str) -> list[str]:
    """Return a line per known gain over a baseline, and one that explains a missing interval.

    Args:
        verdict: The verdict of ModelVerdict.
        constant: The name of the constant baseline.
    """
    few = lack_of_class(verdict.of_rarer_class, (values.interval for values in verdict.metrics.values()))
    lines = [f"No interval: {few}"] if few else []
    for baseline, name in (("constant", f"the {constant.lower()}"), ("linear", "linear")):
        gain = verdict.gains.get(baseline)
        if gain and gain.gain is not None:
            lines.append(f"By {gain.metric}: {_gain(gain.gain, gain.interval)} than {name}")
    return lines


def threshold_lines(verdict: "Verdict") -> list[tuple[str, str]]:
    """Return a mark (`passed`, `refused` or `open`) and a text per threshold; slices with one outcome share a line.

    Args:
        verdict: The verdict of ModelVerdict.
    """
    groups: dict[tuple[str | None, ...], list[Threshold]] = {}
    for position, threshold in enumerate(verdict.thresholds):
        groups.setdefault(_group(threshold) or (str(position),), []).append(threshold)
    lines = []
    for group, members in groups.items():
        if len(group) == 1:
            mark = ("passed" if members[0].decided else "open") if members[0].passed else "refused"
            lines.append((mark, members[0].words))
            continue
        outcome, metric, _, column = group
        slices = f"{len(members)} slice{'s' * (len(members) > 1)}"
        if outcome == "passed":
            slices += " are" if len(members) > 1 else " is"
        text = _GROUPED[str(outcome)].format(slices=slices, least=verdict.min_slice_rows)
        lines.append(("passed" if outcome == "passed" else "open", f"{metric} by {column}: {text}"))
    return lines


def _group(threshold: "Threshold") -> tuple[str | None, ...] | None:
    """Return the key of the thresholds that share a line with this one, or None if it has a line of its own."""
    # A verdict of an earlier release has no `of_one_slice`; in it only a threshold of one slice has a value.
    is_slice = threshold.value is not None if threshold.of_one_slice is None else threshold.of_one_slice
    passed = threshold.kind == "not_worse" and threshold.passed and is_slice
    if (threshold.decided and not passed) or threshold.column is None or threshold.kind in _FAIRNESS:
        return None
    outcome = "passed" if threshold.decided else threshold.lacks or "rows"
    return outcome, threshold.metric, threshold.kind, threshold.column


def fairness_rows(found: "Fairness") -> list[list[str]]:
    """Return a heading and a row per group of an attribute: its rows, the rate with its interval, and a remark."""
    rows = [[shorten(found.attribute, 40), "Rows", "Of", found.metric, ""]]
    for group in sorted(found.groups, key=lambda group: -group.rows):
        rate = "-" if group.rate is None else f"{group.rate:.4f} ({group.ends[0]:.4f} to {group.ends[1]:.4f})"
        few = "too few rows" if group.too_few_rows else ""
        rows.append([shorten(group.name, 40), f"{group.rows:,}", f"{group.considered:,}", rate, few])
    return rows


def number(value: float | None) -> str:
    """Return a metric's value, or a dash if it is missing."""
    if value is None:
        return "-"
    return f"{value:.1f}" if abs(value) >= _LARGE else f"{value:.4f}"


def with_interval(value: float | None, interval: float | None, ends: Sequence[float] | None = None) -> str:
    """Return a metric's value with its confidence interval, if both are known.

    Args:
        value: The value.
        interval: Half the width of the interval.
        ends: The ends of the interval, cut to the range of the metric; shown if they differ from value ± interval.
    """
    if value is None or interval is None:
        return number(value)
    if ends and not is_symmetric(ends, value, interval):
        return f"{number(value)} ({number(ends[0])} to {number(ends[1])})"
    return f"{number(value)} ±{number(interval)}"


def is_symmetric(ends: Sequence[float], value: float, interval: float) -> bool:
    """Return whether both ends of an interval are its half width away from the value."""
    return all(math.isclose(abs(end - value), interval, rel_tol=1e-6, abs_tol=1e-9) for end in ends)


def lack_of_class(count: int | None, intervals: Iterable[float | None]) -> str:
    """Return why metrics have no interval if the rarer class has too few rows, else an empty text."""
    lacking = count is not None and count < _LEAST_OF_CLASS and any(width is None for width in intervals)
    return f"too few rows of the rarer class ({count} of at least {_LEAST_OF_CLASS})" if lacking else ""


def _gain(gain: float, interval: float | None) -> str:
    if interval is not None and abs(gain) <= interval:
        return f"no better ({gain:+.4f} ±{number(interval)})"
    side = "better" if gain > 0 else "worse" if gain < 0 else "no better"
    return f"{with_interval(abs(gain), interval)} {side}"
