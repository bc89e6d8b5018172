"""ModelVerdict: the Evaluator's result in plain data: metrics beside baselines, slices, and each threshold in words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components import artifacts, evaluated
from components.artifact_files import read_json, write_json
from components.evaluated import Metrics, Outputs, Slice, Values, finite
from components.tfx_internals import is_blessed, serving_model_folder
from components.threshold_words import held
from modules.figure_names import CONFUSION, INTERVAL, OVER, RARER, RELIABILITY, RESIDUAL_SHARES, RESIDUALS, ROWS
from modules.reliable import ends
from modules.signatures import CLASSES_FILE, CONSTANT_OUTPUT, LINEAR_OUTPUT, MODEL_OUTPUT
from pipeline.errors import GateError

VERDICT_FILE = "verdict.json"


@component
def ModelVerdict(
    evaluation: InputArtifact[standard_artifacts.ModelEvaluation],
    blessing: InputArtifact[standard_artifacts.ModelBlessing],
    model: InputArtifact[standard_artifacts.Model],
    verdict: OutputArtifact[artifacts.ModelVerdict],
    thresholds: Parameter[str],
    higher_is_better: Parameter[str],
    min_slice_rows: Parameter[int],
    code: Parameter[str],
) -> None:
    """Write `verdict.json`.

    Args:
        evaluation: The Evaluator's metrics.
        blessing: Whether the Evaluator blessed the model.
        model: The model, for the names of its classes.
        verdict: The verdict.
        thresholds: JSON list of thresholds: metric, kind (`min`, `max`, `min_improvement`, `not_worse`), bound, slice.
        higher_is_better: JSON object, `metric: true` where a greater value is better.
        min_slice_rows: Slices of fewer rows have no interval and break no rule.
        code: Fingerprint of this module, for the cache.
    """
    candidate, baseline = evaluated.load(evaluation.uri)
    classes = class_names(serving_model_folder(model.uri))
    result = judge(
        candidate,
        baseline,
        json.loads(thresholds),
        json.loads(higher_is_better),
        min_slice_rows=min_slice_rows,
        classes=classes,
    )
    result.update(tables(candidate[()], classes))
    result["blessed"] = is_blessed(blessing)
    _agree(result, evaluation.uri)
    write_json(verdict.uri, VERDICT_FILE, result)
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
        entry = {"metric": "", "kind": "", "bound": None, "slice": "", "column": None, "value": None}
        result["thresholds"].append({**entry, "passed": False, "decided": True, "words": words})


def judge(
    candidate: Metrics,
    baseline: Metrics | None,
    thresholds: Iterable[Mapping[str, Any]],
    higher_is_better: Mapping[str, bool],
    *,
    min_slice_rows: int = 0,
    classes: Sequence[str] = (),
) -> dict[str, Any]:
    """Return rows, metrics, gains, slices and thresholds as plain data; what has no value is None.

    Args:
        candidate: The evaluated model's metrics by slice and output.
        baseline: The same of the latest blessed model, or None where there was none.
        thresholds: As in the component.
        higher_is_better: As in the component.
        min_slice_rows: As in the component.
        classes: The classes of a multiclass label by their numbers.
    """
    whole, names = candidate[()], list(higher_is_better)
    before = baseline[()][MODEL_OUTPUT] if baseline else {}
    return {
        "rows": int(whole[MODEL_OUTPUT][ROWS]),
        "of_rarer_class": _count(whole[MODEL_OUTPUT], RARER),
        "min_slice_rows": min_slice_rows,
        "metrics": {
            name: {
                "model": finite(whole[MODEL_OUTPUT].get(name)),
                "interval": finite(whole[MODEL_OUTPUT].get(name + INTERVAL)),
                "ends": _ends(whole[MODEL_OUTPUT], name),
                "constant": finite(whole[CONSTANT_OUTPUT].get(name)),
                "linear": finite(whole.get(LINEAR_OUTPUT, {}).get(name)),
                "baseline": finite(before.get(name)),
            }
            for name in names
        },
        "gains": _gains(whole[MODEL_OUTPUT]),
        "slices": [
            {**_slice(key, candidate[key], names, min_slice_rows=min_slice_rows), **tables(candidate[key], classes)}
            for key in sorted(candidate, key=lambda key: [str(part) for part in key])
            if key
        ],
        "thresholds": [
            told
            for threshold in thresholds
            for told in held(
                threshold,
                candidate,
                baseline,
                higher_is_better=higher_is_better[threshold["metric"]],
                min_rows=min_slice_rows,
            )
        ],
    }


def tables(outputs: Outputs, classes: Sequence[str] = ()) -> dict[str, Any]:
    """Return confusion, reliability and residuals of one slice, of those that the task has.

    Args:
        outputs: The values of each output.
        classes: The classes of a multiclass label by their numbers; without any they are 0 and 1.
    """
    values = outputs[MODEL_OUTPUT]
    found: dict[str, Any] = {}
    if CONFUSION in values:
        found[CONFUSION] = _confusion(values[CONFUSION], classes or ("0", "1"))
    if RELIABILITY in values:
        found[RELIABILITY] = [
            {"predicted": predicted, "found": true, "rows": int(rows)}
            for predicted, true, rows in values[RELIABILITY].tolist()
            if rows
        ]
    if RESIDUALS in values:
        found[RESIDUALS] = [
            {"share": share, "value": value}
            for share, value in zip(RESIDUAL_SHARES, values[RESIDUALS].tolist(), strict=True)
        ]
    return found


def class_names(folder: str) -> list[str]:
    """Return the names of a model's classes; none where it has no such list."""
    return list(map(str, read_json(folder, CLASSES_FILE))) if fileio.exists(f"{folder}/{CLASSES_FILE}") else []


