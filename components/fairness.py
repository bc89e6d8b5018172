"""The fairness of a verdict: the groups of each attribute, and each limit with its outcome in words.

The Evaluator decides by the intervals; this file puts its values into a document.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modules.metrics.results import DECIDED, FAIRNESS_DIFFERENCE, FAIRNESS_RATIO, Fair, fairness_name
from penstock.core.documents.verdict import Compared, Fairness, Group, Threshold
from penstock.core.text import shorten

_MOST_FEW, _LONGEST = 3, 30


def fairness_of(
    thresholds: Iterable[Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]]
) -> tuple[Fairness, ...] | None:
    """Return the groups of each rate and attribute that has a limit; None without one.

    Args:
        thresholds: As ModelVerdict takes them.
        outputs: The values of each output over all rows.
    """
    limits = [each for each in thresholds if each["kind"] in (FAIRNESS_DIFFERENCE, FAIRNESS_RATIO)]
    of_each = {(limit["metric"], limit["attribute"]): limit for limit in limits}
    return tuple(_fairness(limit, outputs) for limit in of_each.values()) or None


def _fairness(limit: Mapping[str, Any], outputs: Mapping[str, Mapping[str, Any]]) -> Fairness:
    metric, attribute, values = limit["metric"], limit["attribute"], outputs.get(limit["output"], {})

    def value(part: Fair, default: Any) -> Any:
        return values.get(fairness_name(metric, attribute, part), default)

    # Without a group the arrays are empty.
    names = [str(name) for name in value(Fair.NAMES, ())]
    return Fairness(
        attribute=attribute,
        metric=metric,
        by_decision=limit["output"] == DECIDED,
        min_rows=limit["min_rows"],
        groups=tuple(
            _group(name, row, limit["min_rows"])
            for name, row in zip(names, value(Fair.GROUPS, ()) if names else (), strict=True)
        ),
        missing=int(value(Fair.MISSING, 0)),
        difference=_compared(value(Fair.DIFFERENCE, ()), names),
        ratio=_compared(value(Fair.RATIO, ()), names),
    )


def _group(name: str, row: Sequence[float], min_rows: int) -> Group:
    rows, considered, counted, rate, low, high = map(float, row)
    return Group(
        name=name,
        rows=int(rows),
        considered=int(considered),
        counted=int(counted),
        rate=rate if math.isfinite(rate) else None,
        ends=(low, high),
        too_few_rows=considered < min_rows,
    )


def _compared(values: Sequence[float], names: Sequence[str]) -> Compared | None:
    if len(values) == 0:
        return None
    value, low, high, greater, lesser = map(float, values)
    return Compared(
        value=value if math.isfinite(value) else None,
        ends=(low, high if math.isfinite(high) else None),
        greater=names[int(greater)],
        lesser=names[int(lesser)],
    )


def fairness_threshold(limit: Mapping[str, Any], outputs: Mapping[str, Mapping[str, Any]]) -> Threshold:
    """Return the outcome of a limit: not decided if fewer than two groups have enough rows."""
    found, kind = _fairness(limit, outputs), limit["kind"]
    compared = found.difference if kind == FAIRNESS_DIFFERENCE else found.ratio
    words, passed = f"{limit['metric']} by {limit['attribute']}: ", True
    if compared is None:
        words += f"not decided, {_least(found)} of at least {limit['min_rows']} rows"
    else:
        passed = _passes(compared, kind, limit["bound"])
        words += _words(found, compared, limit)
    few = _few(found) if compared is not None else ""
    missing = f"; {found.missing:,} rows without a value" if found.missing else ""
    return Threshold(
        metric=limit["metric"],
        kind=kind,
        bound=limit["bound"],
        slice=f"by {limit['attribute']}",
        column=limit["attribute"],
        of_one_slice=False,
        value=None if compared is None else compared.value,
        passed=passed,
        decided=compared is not None,
        lacks="rows" if compared is None else None,
        words=words + few + missing,
    )


def _passes(compared: Compared, kind: str, bound: float) -> bool:
    low, high = compared.ends
    return low <= bound if kind == FAIRNESS_DIFFERENCE else high is None or high >= bound


def _words(found: Fairness, compared: Compared, limit: Mapping[str, Any]) -> str:
    rates = {group.name: group.rate for group in found.groups}
    pair = ", ".join(f"{_shown(name)} {_number(rates[name])}" for name in (compared.greater, compared.lesser))
    is_difference = limit["kind"] == FAIRNESS_DIFFERENCE
    what, side = ("difference", "at most") if is_difference else ("ratio", "at least")
    low, high = compared.ends
    ends = f"{_number(low)} to {_number(high)}"
    value, bound = compared.value, limit["bound"]
    within = value is None or (value <= bound if is_difference else value >= bound)
    if not _passes(compared, limit["kind"], bound):
        outcome = ", which the interval excludes"
    else:
        outcome = "" if within else ", which the interval does not exclude"
    return f"{pair}; {what} {_number(value)} ({ends}), {side} {bound:g} required{outcome}"


def _least(found: Fairness) -> str:
    enough = sum(not group.too_few_rows for group in found.groups)
    return f"{enough} of {len(found.groups)} groups {'has' if enough == 1 else 'have'} a rate"


def _few(found: Fairness) -> str:
    few = [f"{_shown(group.name)} ({group.considered})" for group in found.groups if group.too_few_rows]
    more = f" and {len(few) - _MOST_FEW} more" if len(few) > _MOST_FEW else ""
    return f"; too few rows to compare: {', '.join(few[:_MOST_FEW])}{more}" if few else ""


def _shown(name: str) -> str:
    return shorten(name, _LONGEST)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
