"""A saved model with the outputs of a decision: its signatures call those of the model, and add to what they answer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from modules.decision.outputs import DECISION, LOWER, THRESHOLD, UPPER
from modules.metrics.results import DECIDED, INTERVAL, LABEL_SET
from modules.signatures import MODEL_OUTPUT, OUTPUTS
from penstock.core.documents.decision import Decision
from penstock.core.features import served_names

_SERVED = ("serving_default", "serve_tf_examples")
_EXAMPLES = "examples"

Tensors = dict[str, tf.Tensor]


class DecidedModel(tf.Module):
    """A loaded model and its decision."""

    def __init__(self, folder: str, document: Decision, names: list[str], raw: Any = None) -> None:
        """Load the model.

        Args:
            folder: The folder of the SavedModel.
            document: The decision.
            names: The features of the model.
            raw: How the column of the slices is parsed, if there is one.
        """
        super().__init__()
        self._model = tf.saved_model.load(folder)
        # What the offline predictions call.
        self._score = self._model._score
        self._task, self._policy, self._coverage = document.task, document.policy, document.coverage
        self._by = document.coverage.by if document.coverage else None
        self._raw = raw
        self._quantiles = tf.constant([_common(document)], tf.float64)
        if self._by is not None and raw is not None:
            self._input = served_names(names)[self._by]
            self._kind = self._model.signatures["serving_default"].structured_input_signature[1][self._input].dtype
            own = document.quantile_by()
            self._keys = tf.constant([_key(value, self._kind) for value in own], self._kind)
            quantiles = [*zip(own.values(), document.variance_by().values(), strict=True), _common(document)]
            self._quantiles = tf.constant(quantiles, tf.float64)

    def signatures(self) -> dict[str, Callable[..., Any]]:
        """Return the concrete function of each signature, by name."""
        given = dict(self._model.signatures)
        examples = tf.TensorSpec([None], tf.string, _EXAMPLES)
        specs = given["serving_default"].structured_input_signature[1]
        columns = {name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in specs.items()}
        return {
            **{name: _graph(self._passed(name), [examples]) for name in given if name not in (*_SERVED, "explain")},
            **({"explain": _graph(self._explained, [columns])} if "explain" in given else {}),
            "serving_default": _graph(self._serve_columns, [columns]),
            "serve_tf_examples": _graph(self._serve_examples, [examples]),
            "evaluation": _graph(self._evaluate, [examples]),
        }

    def _passed(self, name: str) -> Callable[[tf.Tensor], Tensors]:
        return lambda examples: dict(self._model.signatures[name](**{_EXAMPLES: examples}))

    def _explained(self, columns: Tensors) -> Tensors:
        return dict(self._model.signatures["explain"](**columns))

    def _serve_columns(self, columns: Tensors) -> Tensors:
        answered = dict(self._model.signatures["serving_default"](**columns))
        return self._added(answered, columns[self._input] if self._by is not None else None)

    def _serve_examples(self, examples: tf.Tensor) -> Tensors:
        answered = dict(self._model.signatures["serve_tf_examples"](**{_EXAMPLES: examples}))
        return self._added(answered, self._parsed(examples))

    def _evaluate(self, examples: tf.Tensor) -> Tensors:
        answered = dict(self._model.signatures["evaluation"](**{_EXAMPLES: examples}))
        scores, values = answered[MODEL_OUTPUT], self._parsed(examples)
        outputs = self._decided(scores, values)
        # The last column is the variance of what was promised, by the sample of rows that decided.
        variance = tf.cast(self._quantile_of(values, tf.shape(scores)[0])[:, 1:], tf.float32)
        if self._policy:
            decision = tf.cast(outputs[DECISION], tf.float32)
            answered[DECIDED] = tf.stack([decision, tf.fill(tf.shape(decision), self._policy.error**2)], axis=1)
        if LOWER in outputs:
            answered[INTERVAL] = tf.concat([outputs[LOWER][:, None], outputs[UPPER][:, None], variance], axis=1)
        if LABEL_SET in outputs:
            answered[LABEL_SET] = tf.concat([tf.cast(outputs[LABEL_SET], tf.float32), variance], axis=1)
        return answered

    def _added(self, answered: Tensors, values: tf.Tensor | None) -> Tensors:
        scores = answered[OUTPUTS[self._task]]
        return {**answered, **self._decided(scores if scores.shape.rank == 2 else scores[:, None], values)}

    def _decided(self, scores: tf.Tensor, values: tf.Tensor | None) -> Tensors:
        """Return the outputs of the decision; `modules.decision.outputs` computes the same in NumPy."""
        outputs: Tensors = {}
        if self._policy:
            threshold = tf.constant(self._policy.threshold, tf.float32)
            outputs[DECISION] = tf.cast(scores[:, 0] >= threshold, tf.int64)
            outputs[THRESHOLD] = tf.fill(tf.shape(scores)[:1], threshold)
        if self._coverage is None:
            return outputs
        quantiles = self._quantile_of(values, tf.shape(scores)[0])[:, 0]
        if self._task == "regression":
            half = tf.cast(quantiles, tf.float32)
            lower, least = scores[:, 0] - half, self._coverage.least
            bounded = lower if least is None else tf.maximum(lower, tf.constant(least, tf.float32))
            return {**outputs, LOWER: bounded, UPPER: scores[:, 0] + half}
        exact = tf.cast(scores, tf.float64)
        likely = tf.concat([1 - exact, exact], axis=1) if scores.shape[1] == 1 else exact
        return {**outputs, LABEL_SET: tf.cast(1 - likely <= quantiles[:, None], tf.int64)}

    def _quantile_of(self, values: tf.Tensor | None, rows: tf.Tensor) -> tf.Tensor:
        """Return quantile and variance of each row, float64 [rows, 2]: those of its slice, or the common ones."""
        if values is None:
            return tf.tile(self._quantiles[-1:], [rows, 1])
        count = self._keys.shape[0]
        places = tf.where(tf.equal(values[:, None], self._keys[None, :]), tf.range(count)[None, :], count)
        return tf.gather(self._quantiles, tf.reduce_min(tf.pad(places, [[0, 0], [0, 1]], constant_values=count), 1))

    def _parsed(self, examples: tf.Tensor) -> tf.Tensor | None:
        """Return the values of the column of the slices as `serving_default` takes them."""
        if self._by is None:
            return None
        parsed = tf.io.parse_example(examples, {self._by: self._raw})[self._by]
        missing = "" if self._kind == tf.string else np.nan
        if self._raw.dtype != self._kind:
            convert = tf.strings.as_string if self._kind == tf.string else lambda values: tf.cast(values, self._kind)
            is_sparse = isinstance(parsed, tf.SparseTensor)
            parsed = parsed.with_values(convert(parsed.values)) if is_sparse else convert(parsed)
        if isinstance(parsed, tf.SparseTensor):
            first = tf.sparse.slice(parsed, [0, 0], [parsed.dense_shape[0], 1])
            wide = tf.SparseTensor(first.indices, first.values, tf.stack([parsed.dense_shape[0], 1]))
            parsed = tf.sparse.to_dense(wide, tf.constant(missing, self._kind))
        return tf.reshape(parsed, [-1])


def _common(document: Decision) -> tuple[float, float]:
    """Return the quantile of all rows, and the variance of the coverage."""
    quantile = document.coverage.quantile if document.coverage else 0.0
    return quantile, document.variance(document.calibration.rows)


def _key(value: Any, kind: tf.DType) -> Any:
    return str(value) if kind == tf.string else float(value)


def _graph(function: Callable[..., Any], signature: list[Any]) -> Any:
    return tf.function(function, input_signature=signature, autograph=False).get_concrete_function()
