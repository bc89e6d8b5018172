"""Each threshold with its verdict and in words, from the values that the Evaluator decided by."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from components.evaluated import Metrics, Slice, finite
from modules.figure_names import BASELINE, RARER, ROWS, Kind, interval_of, name_of
from modules.reliable import LEAST_OF_CLASS, is_too_few
from modules.signatures import MODEL_OUTPUT
from pipeline.verdict_documents import Threshold

_FIRST = "no earlier blessed model to compare with"


def held(
    threshold: Mapping[str, Any],
    candidate: Metrics,
    baseline: Metrics | None,
    *,
    higher_is_better: bool,
    min_rows: int,
) -> Iterable[Threshold]:
    """Yield the threshold once for each slice that it binds, with value, verdict and words.

    Args:
        threshold: Metric, kind, bound and slice, as ModelVerdict takes them.
        candidate: The evaluated model's values.
        baseline: Those of the latest blessed model.
        higher_is_better: Whether a greater value of the metric is better.
        min_rows: Slices of fewer rows break no rule.
    """
    slices = _bound_slices(threshold["slice"], candidate)
    if not slices:
        where = f"every {threshold['slice']}"
        words = f"{threshold['metric']} {where}: no evaluated row has a value in that column"
        yield _judged(threshold, where, None, False, words, of_one_slice=False)
    elif threshold["kind"] == "not_worse" and baseline is None:
        where = f"every {threshold['slice']}"
        words = f"{threshold['metric']} {where}: {_FIRST}"
        yield _judged(threshold, where, None, True, words, of_one_slice=False)
        return
    for key in slices:
        where = f"{key[0]} = {key[1]}" if key else "overall"
        values = candidate[key][MODEL_OUTPUT]
        before = baseline.get(key, {}).get(MODEL_OUTPUT, {}) if baseline is not None else None
        if key and values[ROWS] < min_rows:
            rows = int(values[ROWS])
            words = f"{threshold['metric']} {where}: not decided, too few rows: {rows} of {min_rows}"
            yield _judged(threshold, where, finite(values.get(threshold["metric"])), True, words, lacks="rows")
        elif threshold["kind"] == "not_worse":
            yield _not_worse(threshold, where, values)
        else:
            yield _bound(threshold, where, values, before, higher_is_better=higher_is_better)


def _judged(
    threshold: Mapping[str, Any],
    where: str,
    value: float | None,
    passed: bool,
    words: str,
    *,
    of_one_slice: bool | None = None,
    lacks: Literal["rows", "class"] | None = None,
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


def _bound(
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
        known = value is not None
        value = _gain(value, finite(before.get(metric)) if before else None, higher_is_better)
        # Without a baseline a value is all that is asked; there must be one.
        passed = known if before is None else value is not None and value >= bound
    else:
        passed = value is not None and (value >= bound if kind == "min" else value <= bound)
    return _judged(threshold, where, value, passed, _words(metric, kind, where, value, bound, before is None))


def _not_worse(threshold: Mapping[str, Any], where: str, values: Mapping[str, Any]) -> Threshold:
    metric = threshold["metric"]
    beyond = finite(values.get(name_of(metric, Kind.WORSE)))
    passed = beyond is not None and beyond <= 0
    name = name_of(metric, Kind.GAIN, BASELINE)
    gain, width = finite(values.get(name)), finite(values.get(interval_of(name)))
    if gain is not None and is_too_few(metric, values.get(RARER)):
        words = f"not decided, too few of the rarer class: {int(values[RARER])} of {LEAST_OF_CLASS}"
        return _judged(threshold, where, gain, True, f"{metric} {where}: {words}", lacks="class")
    if gain is None:
        words = "no value to compare" if passed else "no value, and the last blessed model has one"
    elif width is None:
        words = f"{gain:+.4f} against the last blessed model, without an interval to decide by"
    else:
        verdict = "not worse beyond the interval" if passed else "worse beyond the interval"
        words = f"{gain:+.4f} ±{width:.4f} against the last blessed model, {verdict}"
    return _judged(threshold, where, gain, passed, f"{metric} {where}: {words}")


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


def _bound_slices(column: str | None, metrics: Metrics) -> Sequence[Slice]:
    if column is None:
        return [()]
    return sorted((key for key in metrics if key and key[0] == column), key=str)
