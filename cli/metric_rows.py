"""A verdict's metrics as lines of text: each beside its baselines, with the interval where there is one."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

CONSTANT = {"binary": "Majority class", "multiclass": "Majority class", "regression": "Mean"}
# Larger values would not leave room for the rest of a line of 80 characters.
_LARGE = 1000
# As in modules.reliable, which takes NumPy to load.
_LEAST_OF_CLASS = 10
_TOGETHER = {
    "passed": "{slices} not worse than with the last blessed model, beyond the interval",
    "rows": "{slices} not decided, of fewer than {least} rows",
    "class": "{slices} not decided, with too few rows of the rarer class",
}


def metric_rows(verdict: dict[str, Any], constant: str) -> list[list[str]]:
    """Return a heading and a row per metric: the model with its interval, and what it has to beat.

    Args:
        verdict: What ModelVerdict wrote.
        constant: What the best constant is called.
    """
    metrics = verdict["metrics"]
    linear = any(values.get("linear") is not None for values in metrics.values())
    beside = {"constant": constant, **({"linear": "Linear"} if linear else {}), "baseline": "Last blessed"}
    return [
        ["Metric", "Model", *beside.values()],
        *(
            [
                name,
                with_interval(values["model"], values.get("interval"), values.get("ends")),
                *(number(values.get(who)) for who in beside),
            ]
            for name, values in metrics.items()
        ),
    ]


def gain_lines(verdict: dict[str, Any], constant: str) -> list[str]:
    """Return by how much the model is better than the constant and the linear model, a line each; none where unknown.

    Args:
        verdict: What ModelVerdict wrote.
        constant: What the best constant is called.
    """
    few = lack_of_class(
        verdict.get("of_rarer_class"), (values.get("interval") for values in verdict.get("metrics", {}).values())
    )
    lines = [f"Where there is no interval: {few}, of {_LEAST_OF_CLASS} that are needed"] if few else []
    for beside, words in (("constant", f"the {constant.lower()}"), ("linear", "linear")):
        gain = verdict.get("gains", {}).get(beside)
        if gain and gain["gain"] is not None:
            lines.append(f"By {gain['metric']}: {_gain(gain['gain'], gain['interval'])} than {words}")
    return lines


def threshold_lines(verdict: dict[str, Any]) -> list[tuple[str, str]]:
    """Return `passed`, `refused` or `open` and words for each threshold; slices that keep a rule are told together.

    Args:
        verdict: What ModelVerdict wrote.
    """
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for position, threshold in enumerate(verdict["thresholds"]):
        groups.setdefault(_group(threshold) or (str(position),), []).append(threshold)
    lines = []
    for told, members in groups.items():
        if len(told) == 1:
            lines.append(("passed" if members[0]["passed"] else "refused", members[0]["words"]))
            continue
        how, metric, _, column = told
        slices = f"{len(members)} slice{'s' * (len(members) > 1)}"
        words = _TOGETHER[how].format(slices=slices, least=verdict.get("min_slice_rows"))
        lines.append(("passed" if how == "passed" else "open", f"{metric} by {column}: {words}"))
    return lines


def _group(threshold: dict[str, Any]) -> tuple[str, ...] | None:
    """Return what a threshold has in common with those that it is told with; None where it is told alone."""
    decided = threshold.get("decided", True)
    kept = threshold.get("kind") == "not_worse" and threshold["passed"] and " = " in threshold["slice"]
    if decided and not kept:
        return None
    how = "passed" if decided else threshold.get("lacks") or "rows"
    return how, threshold["metric"], threshold["kind"], threshold["column"]


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
