"""A verdict's metrics as lines of text: each beside its baselines, with the interval where there is one."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.core.documents.verdict import Threshold, Verdict

CONSTANT = {"binary": "Majority class", "multiclass": "Majority class", "regression": "Mean"}
# Larger values would not leave room for the rest of a line of 80 characters.
_LARGE = 1000
# As in modules.metrics.results, which takes NumPy to load.
_LEAST_OF_CLASS = 10
_TOGETHER = {
    "passed": "{slices} not worse than with the last blessed model, beyond the interval",
    "rows": "{slices} not decided, of fewer than {least} rows",
    "class": "{slices} not decided, with too few rows of the rarer class",
}


def metric_rows(verdict: "Verdict", constant: str) -> list[list[str]]:
    """Return a heading and a row per metric: the model with its interval, and what it has to beat.

    Args:
        verdict: What ModelVerdict wrote.
        constant: What the best constant is called.
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
    """Return by how much the model is better than the constant and the linear model, a line each; none where unknown.

    Args:
        verdict: What ModelVerdict wrote.
        constant: What the best constant is called.
    """
    few = lack_of_class(verdict.of_rarer_class, (values.interval for values in verdict.metrics.values()))
    lines = [f"Where there is no interval: {few}, of {_LEAST_OF_CLASS} that are needed"] if few else []
    for beside, words in (("constant", f"the {constant.lower()}"), ("linear", "linear")):
        gain = verdict.gains.get(beside)
        if gain and gain.gain is not None:
            lines.append(f"By {gain.metric}: {_gain(gain.gain, gain.interval)} than {words}")
    return lines


def threshold_lines(verdict: "Verdict") -> list[tuple[str, str]]:
    """Return `passed`, `refused` or `open` and words for each threshold; slices that keep a rule are told together.

    Args:
        verdict: What ModelVerdict wrote.
    """
    groups: dict[tuple[str | None, ...], list[Threshold]] = {}
    for position, threshold in enumerate(verdict.thresholds):
        groups.setdefault(_group(threshold) or (str(position),), []).append(threshold)
    lines = []
    for told, members in groups.items():
        if len(told) == 1:
            lines.append(("passed" if members[0].passed else "refused", members[0].words))
            continue
        how, metric, _, column = told
        slices = f"{len(members)} slice{'s' * (len(members) > 1)}"
        words = _TOGETHER[str(how)].format(slices=slices, least=verdict.min_slice_rows)
        lines.append(("passed" if how == "passed" else "open", f"{metric} by {column}: {words}"))
    return lines


def _group(threshold: "Threshold") -> tuple[str | None, ...] | None:
    """Return what a threshold has in common with those that it is told with; None where it is told alone."""
    # A verdict of an earlier release does not say so; in it a slice has a value, and every slice together has none.
    of_one = threshold.value is not None if threshold.of_one_slice is None else threshold.of_one_slice
    kept = threshold.kind == "not_worse" and threshold.passed and of_one
    if threshold.decided and not kept:
        return None
    how = "passed" if threshold.decided else threshold.lacks or "rows"
    return how, threshold.metric, threshold.kind, threshold.column


def number(value: float | None) -> str:
    """Return a metric's value, or a dash where it has none."""
    if value is None:
        return "-"
    return f"{value:.1f}" if abs(value) >= _LARGE else f"{value:.4f}"


def with_interval(value: float | None, interval: float | None, ends: Sequence[float] | None = None) -> str:
    """Return a metric's value and its interval, as far as they are known.

    Args:
        value: The value.
        interval: Half the width of the interval.
        ends: The ends of the interval within what the metric can be; they are shown where the half width goes beyond.
    """
    if value is None or interval is None:
        return number(value)
    if ends and not is_close(ends, value, interval):
        return f"{number(value)} ({number(ends[0])} to {number(ends[1])})"
    return f"{number(value)} ±{number(interval)}"


def is_close(ends: Sequence[float], value: float, interval: float) -> bool:
    """Say whether the ends of an interval lie as far from the value as its half width says."""
    return all(math.isclose(abs(end - value), interval, rel_tol=1e-6, abs_tol=1e-9) for end in ends)


def lack_of_class(count: int | None, intervals: Iterable[float | None]) -> str:
    """Return in words that metrics have no interval because the rarer class has too few rows, or nothing."""
    lacking = count is not None and count < _LEAST_OF_CLASS and any(width is None for width in intervals)
    return f"too few of the rarer class ({count})" if lacking else ""


def _gain(gain: float, interval: float | None) -> str:
    if interval is not None and abs(gain) <= interval:
        return f"no better ({gain:+.4f} ±{number(interval)})"
    side = "better" if gain > 0 else "worse" if gain < 0 else "no better"
    return f"{with_interval(abs(gain), interval)} {side}"
