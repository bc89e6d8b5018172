"""The metrics and the verdicts of two runs."""

import math
from collections.abc import Mapping
from typing import Any

from penstock.comparison.result import Difference, Part, largest_number, level_of
from penstock.comparison.values import differences
from penstock.core.documents.verdict import Slice, Threshold, Verdict
from penstock.core.text import counted

# The last blessed model belongs to the history of a folder, and not to the run.
_HISTORY = "baseline"
_MOST = 3


def compare_metrics(one: Verdict, other: Verdict, tolerance: float) -> Part:
    """Compare all metrics: of the model, the constant and the linear model, overall and by slice, with intervals."""
    ones, others = _metrics(one), _metrics(other)
    found = sorted(differences(ones, others), key=_importance)
    if not found:
        words = f"{counted(len(one.metrics), 'metric')}, {counted(len(one.slices), 'slice')}"
        return Part("metrics", "identical" if ones == others else "equal", words)
    largest = largest_number(found)
    far = [each for each in found if each.size > tolerance]
    level = level_of(found, tolerance, same="equal")
    if level == "different":
        words = f"{counted(len(far), 'value')}; {far[0]}"
    else:
        words = f"at most {largest:.2g}: {', '.join(next(each.place for each in found if each.size == largest))}"
    return Part("metrics", level, words, largest, tuple(map(str, far[:_MOST])), {"values": len(far)})


def metric_values(one: Verdict | None, other: Verdict | None) -> dict[str, dict[str, float | None]]:
    """Return value and difference of each metric over all rows, by name; `difference` is None if one has no value."""
    pair: list[Mapping[str, Any]] = [each.metrics if each else {} for each in (one, other)]
    values = {name: [each[name].model if name in each else None for each in pair] for name in {**pair[0], **pair[1]}}
    return {
        name: {"a": a, "b": b, "difference": None if a is None or b is None else b - a}
        for name, (a, b) in values.items()
    }


def compare_verdicts(one: Verdict, other: Verdict) -> Part:
    """Compare what was decided, by which thresholds and over which rows; the values are those of the metrics."""
    found = list(differences(_decisions(one), _decisions(other)))
    blessed = ["blessed" if each.blessed else "not blessed" for each in (one, other)]
    if not found:
        passed = sum(each.passed for each in one.thresholds)
        words = f"{blessed[0]}, {passed} of {len(one.thresholds)} thresholds passed"
        return Part("verdict", "identical" if one == other else "equal", words)
    words = " and ".join(blessed) if blessed[0] != blessed[1] else f"both {blessed[0]}; {found[0]}"
    return Part("verdict", "different", words, None, tuple(map(str, found[:_MOST])), {"values": len(found)})


def _importance(found: Difference) -> tuple[bool, bool, float]:
    """Return the place in a list: first the model's metrics over all rows, then other numbers, the largest first."""
    return found.place[1:] != ("model",), not math.isfinite(found.size), -found.size


def _metrics(verdict: Verdict) -> dict[str, Any]:
    parts = {name: getattr(verdict, name) for name in ("confusion", "reliability", "residuals")}
    return {
        **{name: _plain(each, without=(_HISTORY, "kind")) for name, each in verdict.metrics.items()},
        **{f"gain over {name}": _plain(each) for name, each in verdict.gains.items() if name != _HISTORY},
        **{_slice_name(each): _slice(each) for each in verdict.slices},
        **{name: each if each is None else _plain_all(each) for name, each in parts.items()},
        **{f"{each.metric} by {each.attribute}": _plain(each) for each in verdict.fairness or ()},
    }


def _slice(one: Slice) -> dict[str, Any]:
    values = _plain(one, without=("column", "value", "rows", "of_rarer_class", "too_few_rows"))
    values["gains"] = {name: each for name, each in values["gains"].items() if name != _HISTORY}
    return values


def _slice_name(one: Slice) -> str:
    return f"{one.column} = {one.value}"


def _plain(part: Any, without: tuple[str, ...] = ()) -> dict[str, Any]:
    return {name: value for name, value in part.model_dump().items() if name not in without}


def _plain_all(table: Any) -> Any:
    return [_plain(each) for each in table] if isinstance(table, tuple) else _plain(table)


def _decisions(verdict: Verdict) -> dict[str, Any]:
    """Return what was decided and over which rows, without the values that were measured."""
    return {
        "blessed": verdict.blessed,
        "rows": verdict.rows,
        "rows of the rarer class": verdict.of_rarer_class,
        "smallest slice": verdict.min_slice_rows,
        "slices": {
            _slice_name(each): {"rows": each.rows, "of the rarer class": each.of_rarer_class, "few": each.too_few_rows}
            for each in verdict.slices
        },
        "thresholds": {_threshold_name(each): _threshold(each) for each in verdict.thresholds},
    }


def _threshold_name(threshold: Threshold) -> str:
    return " ".join(part for part in (threshold.metric, threshold.kind, threshold.slice) if part)


def _threshold(threshold: Threshold) -> dict[str, Any]:
    return {name: getattr(threshold, name) for name in ("bound", "passed", "decided", "lacks")}
