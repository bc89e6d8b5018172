"""The signatures of an exported model; each includes the transform, so that serving needs no code of Penstock.

- `serving_default`: raw columns by name, each of shape [batch], so that plain JSON works; see `modules.export.inputs`.
- `serve_tf_examples`: serialized tf.Example, [batch].
- `transform_features`: serialized tf.Example to the transformed columns.
- `explain`: as `serving_default`, to the contributions of the raw columns; only after `explain`.
- `evaluation`: serialized tf.Example to the predictions of the model, of the constant baseline and of the models to
  compare with; for the Evaluator.
- `transform_label`: serialized tf.Example with the label to the number of its class; for multiclass labels only.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from modules.export.inputs import as_parsed, served_type
from modules.families.keras_model import exportable
from modules.transform.graph import TransformGraph
from penstock.core.features import FeatureSpec, raw_columns, served_names, transformed_name

OUTPUTS = {"binary": "probability", "multiclass": "probabilities", "regression": "prediction"}

EXPLAIN = "explain"

MODEL_OUTPUT = "model"
CONSTANT_OUTPUT = "constant"
LINEAR_OUTPUT = "linear"

# SavedModel leaves the folder `assets.extra` to its users.
CLASSES_FILE = "assets.extra/classes.json"


class ServedModel(tf.Module):
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
        """Take what the signatures need.

        Args:
            model: Maps a dict of transformed columns to [batch, units].
            transform: The output of Transform that the model was fitted on.
            spec: The label, the task and the features.
            constant: The prediction of the constant baseline, [units].
            classes: The classes of a multiclass label, in the order of the units.
        """
        super().__init__()
        self.model = exportable(model)
        self._compared: dict[str, Any] = {}
        self._graph = TransformGraph(transform)
        self._spec = spec
        self._constant = tf.constant(constant, tf.float32)
        self._classes = tf.constant(classes, tf.string)
        raw = transform.raw_feature_spec()
        self._raw = {name: raw[name] for name in spec.names()}
        self._with_label = {name: raw[name] for name in [*spec.names(), spec.label]}
        self._wide: set[str] = set()
        parsed = {name: _parsed_spec(raw[name]) for name in spec.names()}
        # Traced once and called by each signature, so that the SavedModel has one copy of the transform's graph.
        self._transformed = _graph(self._transform, [parsed])
        outputs = self._transformed.get_concrete_function().structured_outputs
        columns = {name: tf.TensorSpec(output.shape, output.dtype) for name, output in outputs.items()}
        self._score = _graph(lambda columns: self.model(columns), [columns])
        self._predict = _graph(lambda rows: self._score(self._transformed(rows)), [parsed])
        self._sources: list[int] = []

    def add_compared_model(self, output: str, model: Any) -> None:
        """Add a model to compare with; only the signature `evaluation` computes it.

        Args:
            output: The name of its output, such as LINEAR_OUTPUT.
            model: Has the same input and output as the model.
        """
        self._compared[output] = exportable(model)

    def explain(self, transformed: Sequence[str]) -> None:
        """Add the signature `explain`; the model is a `RawModel` that explains these transformed columns."""
        places, origins = {name: place for place, name in enumerate(self._spec.names())}, raw_columns(self._spec)
        self._sources = [places[origins[name]] for name in transformed]

    def serve_as_text(self, columns: Iterable[str]) -> None:
        """Serve columns of integers as text in decimal digits: those of `export.inputs.wide_integers`."""
        self._wide |= set(columns)

    def score(self, columns: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Return the predictions of transformed columns, [batch, units]."""
        return self._score({**columns})

    @property
    def classes(self) -> list[str]:
        """The classes of a multiclass label."""
        return [name.decode() for name in self._classes.numpy().tolist()]

    def signatures(self) -> dict[str, Callable[..., Any]]:
        """Return the concrete function of each signature, by name."""
        examples = tf.TensorSpec([None], tf.string, "examples")
        widths = {each.name: [each.width] for each in self._spec.features if each.role == "vector"}
        served = served_names(self._raw)
        columns = {
            name: tf.TensorSpec([None, *widths.get(name, [])], served_type(raw.dtype, name in self._wide), served[name])
            for name, raw in self._raw.items()
        }
        label = {"transform_label": _graph(self._transform_label, [examples]).get_concrete_function()}
        explain = _graph(self._explain_columns, [columns])
        return {
            **(label if self._spec.task == "multiclass" else {}),
            **({EXPLAIN: explain.get_concrete_function()} if self._sources else {}),
            "serving_default": _graph(self._serve_columns, [columns]).get_concrete_function(),
            "serve_tf_examples": _graph(self._serve_examples, [examples]).get_concrete_function(),
            "transform_features": _graph(self._transform_examples, [examples]).get_concrete_function(),
            "evaluation": _graph(self._evaluate, [examples]).get_concrete_function(),
        }

    def _serve_columns(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return self._outputs(self._predict(as_parsed(columns, self._raw)))

    def _explain_columns(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return why rows have their scores: `base` and all `contributions` add up to `score`, all of them float64.

        The score is the model's output before its link: log-odds of a binary label, a number, or a score per class,
        whose softmax is the probability. Shapes: `score` and `base` [batch] or [batch, classes]; `contributions`
        [batch, columns] or [batch, columns, classes]; `columns` [batch, columns] and `classes` [batch, classes] are the
        names, in each row because TensorFlow Serving answers row by row.
        """
        rows = self._transformed(as_parsed(columns, self._raw))
        explanation = self.model.explained(rows)
        names, batch = self._spec.names(), tf.shape(explanation.scores)[0]
        by_name = tf.transpose(explanation.contributions, [1, 0, 2])
        contributions = tf.math.unsorted_segment_sum(by_name, tf.constant(self._sources), len(names))
        outputs = {
            "score": explanation.scores,
            "base": tf.tile(explanation.base[None, :], [batch, 1]),
            "contributions": tf.ensure_shape(tf.transpose(contributions, [1, 0, 2]), [None, len(names), None]),
        }
        if self._spec.task == "multiclass":
            outputs["classes"] = tf.tile(self._classes[None, :], [batch, 1])
        else:
            outputs = {name: values[..., 0] for name, values in outputs.items()}
        return {**outputs, "columns": tf.tile(tf.constant([names]), [batch, 1])}

    def _serve_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._outputs(self._predict(tf.io.parse_example(examples, self._raw)))

    def _transform_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._transformed(tf.io.parse_example(examples, self._raw))

    def _evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        columns = self._transformed(tf.io.parse_example(examples, self._raw))
        scores = self._score(columns)
        constant = tf.tile(self._constant[None, :], [tf.shape(scores)[0], 1])
        compared = {name: model(columns) for name, model in self._compared.items()}
        return {MODEL_OUTPUT: scores, CONSTANT_OUTPUT: constant, **compared}

    def _transform_label(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        name = transformed_name(self._spec.label)
        return {name: self._graph(tf.io.parse_example(examples, self._with_label))[name]}

    def _transform(self, rows: dict[str, Any]) -> dict[str, tf.Tensor]:
        columns = self._graph(rows)
        columns.pop(transformed_name(self._spec.label), None)
        return columns

    def _outputs(self, scores: tf.Tensor) -> dict[str, tf.Tensor]:
        name = OUTPUTS[self._spec.task]
        if self._spec.task == "multiclass":
            return {name: scores, "label": tf.gather(self._classes, tf.argmax(scores, axis=1))}
        return {name: tf.reshape(scores, [-1])}


def save(served: ServedModel, directory: str) -> None:
    """Write the SavedModel with its signatures and the names of its classes."""
    tf.saved_model.save(served, directory, signatures=served.signatures())
    if served.classes:
        file = os.path.join(directory, CLASSES_FILE)
        tf.io.gfile.makedirs(os.path.dirname(file))
        with tf.io.gfile.GFile(file, "w") as stream:
            stream.write(json.dumps(served.classes))


def _graph(function: Callable[..., Any], signature: list[Any]) -> Any:
    # There is no Python control flow to convert, and AutoGraph takes longer to look for it than tracing takes.
    return tf.function(function, input_signature=signature, autograph=False)


def _parsed_spec(raw: Any) -> Any:
    """Return the type of the tensor that tf.io.parse_example returns for a feature."""
    if isinstance(raw, tf.io.VarLenFeature):
        return tf.SparseTensorSpec([None, None], raw.dtype)
    return tf.TensorSpec([None, *raw.shape], raw.dtype)