def _slice(key: Slice, outputs: Outputs, names: Sequence[str], *, min_slice_rows: int) -> dict[str, Any]:
    model = outputs[MODEL_OUTPUT]
    few = model[ROWS] < min_slice_rows
    return {
        "column": key[0],
        "value": key[1],
        "rows": int(model[ROWS]),
        "of_rarer_class": _count(model, RARER),
        "too_few_rows": few,
        "metrics": {name: finite(model.get(name)) for name in names},
        "intervals": {name: None if few else finite(model.get(name + INTERVAL)) for name in names},
        "ends": {name: None if few else _ends(model, name) for name in names},
        "constant": {name: finite(outputs[CONSTANT_OUTPUT].get(name)) for name in names},
        "linear": {name: finite(outputs.get(LINEAR_OUTPUT, {}).get(name)) for name in names},
        "gains": {} if few else _gains(model),
    }


def _count(values: Values, name: str) -> int | None:
    found = finite(values.get(name))
    return None if found is None else int(found)


def _ends(values: Values, name: str) -> list[float] | None:
    return ends(name, finite(values.get(name)), finite(values.get(name + INTERVAL)))


def _gains(values: Values) -> dict[str, Any]:
    """Return by how much the model is better than what stands beside it, on the metric that decides."""
    return {
        beside: {
            "metric": metric,
            "gain": finite(value),
            "interval": finite(values.get(f"{metric}{OVER}{beside}{INTERVAL}")),
        }
        for name, value in values.items()
        for metric, over, beside in [name.partition(OVER)]
        if over and "/" not in metric + beside
    }


def _confusion(counts: Any, classes: Sequence[str]) -> dict[str, Any]:
    """Return the names of the classes and the rows of each, by true and given class; others are left out if none."""
    shown = len(counts) - 1
    names = [*classes[:shown], *(str(number) for number in range(len(classes), shown))]
    if counts[shown].any() or counts[:, shown].any():
        return {"classes": [*names, None], "rows": counts.astype(int).tolist()}
    return {"classes": names, "rows": counts[:shown, :shown].astype(int).tolist()}
