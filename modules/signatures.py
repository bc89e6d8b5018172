"""The signatures of an exported model; each carries the transform, so that serving needs no code of ours.

- `serving_default`: raw columns by name, each of shape [batch], so that plain JSON works. Text is text; every number is
  float64 where the column holds integers and float32 where it holds floats. Missing is NaN, or empty text.
- `serve_tf_examples`: serialized tf.Example, [batch].
- `transform_features`: serialized tf.Example to the transformed columns.
- `evaluation`: serialized tf.Example to the model's and the constant's predictions, for the Evaluator.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from modules.features import FeatureSpec, transformed_name

OUTPUTS = {"binary": "probability", "multiclass": "probabilities", "regression": "prediction"}

MODEL_OUTPUT = "model"
CONSTANT_OUTPUT = "constant"


class Served(tf.Module):
    """A fitted model with the transform in front of it."""

    def __init__(
        self,
        model: Any,
        transform: tft.TFTransformOutput,
        spec: FeatureSpec,
        *,
        constant: np.ndarray,
        classes: list[str],
    ) -> None:
        """Hold what the signatures need.

        Args:
            model: Takes a dict of transformed columns, gives [batch, units].
            transform: The output of Transform that the model was fitted on.
            spec: The label, the task and the features.
            constant: The prediction of the best constant, [units].
            classes: The classes of a multiclass label, in the order of the units.
        """
        super().__init__()
        self.model = model
        self.transform = transform.transform_features_layer()
        self._spec = spec
        self._constant = tf.constant(constant, tf.float32)
        self._classes = tf.constant(classes, tf.string)
        raw = transform.raw_feature_spec()
        self._raw = {name: raw[name] for name in spec.names()}
        self._with_label = raw

    def signatures(self) -> dict[str, Callable[..., Any]]:
        """Return the concrete function of each signature, by name."""
        examples = tf.TensorSpec([None], tf.string, "examples")
        columns = {name: tf.TensorSpec([None], _served_type(raw.dtype), name) for name, raw in self._raw.items()}
        return {
            "serving_default": tf.function(self._serve_columns).get_concrete_function(columns),
            "serve_tf_examples": tf.function(self._serve_examples).get_concrete_function(examples),
            "transform_features": tf.function(self._transform_examples).get_concrete_function(examples),
            "evaluation": tf.function(self._evaluate).get_concrete_function(examples),
        }

    def _serve_columns(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        raw = {name: _as_parsed(columns[name], self._raw[name]) for name in self._raw}
        return self._outputs(self._predict(raw))

    def _serve_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._outputs(self._predict(tf.io.parse_example(examples, self._raw)))

    def _transform_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._transformed(tf.io.parse_example(examples, self._raw))

    def _evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        scores = self._predict(tf.io.parse_example(examples, self._raw))
        constant = tf.tile(self._constant[None, :], [tf.shape(scores)[0], 1])
        return {MODEL_OUTPUT: scores, CONSTANT_OUTPUT: constant}

    def _transformed(self, raw: dict[str, Any]) -> dict[str, tf.Tensor]:
        columns = self.transform(raw)
        columns.pop(transformed_name(self._spec.label), None)
        return columns

    def _predict(self, raw: dict[str, Any]) -> tf.Tensor:
        return self.model(self._transformed(raw))

    def _outputs(self, scores: tf.Tensor) -> dict[str, tf.Tensor]:
        name = OUTPUTS[self._spec.task]
        if self._spec.task == "multiclass":
            return {name: scores, "label": tf.gather(self._classes, tf.argmax(scores, axis=1))}
        return {name: tf.reshape(scores, [-1])}


def save(served: Served, directory: str) -> None:
    """Write the SavedModel with its signatures."""
    tf.saved_model.save(served, directory, signatures=served.signatures())


def _served_type(dtype: tf.DType) -> tf.DType:
    # Integers are served as float64 so that NaN can say "missing"; it holds each integer up to 2**53 exactly.
    return tf.float64 if dtype == tf.int64 else dtype


def _as_parsed(values: tf.Tensor, raw: Any) -> Any:
    """Return served values in the form in which tf.io.parse_example would give them."""
    present = tf.not_equal(values, "") if values.dtype == tf.string else tf.logical_not(tf.math.is_nan(values))
    if isinstance(raw, tf.io.VarLenFeature):
        rows = tf.where(present)
        kept = tf.cast(tf.boolean_mask(values, present), raw.dtype)
        return tf.SparseTensor(tf.pad(rows, [[0, 0], [0, 1]]), kept, [tf.size(values, tf.int64), 1])
    return tf.reshape(tf.cast(values, raw.dtype), [-1, *raw.shape])
