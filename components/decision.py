"""Decision: a model with a threshold, or with intervals, among the outputs of its signatures.

It takes the fitted model and predictions of rows that it was not fitted to. So a change of the costs runs neither
Transform nor Trainer again.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components.artifact_files import local_input, local_output
from components.in_process import BATCH_ROWS, split_files
from components.tfx_internals import serving_model_folder
from modules.decision import held_out
from modules.decision.deciding import decide
from modules.decision.model import DecidedModel
from modules.families.problem import HeldOut
from modules.row_weights import checked_weights
from modules.signatures import MODEL_OUTPUT
from modules.transform.decoding import column_values, decoded
from penstock.core.documents.decision import Decision as Document
from penstock.core.errors import NodeError
from penstock.core.features import FeatureSpec, transformed_name

_EXTRA = "assets.extra"


@component
def Decision(
    examples: InputArtifact[standard_artifacts.Examples],
    fitted: InputArtifact[standard_artifacts.Model],
    model_run: InputArtifact[standard_artifacts.ModelRun],
    transform_graph: InputArtifact[standard_artifacts.TransformGraph],
    model: OutputArtifact[standard_artifacts.Model],
    features: Parameter[str],
    settings: Parameter[str],
    code: Parameter[str],
) -> None:
    """Write the model with its decision.

    Args:
        examples: The rows, with the split that decides.
        fitted: The model of Trainer.
        model_run: The output of Trainer with the predictions of rows that were not fitted.
        transform_graph: The output of Transform that the model was fitted on.
        model: The model with its decision.
        features: The FeatureSpec as JSON.
        settings: JSON of `policy`, `value`, `coverage`, `by`, `split`, `min_rows` and `least`.
        code: Fingerprint of this module, for the cache.
    """
    given, spec = json.loads(settings), FeatureSpec.from_json(features)
    split = given["split"] or "train"
    _check_split(examples, split)
    files = split_files(examples, split)
    raw = tft.TFTransformOutput(transform_graph.uri).raw_feature_spec()
    with (
        local_input(serving_model_folder(fitted.uri)) as saved,
        local_output(serving_model_folder(model.uri)) as target,
    ):
        rows = held_out.read(model_run.uri) if given["split"] is None else _scored(str(saved), files, spec, split)
        values = _values(files, given["by"], rows.places) if given["by"] else None
        document = decide(given, spec.task, rows, values)
        decided = DecidedModel(str(saved), document, spec.names(), raw[given["by"]] if given["by"] else None)
        tf.saved_model.save(decided, str(target), signatures=decided.signatures())
        _add_files(saved, target, document)
    for name, value in _properties(document).items():
        model.set_float_custom_property(name, value)


def _check_split(examples: Any, split: str) -> None:
    known = artifact_utils.decode_split_names(examples.split_names)
    if split not in known:
        raise NodeError("decision.split", f"one of {', '.join(known)}", repr(split), "name a split of the rows")


def _scored(folder: str, files: Sequence[str], spec: FeatureSpec, split: str) -> HeldOut:
    """Return the predictions of a split that nothing was fitted to."""
    model = tf.saved_model.load(folder)
    scores, labels, weights = [], [], []
    for examples, batch in decoded(files, BATCH_ROWS):
        scores.append(model.signatures["evaluation"](examples=examples)[MODEL_OUTPUT].numpy())
        if spec.weight is not None:
            weights.append(np.array(column_values(batch, spec.weight), np.float64))
        if spec.task == "multiclass":
            found = model.signatures["transform_label"](examples=examples)[transformed_name(spec.label)]
            labels.append(found.numpy().reshape(-1))
        else:
            labels.append(np.asarray(column_values(batch, spec.label), np.float64))
    if not labels:
        raise NodeError(f"the split {split}", "rows to decide on", "none", "name another split in decision.split")
    together = np.concatenate(labels)
    source = f"rows of the split {split}, which decided nothing else"
    own = checked_weights(np.concatenate(weights)) if weights else None
    return HeldOut(np.concatenate(scores), together, np.arange(len(together)), source, own)


def _values(files: Sequence[str], column: str, places: np.ndarray) -> list[Any]:
    """Return the value of each row in a column, None where it is missing."""
    found = [value for _, batch in decoded(files, BATCH_ROWS) for value in column_values(batch, column)]
    return [_plain(found[place]) for place in places.tolist()]


def _plain(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _add_files(saved: Path, target: Path, document: Document) -> None:
    """Copy what Trainer added to the model, and write the decision."""
    if (saved / _EXTRA).is_dir():
        shutil.copytree(saved / _EXTRA, target / _EXTRA, dirs_exist_ok=True)
    (target / _EXTRA).mkdir(exist_ok=True)
    (target / Document.FILE).write_text(document.text(), encoding="utf-8")


def _properties(document: Document) -> Mapping[str, float]:
    """Return what the metadata of the model says of its decision."""
    policy = {"threshold": document.policy.threshold} if document.policy else {}
    return {**policy, **({"coverage": document.coverage.share} if document.coverage else {})}
