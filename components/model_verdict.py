"""ModelVerdict: the Evaluator's result in plain data: metrics beside baselines, slices, and each threshold in words."""

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tensorflow_model_analysis as tfma
from tfx.components.evaluator import constants
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts

from components import artifacts
from modules.signatures import CONSTANT_OUTPUT, MODEL_OUTPUT
from pipeline.errors import GateError

VERDICT_FILE = "verdict.json"

# (column, value) of a slice; () is the whole split.
Slice = tuple[Any, ...]
Metrics = dict[Slice, dict[str, dict[str, float]]]


@component
def ModelVerdict(
    evaluation: InputArtifact[standard_artifacts.ModelEvaluation],
    blessing: InputArtifact[standard_artifacts.ModelBlessing],
    verdict: OutputArtifact[artifacts.ModelVerdict],
    thresholds: Parameter[str],
    higher_is_better: Parameter[str],
    code: Parameter[str],
) -> None:
    """Write `verdict.json`.

    Args:
        evaluation: The Evaluator's metrics.
        blessing: Whether the Evaluator blessed the model.
        verdict: The verdict.
        thresholds: JSON list of thresholds: metric, kind (`min`, `max`, `min_improvement`), bound, slice (a column).
        higher_is_better: JSON object, `metric: true` where a greater value is better.
        code: Fingerprint of this module, for the cache.
    """
    candidate, baseline = _load(evaluation.uri)
    result = judge(candidate, baseline, json.loads(thresholds), json.loads(higher_is_better))
    result["blessed"] = blessing.get_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY) == (
        constants.BLESSED_VALUE
    )
    _agree(result, evaluation.uri)
    with open(os.path.join(verdict.uri, VERDICT_FILE), "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    verdict.set_int_custom_property("blessed", int(result["blessed"]))


def _agree(result: dict[str, Any], uri: str) -> None:
    """Hold the thresholds' words against the Evaluator's verdict, which alone decides."""
    failed = [threshold["words"] for threshold in result["thresholds"] if not threshold["passed"]]
    if result["blessed"] and failed:
        raise GateError(
            "the Evaluator blessed a model that misses a threshold",
            "that the two agree",
            "; ".join(failed),
            f"report this with the files in {uri}",
        )
    if not result["blessed"] and not failed:
        words = f"the Evaluator refused the model for a reason that its validations tell, in {uri}"
        entry = {"metric": "", "kind": "", "bound": None, "slice": "", "value": None, "passed": False, "words": words}
        result["thresholds"].append(entry)


def judge(
    candidate: Metrics,
    baseline: Metrics | None,
    thresholds: Iterable[Mapping[str, Any]],
    higher_is_better: Mapping[str, bool],
) -> dict[str, Any]:
    """Return rows, metrics, slices and thresholds as plain data; a metric that has no value is None.

    Args:
        candidate: The evaluated model's metrics by slice and output.
        baseline: The same of the latest blessed model, or None where there was none.
        thresholds: As in the component.
        higher_is_better: As in the component.
    """
    whole = candidate[()]
    names = list(higher_is_better)
    return {
        "rows": int(whole[MODEL_OUTPUT]["example_count"]),
        "metrics": {
            name: {
                "model": _finite(whole[MODEL_OUTPUT].get(name)),
                "constant": _finite(whole[CONSTANT_OUTPUT].get(name)),
                "baseline": _finite(baseline[()][MODEL_OUTPUT].get(name)) if baseline else None,
            }
            for name in names
        },
        "slices": [
            {
                "column": key[0],
                "value": key[1],
                "rows": int(outputs[MODEL_OUTPUT]["example_count"]),
                "metrics": {name: _finite(outputs[MODEL_OUTPUT].get(name)) for name in names},
                "constant": {name: _finite(outputs[CONSTANT_OUTPUT].get(name)) for name in names},
            }
            for key, outputs in sorted(candidate.items(), key=lambda item: [str(part) for part in item[0]])
            if key
        ],
        "thresholds": [
            held
            for threshold in thresholds
            for held in _held(threshold, candidate, baseline, higher_is_better[threshold["metric"]])
        ],
    }


def _held(
    threshold: Mapping[str, Any], candidate: Metrics, baseline: Metrics | None, higher_is_better: bool
) -> Iterable[dict[str, Any]]:
    """Yield the threshold once for each slice that it binds, with value, verdict and words."""
    metric, kind, bound = threshold["metric"], threshold["kind"], threshold["bound"]
    slices = _bound_slices(threshold["slice"], candidate)
    if not slices:
        where = f"every {threshold['slice']}"
        yield {
            **{"metric": metric, "kind": kind, "bound": bound, "slice": where, "value": None, "passed": False},
            "words": f"{metric} {where}: no evaluated row has a value in that column",
        }
    for key in slices:
        value = _finite(candidate[key][MODEL_OUTPUT].get(metric))
        known = value is not None
        if kind == "min_improvement":
            before = _finite(baseline[key][MODEL_OUTPUT].get(metric)) if baseline else None
            value = _gain(value, before, higher_is_better)
            # Without a baseline a value is all that is asked; there must be one.
            passed = known if baseline is None else value is not None and value >= bound
        else:
            passed = value is not None and (value >= bound if kind == "min" else value <= bound)
        where = f"{key[0]} = {key[1]}" if key else "overall"
        yield {
            **{"metric": metric, "kind": kind, "bound": bound, "slice": where, "value": value, "passed": passed},
            "words": _words(metric, kind, where, value, bound, baseline is None),
        }


def _words(metric: str, kind: str, where: str, value: float | None, bound: float, first: bool) -> str:
    if kind == "min_improvement":
        if first:
            return f"{metric} {where}: no earlier blessed model to compare with"
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


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _load(uri: str) -> tuple[Metrics, Metrics | None]:
    """Return the candidate's metrics, and the baseline's where a baseline was evaluated."""
    candidate = _metrics(uri, tfma.CANDIDATE_KEY)
    if candidate:
        return candidate, _metrics(uri, tfma.BASELINE_KEY)
    return _metrics(uri, None), None


def _metrics(uri: str, model: str | None) -> Metrics:
    result = tfma.load_eval_result(uri, model_name=model)
    metrics: Metrics = {}
    for key, outputs in result.slicing_metrics:
        name = tuple(part.decode() if isinstance(part, bytes) else part for part in key[0]) if key else ()
        metrics[name] = {output: _values(subkeys.get("", {})) for output, subkeys in outputs.items()}
    return metrics


def _values(metrics: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value["doubleValue"]) for name, value in metrics.items() if "doubleValue" in value}
