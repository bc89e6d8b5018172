"""Offline predictions: the graph of Transform, then the model, without the signatures that a server calls."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from modules.decision.outputs import decided
from modules.signatures import MODEL_OUTPUT, OUTPUTS
from modules.tfma_internals import decoded_examples
from modules.transform.decoding import column_values
from modules.transform.graph import TransformGraph
from modules.transform.vocabularies import classes_of
from penstock.core.documents.decision import Decision
from penstock.core.errors import NodeError
from penstock.core.features import FeatureSpec, transformed_name
from penstock.core.text import shorten

Predictions = dict[str, list[Any]]


def predictor(model_folder: str, transform_folder: str, spec: FeatureSpec) -> Callable[[Sequence[bytes]], Predictions]:
    """Return a function from serialized examples to the expected values of each output of the signatures.

    Args:
        model_folder: The folder of the SavedModel.
        transform_folder: The output of Transform that the model was fitted on.
        spec: The label, the task and the features.

    Raises:
        NodeError: The function raises it if the model does not take the rows.
    """
    transform = tft.TFTransformOutput(transform_folder)
    raw = {name: kind for name, kind in transform.raw_feature_spec().items() if name in spec.names()}
    graph = TransformGraph(transform)
    model = tf.saved_model.load(model_folder)
    classes = classes_of(spec, transform)
    decision = _decision(model_folder)

    def predict(examples: Sequence[bytes]) -> Predictions:
        rows = tf.constant(examples, tf.string)
        try:
            columns = graph(tf.io.parse_example(rows, raw))
            columns.pop(transformed_name(spec.label), None)
            scores = _scores(model, columns, rows)
            added = decided(decision, scores, _values(examples, decision)) if decision else {}
            return {**_named(scores, spec, classes), **added}
        except tf.errors.OpError as error:
            reason = shorten(" ".join(error.message.split()), 200)
            raise NodeError("the rows", "values that the model takes", reason, "correct the data") from error

    return predict


def _decision(folder: str) -> Decision | None:
    """Return the decision of a model, if it has one."""
    file = os.path.join(folder, Decision.FILE)
    if not tf.io.gfile.exists(file):
        return None
    with tf.io.gfile.GFile(file) as stream:
        return Decision.parse(stream.read(), file)


def _values(examples: Sequence[bytes], decision: Decision) -> list[Any]:
    """Return the value of each row in the column of the slices; empty if there is none."""
    column = decision.coverage.by if decision.coverage else None
    if column is None:
        return []
    found = column_values(decoded_examples(np.array(examples, object)), column)
    return [value.decode(errors="replace") if isinstance(value, bytes) else value for value in found]


def _scores(model: Any, columns: dict[str, tf.Tensor], rows: tf.Tensor) -> np.ndarray:
    """Return the scores, [rows, units]; of a model that was exported otherwise by its signature `evaluation`."""
    if "_score" in vars(model):
        return np.asarray(model._score(columns).numpy())
    return np.asarray(model.signatures["evaluation"](rows)[MODEL_OUTPUT].numpy())


def _named(scores: np.ndarray, spec: FeatureSpec, classes: Sequence[str]) -> Predictions:
    name = OUTPUTS[spec.task]
    if spec.task == "multiclass":
        return {name: scores.tolist(), "label": [classes[place] for place in scores.argmax(axis=1)]}
    return {name: scores.reshape(-1).tolist()}
