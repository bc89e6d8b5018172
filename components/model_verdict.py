"""ModelVerdict: the Evaluator's results as one document: metrics, baselines, slices, and each threshold in words.

TFMA stores values under composed names (`modules.metrics.results`), and only this file looks them up: in the document
each value has its own field or kind.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import metrics_for_slice_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components import artifacts
from components.artifact_files import read_json, write_document
from components.fairness import fairness_of
from components.tfx_internals import is_blessed, serving_model_folder
from components.thresholds import Metrics, Outputs, Slice, Values, evaluate_threshold, finite
from modules.metrics.results import (
    BASELINE,
    CONFUSION,
    DECISION_METRICS,
    MINORITY_COUNT,
    RELIABILITY,
    RESIDUAL_SHARES,
    RESIDUALS,
    ROWS,
    Kind,
    interval_bounds,
    interval_of,
    name_of,
)
from modules.signatures import CLASSES_FILE, CONSTANT_OUTPUT, LINEAR_OUTPUT, MODEL_OUTPUT
from penstock.core.documents import verdict as verdict_documents
from penstock.core.errors import GateError


def load(uri: str) -> tuple[Metrics, Metrics | None]:
    """Return the values of the candidate, and those of the baseline if one was evaluated.

    Args:
        uri: The folder of a ModelEvaluation.
    """
    models: dict[str, Metrics] = {}
    for part in tfma.load_metrics(uri):
        name = _key_of(part)
        for item in part.metric_keys_and_values:
            if not item.key.is_diff:
                outputs = models.setdefault(item.key.model_name, {}).setdefault(name, {})
                outputs.setdefault(item.key.output_name, {})[item.key.name] = _value(item.value)
    if tfma.CANDIDATE_KEY in models:
        return models[tfma.CANDIDATE_KEY], models.get(tfma.BASELINE_KEY)
    return models[""], None


def _key_of(part: metrics_for_slice_pb2.MetricsForSlice) -> Slice:
    if not part.slice_key.single_slice_keys:
        return ()
    key = part.slice_key.single_slice_keys[0]
    value = getattr(key, key.WhichOneof("kind"))
    return key.column, value.decode() if isinstance(value, bytes) else value


def _value(value: metrics_for_slice_pb2.MetricValue) -> Any:
    if value.HasField("array_value"):
        if value.array_value.bytes_values:
            return [text.decode() for text in value.array_value.bytes_values]
        return np.reshape(value.array_value.float64_values, tuple(value.array_value.shape))
    return value.double_value.value


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
    """Write the verdict.

    Args:
        evaluation: The metrics of the Evaluator.
        blessing: Whether the Evaluator blessed the model.
        model: The model, for the names of its classes.
        verdict: The verdict.
        thresholds: JSON list of thresholds: metric, kind, bound, slice; see `thresholds_of`.
        higher_is_better: JSON object, `metric: true` where a greater value is better.
        min_slice_rows: A slice of fewer rows has no interval and breaks no rule.
        code: Fingerprint of this module, for the cache.
    """
    candidate, baseline = load(evaluation.uri)
    classes = class_names(serving_model_folder(model.uri))
    blessed = is_blessed(blessing)
    result = judge(
        candidate,
        baseline,
        json.loads(thresholds),
        json.loads(higher_is_better),
        min_slice_rows=min_slice_rows,
        classes=classes,
        blessed=blessed,
    )
    write_document(verdict.uri, _consistent(result, evaluation.uri))
    verdict.set_int_custom_property("blessed", int(blessed))


def _consistent(result: verdict_documents.Verdict, uri: str) -> verdict_documents.Verdict:
    """Return the verdict, with a failed threshold if the Evaluator refused the model for another reason."""
    failed = [threshold.words for threshold in result.thresholds if not threshold.passed]
    if result.blessed and failed:
        raise GateError(
            "the Evaluator blessed a model that misses a threshold",
            "that the two agree",
            "; ".join(failed),
            f"report this with the files in {uri}",
        )
    if result.blessed or failed:
        return result
    words = f"the Evaluator refused the model for a reason that is in its validations, in {uri}"
    refused = verdict_documents.Threshold(metric="", passed=False, words=words)
    return result.model_copy(update={"thresholds": (*result.thresholds, refused)})


def judge(
    candidate: Metrics,
    baseline: Metrics | None,
    thresholds: Iterable[Mapping[str, Any]],
    higher_is_better: Mapping[str, bool],
    *,
    min_slice_rows: int = 0,
    classes: Sequence[str] = (),
    blessed: bool = False,
) -> verdict_documents.Verdict:
    """Return rows, metrics, tables, gains, slices and thresholds; a missing value is None.

    Args:
        candidate: The evaluated model's metrics by slice and output.
        baseline: The metrics of the latest blessed model, or None.
        thresholds: As in the component.
        higher_is_better: As in the component.
        min_slice_rows: As in the component.
        classes: The classes of a multiclass label by number.
        blessed: Whether the Evaluator blessed the model.
    """
    overall, names, thresholds = candidate[()], list(higher_is_better), list(thresholds)
    model = overall[MODEL_OUTPUT]
    before = baseline[()][MODEL_OUTPUT] if baseline else {}
    return verdict_documents.Verdict(
        rows=int(model[ROWS]),
        of_rarer_class=_count(model, MINORITY_COUNT),
        min_slice_rows=min_slice_rows,
        metrics={name: _metric(name, overall, before) for name in names},
        gains=_gains(model, names),
        slices=tuple(
            _slice(key, candidate[key], names, min_slice_rows=min_slice_rows, classes=classes)
            for key in sorted(candidate, key=lambda key: [str(part) for part in key])
            if key
        ),
        thresholds=tuple(
            judged
            for threshold in thresholds
            for judged in evaluate_threshold(
                threshold,
                candidate,
                baseline,
                higher_is_better=higher_is_better.get(threshold["metric"], True),
                min_rows=min_slice_rows,
            )
        ),
        blessed=blessed,
        decision=_decision(overall),
        fairness=fairness_of(thresholds, overall),
        **dict(tables(overall, classes)),
    )


def _decision(outputs: Outputs) -> dict[str, verdict_documents.Reached] | None:
    """Return what the decision reaches over all rows; None without a decision."""
    found = {
        name: verdict_documents.Reached(value=finite(values.get(name)), interval=_interval(values, name))
        for output, values in outputs.items()
        if output in DECISION_METRICS
        for name in DECISION_METRICS[output]
        if name in values
    }
    return found or None


def tables(outputs: Outputs, classes: Sequence[str] = ()) -> verdict_documents.Tables:
    """Return confusion, reliability and residuals of one slice, as far as the task has them.

    Args:
        outputs: The values of each output.
        classes: The classes of a multiclass label by number; by default 0 and 1.
    """
    values = outputs[MODEL_OUTPUT]
    fields: dict[str, Any] = {}
    if CONFUSION in values:
        fields["confusion"] = _confusion(values[CONFUSION], classes or ("0", "1"))
    if RELIABILITY in values:
        fields["reliability"] = tuple(
            verdict_documents.Bin(predicted=predicted, found=true, rows=int(rows))
            for predicted, true, rows in values[RELIABILITY].tolist()
            if rows
        )
    if RESIDUALS in values:
        fields["residuals"] = tuple(
            verdict_documents.Quantile(share=share, value=value)
            for share, value in zip(RESIDUAL_SHARES, values[RESIDUALS].tolist(), strict=True)
        )
    return verdict_documents.Tables(**fields)


def class_names(folder: str) -> list[str]:
    """Return the names of a model's classes; empty if it has none."""
    return list(map(str, read_json(folder, CLASSES_FILE))) if fileio.exists(f"{folder}/{CLASSES_FILE}") else []


