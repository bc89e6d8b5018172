"""The thresholds of a verdict: the result of each, with value, verdict and words, for each slice that it applies to.

The Evaluator decides whether a model is blessed; this file puts the reasons into words.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from components.fairness import fairness_threshold
from modules.metrics.results import (
    BASELINE,
    FAIRNESS_DIFFERENCE,
    FAIRNESS_RATIO,
    MIN_CLASS_ROWS,
    MINORITY_COUNT,
    ROWS,
    Kind,
    interval_of,
    lacks_class_rows,
    name_of,
)
from modules.signatures import LINEAR_OUTPUT, MODEL_OUTPUT
from penstock.core.documents.verdict import Threshold

# (column, value) of a slice; () is the whole split.
Slice = tuple[Any, ...]
Values = dict[str, Any]
Outputs = dict[str, Values]
Metrics = dict[Slice, Outputs]

_FIRST = "no earlier blessed model to compare with"


def finite(value: float | None) -> float | None:
    """Return a finite number, or None."""
    return None if value is None or not math.isfinite(value) else float(value)


def evaluate_threshold(
    threshold: Mapping[str, Any],
    candidate: Metrics,
    baseline: Metrics | None,
    *,
    higher_is_better: bool,
    min_rows: int,
) -> Iterable[Threshold]:
    """Yield the result of a threshold for each slice that it applies to, with value, verdict and words.

    Args:
        threshold: Metric, kind, bound and slice, as ModelVerdict takes them.
        candidate: The values of the evaluated model.
        baseline: The values of the latest blessed model.
        higher_is_better: Whether a greater value of the metric is better.
        min_rows: A slice of fewer rows breaks no rule.
    """
    if threshold["kind"] in (FAIRNESS_DIFFERENCE, FAIRNESS_RATIO):
        yield fairness_threshold(threshold, candidate[()])
        return
    slices = _slices_of(threshold["slice"], candidate)
    if not slices:
        where = f"every {threshold['slice']}"
        words = f"{threshold['metric']} {where}: no evaluated row has a value in that column"
        yield _threshold_result(threshold, where, None, False, words, of_one_slice=False)
    elif threshold["kind"] == "promise":
        yield from (_kept(threshold, key, candidate[key], min_rows) for key in slices)
        return
    elif threshold["kind"] == "not_worse" and baseline is None:
        where = f"every {threshold['slice']}"
        words = f"{threshold['metric']} {where}: {_FIRST}"
        yield _threshold_result(threshold, where, None, True, words, of_one_slice=False)
        return
    for key in slices:
        where = f"{key[0]} = {key[1]}" if key else "overall"
        values = candidate[key][MODEL_OUTPUT]
        before = baseline.get(key, {}).get(MODEL_OUTPUT, {}) if baseline is not None else None
        if key and values[ROWS] < min_rows:
            rows = int(values[ROWS])
            words = f"{threshold['metric']} {where}: not decided, too few rows: {rows} of {min_rows}"
            yield _threshold_result(
                threshold, where, finite(values.get(threshold["metric"])), True, words, lacks="rows"
            )
        elif threshold["kind"] == "not_worse":
            name = name_of(threshold["metric"], Kind.WORSE), name_of(threshold["metric"], Kind.GAIN, BASELINE)
            yield _not_worse(threshold, where, values, name, "last blessed")
        elif threshold["kind"] == "not_worse_than_linear":
            against = threshold["metric"], Kind.WORSE_THAN, LINEAR_OUTPUT
            name = name_of(*against), name_of(threshold["metric"], Kind.GAIN, LINEAR_OUTPUT)
            yield _not_worse(threshold, where, values, name, "linear")
        else:
            yield _check_bound(threshold, where, values, before, higher_is_better=higher_is_better)


def _threshold_result(
    threshold: Mapping[str, Any],
    where: str,
    value: float | None,
    passed: bool,
    words: str,
    *,
    of_one_slice: bool | None = None,
    lacks: Literal["rows", "class", "interval"] | None = None,
) -> Threshold:
    return Threshold(
        metric=threshold["metric"],
        kind=threshold["kind"],
        bound=threshold["bound"],
        slice=where,
        column=threshold["slice"],
        of_one_slice=threshold["slice"] is not None if of_one_slice is None else of_one_slice,
        value=value,
        passed=passed,
        decided=lacks is None,
        lacks=lacks,
        words=words,
    )


def _check_bound(
    threshold: Mapping[str, Any],
    where: str,
    values: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    *,
    higher_is_better: bool,
) -> Threshold:
    metric, kind, bound = threshold["metric"], threshold["kind"], threshold["bound"]
    value = finite(values.get(metric))
    if kind == "min_improvement":
        has_value = value is not None
        value = _gain(value, finite(before.get(metric)) if before else None, higher_is_better)
        # Without a baseline it is enough that there is a value.
        passed = has_value if before is None else value is not None and value >= bound
    else:
        passed = value is not None and (value >= bound if kind == "min" else value <= bound)
    return _threshold_result(threshold, where, value, passed, _words(metric, kind, where, value, bound, before is None))


def _not_worse(
    threshold: Mapping[str, Any], where: str, values: Mapping[str, Any], names: tuple[str, str], other: str
) -> Threshold:
    """Return the result of a comparison with another model, by the names of the loss and of the gain."""
    metric, (worse, name) = threshold["metric"], names
    beyond = finite(values.get(worse))
    passed = beyond is not None and beyond <= 0
    gain, width = finite(values.get(name)), finite(values.get(interval_of(name)))
    lacks: Literal["class", "interval"] | None = None
    if gain is not None and lacks_class_rows(metric, values.get(MINORITY_COUNT)):
        passed, lacks = True, "class"
        words = f"not decided, too few of the rarer class: {int(values[MINORITY_COUNT])} of {MIN_CLASS_ROWS}"
    elif gain is None:
        words = "no value to compare" if passed else f"no value, and the {other} model has one"
    elif width is None:
        lacks = "interval"
        words = f"{gain:+.4f} against {other}, not decided without an interval"
    else:
        words = f"{gain:+.4f} ±{width:.4f} against {other}, {'not worse' if passed else 'worse'}"
    return _threshold_result(threshold, where, gain, passed, f"{metric} {where}: {words}", lacks=lacks)


def _kept(threshold: Mapping[str, Any], key: Slice, outputs: Outputs, min_rows: int) -> Threshold:
    """Return whether a decision keeps what was configured, within what chance explains."""
    metric, values, column = threshold["metric"], outputs.get(threshold["output"], {}), threshold["slice"]
    where = f"{key[0]} = {key[1]}" if key else "overall"
    value = finite(values.get(metric))
    rows = int(outputs[MODEL_OUTPUT][ROWS])
    if key and rows < min_rows:
        words = f"decision {metric} {where}: not decided, too few rows: {rows} of {min_rows}"
        return _threshold_result(threshold, where, value, True, words, lacks="rows")
    beyond = finite(values.get(name_of(metric, Kind.PROMISE, column or "")))
    most = threshold["side"] == "most"
    if value is None or beyond is None:
        shown, margin = "no value", ""
    else:
        under = value - threshold["bound"] if most else threshold["bound"] - value
        shown, margin = f"{value:.4f}", f" ±{under - beyond:.4f}"
    side = "at most" if most else "at least"
    words = f"decision {metric} {where}: {shown}, {side} {threshold['bound']:g}{margin} required"
    return _threshold_result(threshold, where, value, beyond is not None and beyond <= 0, words)


def _words(metric: str, kind: str, where: str, value: float | None, bound: float, first: bool) -> str:
    if kind == "min_improvement":
        if first:
            return f"{metric} {where}: {_FIRST}"
        gain = "no value" if value is None else f"{value:+.4f}"
        return f"{metric} {where}: {gain} over the last blessed model, at least {bound:+g} required"
    side = "at least" if kind == "min" else "at most"
    return f"{metric} {where}: {_number(value)}, {side} {_number(bound)} required"


def _number(value: float | None) -> str:
    return "no value" if value is None else f"{value:.4g}"


def _gain(value: float | None, before: float | None, higher_is_better: bool) -> float | None:
    if value is None or before is None:
        return None
    return value - before if higher_is_better else before - value


def _slices_of(column: str | None, metrics: Metrics) -> Sequence[Slice]:
    if column is None:
        return [()]
    return sorted((key for key in metrics if key and key[0] == column), key=str)
