"""MonotonicityGate: fails the run if the served model breaks a monotonic constraint on rows of `eval`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts

from components import artifacts
from components.artifact_files import local_input, write_document
from components.in_process import BATCH_ROWS, split_files
from components.tfx_internals import serving_model_folder
from modules.monotonicity import Columns, plans, probed, spread_rows
from modules.signatures import OUTPUTS
from modules.transform.decoding import decoded
from penstock.core.documents.monotonicity import Monotonicity, Probed
from penstock.core.errors import GateError
from penstock.core.features import FeatureSpec, served_names
from penstock.parity.columns import served_columns
from penstock.versions.signature import signatures_of

_SPLIT, _SIGNATURE = "eval", "serving_default"


@component
def MonotonicityGate(
    examples: InputArtifact[standard_artifacts.Examples],
    model: InputArtifact[standard_artifacts.Model],
    report: OutputArtifact[artifacts.MonotonicityReport],
    features: Parameter[str],
    directions: Parameter[str],
    code: Parameter[str],
) -> None:
    """Write the probes, or raise a GateError with each column whose constraint is broken or without any probe.

    Args:
        examples: The rows, with a split `eval`.
        model: The model, as it will be pushed.
        report: The probes.
        features: The FeatureSpec as JSON.
        directions: JSON object, `column: increasing` or `decreasing`.
        code: Fingerprint of this module, for the cache.
    """
    with local_input(serving_model_folder(model.uri)) as folder:
        spec = FeatureSpec.from_json(features)
        document = _probe(folder, split_files(examples, _SPLIT), spec, json.loads(directions))
    write_document(report.uri, document)
    fail_run(document)


def fail_run(document: Monotonicity) -> None:
    """Raise a GateError if a constraint is broken, or a column has no probe."""
    broken = [each for each in document.columns if each.violations]
    unproven = [each for each in document.columns if not each.probes]
    details = tuple(map(_words, [*broken, *unproven]))
    if broken:
        raise GateError(
            "the model breaks a monotonic constraint",
            "no violation on the rows of eval",
            f"{document.violations} of {sum(each.probes for each in broken):,} probes",
            "report this with the model, or leave the constraint out",
            details,
        )
    if unproven:
        raise GateError(
            "a monotonic constraint cannot be probed",
            "a value in eval of each column that has one",
            f"none of {', '.join(repr(each.column) for each in unproven)}",
            "correct the data, or leave the constraint out",
            details,
        )


def _probe(folder: Path, files: Sequence[str], spec: FeatureSpec, directions: Mapping[str, str]) -> Monotonicity:
    rows = _rows(folder, files, spec)
    count = len(next(iter(rows.values())))
    loaded, output = tf.saved_model.load(str(folder)), OUTPUTS[spec.task]
    signature, names = loaded.signatures[_SIGNATURE], served_names(spec.names())
    kinds = {name: each.dtype for name, each in signature.structured_input_signature[1].items()}

    def predict(columns: Columns) -> np.ndarray:
        answered = signature(**{name: tf.constant(column, kinds[name]) for name, column in columns.items()})
        return np.asarray(answered[output].numpy())

    # A column of integers is float64 in the signature, and takes whole numbers only.
    planned = plans({names[column]: (rows[names[column]], kinds[names[column]] == tf.float64) for column in directions})
    found = []
    for column, direction in directions.items():
        name = names[column]
        places = spread_rows(count, planned[name].rows)
        part = {each: values[places] for each, values in rows.items()}
        probes = probed(predict, part, name, planned[name].grid, direction)
        row = None if probes.row is None else places[probes.row]
        found.append(probes.model_copy(update={"column": column, "row": row}))
    return Monotonicity(rows=count, columns=tuple(found))


def _rows(folder: Path, files: Sequence[str], spec: FeatureSpec) -> dict[str, np.ndarray]:
    """Return the rows as `serving_default` takes them."""
    inputs: dict[str, Any] = signatures_of(folder)[_SIGNATURE]["inputs"]
    names = {served: column for column, served in served_names(spec.names()).items()}
    parts: dict[str, list[Any]] = {name: [] for name in inputs}
    for _, batch in decoded(files, BATCH_ROWS):
        for name, values in served_columns(batch, inputs, names).items():
            parts[name] += values
    return {name: _array(values, inputs[name]) for name, values in parts.items()}


def _array(values: list[Any], kind: Mapping[str, Any]) -> np.ndarray:
    if kind["type"] == "string":
        return np.array([value if isinstance(value, str) else "" for value in values], object)
    return np.array(values, np.float64)  # None is NaN


def _words(each: Probed) -> str:
    if not each.probes:
        return f"{each.column} ({each.direction}): not proven, eval has no value"
    low, high = each.between or (0.0, 0.0)
    return (
        f"{each.column} ({each.direction}): {each.violations} of {each.probes:,} probes, "
        f"the largest {each.largest:.3g} between {low:g} and {high:g}"
    )