def _metric(name: str, overall: Outputs, before: Values) -> verdict_documents.Metric:
    model = overall[MODEL_OUTPUT]
    return verdict_documents.Metric(
        model=finite(model.get(name)),
        interval=_interval(model, name),
        ends=_ends(model, name),
        constant=finite(overall[CONSTANT_OUTPUT].get(name)),
        linear=finite(overall.get(LINEAR_OUTPUT, {}).get(name)),
        baseline=finite(before.get(name)),
    )


def _slice(
    key: Slice, outputs: Outputs, names: Sequence[str], *, min_slice_rows: int, classes: Sequence[str]
) -> verdict_documents.Slice:
    model = outputs[MODEL_OUTPUT]
    few = model[ROWS] < min_slice_rows
    return verdict_documents.Slice(
        column=key[0],
        value=key[1],
        rows=int(model[ROWS]),
        of_rarer_class=_count(model, MINORITY_COUNT),
        too_few_rows=few,
        metrics={name: finite(model.get(name)) for name in names},
        intervals={name: None if few else _interval(model, name) for name in names},
        ends={name: None if few else _ends(model, name) for name in names},
        constant={name: finite(outputs[CONSTANT_OUTPUT].get(name)) for name in names},
        linear={name: finite(outputs.get(LINEAR_OUTPUT, {}).get(name)) for name in names},
        gains={} if few else _gains(model, names),
        **dict(tables(outputs, classes)),
    )


def _count(values: Values, name: str) -> int | None:
    count = finite(values.get(name))
    return None if count is None else int(count)


def _interval(values: Values, name: str) -> float | None:
    return finite(values.get(interval_of(name)))


def _ends(values: Values, name: str) -> tuple[float, float] | None:
    bounds = interval_bounds(name, finite(values.get(name)), _interval(values, name))
    return None if bounds is None else (bounds[0], bounds[1])


def _gains(values: Values, names: Sequence[str]) -> dict[str, verdict_documents.Gain]:
    """Return by how much the model is better than each of the others, on the deciding metric."""
    gains = {}
    for metric in names:
        for other in (CONSTANT_OUTPUT, LINEAR_OUTPUT, BASELINE):
            name = name_of(metric, Kind.GAIN, other)
            if name in values:
                gains[other] = verdict_documents.Gain(
                    metric=metric, gain=finite(values[name]), interval=_interval(values, name)
                )
    return gains


def _confusion(counts: Any, classes: Sequence[str]) -> verdict_documents.Confusion:
    """Return the classes, and the rows by true and predicted class; None is all other classes, if they have rows."""
    shown = len(counts) - 1
    names = (*classes[:shown], *(str(number) for number in range(len(classes), shown)))
    if counts[shown].any() or counts[:, shown].any():
        return verdict_documents.Confusion(classes=(*names, None), rows=counts.astype(int).tolist())
    return verdict_documents.Confusion(classes=names, rows=counts[:shown, :shown].astype(int).tolist())
