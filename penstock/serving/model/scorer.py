"""A loaded model: the inputs and the outputs of its `serving_default` signature."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from penstock.core.errors import ConfigError, DataError
from penstock.serving.model.document import Document, Input
from penstock.serving.model.versions import ModelVersion
from penstock.tables.values.conversion import TEXT
from penstock.tables.values.interpretation import ColumnFormat
from penstock.tables.values.number_formats import PLAIN

SIGNATURE, EXAMPLES = "serving_default", "serve_tf_examples"

Kind = Literal["text", "number", "vector"]
_SERVED: dict[str, Kind] = {"string": "text", "float32": "number", "float64": "number"}
_REMEDY = "push a model of `penstock run`"


@dataclass(frozen=True)
class Scorer:
    """A signature, ready to be called.

    Attributes:
        columns: The inputs by name, and whether each is text, a number or a list of numbers.
        outputs: The names of the outputs, in their order.
        score: Takes bytes or float64 by input, [rows] each, [rows, width] for lists, and returns the outputs.
        widths: The length of each list, by input.
        examples: Takes serialized examples and returns the outputs, None if a required value is missing; None if the
            model has no signature for examples.
    """

    columns: Mapping[str, Kind]
    outputs: tuple[str, ...]
    score: Callable[[Mapping[str, np.ndarray]], list[pa.Array]]
    widths: Mapping[str, int] = field(default_factory=dict)
    examples: Callable[[pa.Array], list[pa.Array] | None] | None = None


def load(model: ModelVersion) -> Scorer:
    """Load TensorFlow, then the model.

    Raises:
        ConfigError: The folder holds no SavedModel that can be loaded, or its signature does not take plain columns.
    """
    return of_saved(model, load_saved(model))


def load_saved(model: ModelVersion) -> Any:
    """Load TensorFlow, then the SavedModel, which has the signature `serving_default`.

    Raises:
        ConfigError: The folder holds no such model.
    """
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(model.directory))
    except (OSError, ValueError, tf.errors.OpError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(model.place, "a SavedModel", reason, "name another version") from error
    if SIGNATURE not in loaded.signatures:
        received = ", ".join(loaded.signatures) or "no signature"
        raise ConfigError(model.place, f"the signature {SIGNATURE}", received, _REMEDY)
    return loaded


def document_of_signature(scorer: Scorer) -> Document:
    """Return the columns of a model without a document, from its signature."""
    formats = {"text": ColumnFormat("", TEXT, "VARCHAR"), "number": ColumnFormat("", PLAIN, "DOUBLE")}
    return Document(
        tuple(
            Input(
                name, name, replace(formats.get(kind, formats["text"]), name=name), name, "vector" * (kind == "vector")
            )
            for name, kind in scorer.columns.items()
        )
    )


def of_saved(model: ModelVersion, loaded: Any) -> Scorer:
    """Return the scorer of a SavedModel.

    Raises:
        ConfigError: Its signature does not take plain columns.
    """
    function = loaded.signatures[SIGNATURE]
    specs: dict[str, Any] = function.structured_input_signature[1]
    outputs = tuple(sorted(function.structured_outputs))
    kinds = {name: _kind(model, name, spec) for name, spec in sorted(specs.items())}

    # This closure keeps the model: TensorFlow frees the variables of a model without references.
    def score(columns: Mapping[str, np.ndarray], _model: Any = loaded) -> list[pa.Array]:
        scores = call(model, function, columns)
        return [output_column(scores[name]) for name in outputs]

    widths = {name: int(specs[name].shape[1]) for name, kind in kinds.items() if kind == "vector"}
    return Scorer(kinds, outputs, score, widths, _by_examples(loaded, outputs))


def call(model: ModelVersion, function: Any, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the outputs of a signature by name.

    Args:
        model: The model, for error messages.
        function: The signature.
        columns: The values of each input.

    Raises:
        DataError: The model does not accept a value.
    """
    import tensorflow as tf  # loaded already

    specs = function.structured_input_signature[1]
    try:
        outputs = function(**{name: tf.constant(columns[name], spec.dtype) for name, spec in specs.items()})
    except tf.errors.InvalidArgumentError as error:
        raise DataError("the rows", f"values that {model} takes", _reason(str(error)), "correct them") from error
    return {name: values.numpy() for name, values in outputs.items()}


def _by_examples(loaded: Any, outputs: tuple[str, ...]) -> Callable[[pa.Array], list[pa.Array] | None] | None:
    """Return a function that scores serialized examples, None if no such signature has the same outputs."""
    import tensorflow as tf  # loaded already

    function = loaded.signatures.get(EXAMPLES)
    if function is None or set(function.structured_outputs) != set(outputs):
        return None
    [(name, spec)] = list(function.structured_input_signature[1].items())[:1] or [("", None)]
    if spec is None or spec.dtype != tf.string or len(function.structured_input_signature[1]) > 1:
        return None

    def score(examples: pa.Array) -> list[pa.Array] | None:
        try:
            scores = function(**{name: tf.constant(examples.to_numpy(zero_copy_only=False), tf.string)})
        except tf.errors.InvalidArgumentError:
            return None  # A schema with shapes requires a value in each example; the columns may have missing values.
        return [output_column(scores[each].numpy()) for each in outputs]

    return score


def _kind(model: ModelVersion, name: str, spec: Any) -> Kind:
    kind = _SERVED.get(spec.dtype.name)
    if kind == "number" and spec.shape.rank == 2 and spec.shape[1]:
        return "vector"
    if kind is None or spec.shape.rank not in (None, 1):
        received = f"{spec.dtype.name} of shape {list(spec.shape)}"
        expected = "text or floats, one per row, or lists of floats of one length"
        raise ConfigError(f"the input {name!r} of {model}", expected, received, _REMEDY)
    return kind


def _reason(error: str) -> str:
    """Return the message of the model's graph about rows that it refuses, without the names of operations."""
    message = re.search(r"assertion failed: \[(.*?)\]$|(could not correctly convert string: .*)$", error, re.MULTILINE)
    words = (message[1] or message[2]) if message else error.strip().splitlines()[-1]
    return " ".join(words.split())


def output_column(scores: np.ndarray) -> pa.Array:
    """Return an output as a column: text, numbers, or lists of numbers if a row has several."""
    if scores.dtype == object:
        return pa.array([value.decode("utf-8", errors="replace") for value in scores.tolist()], pa.string())
    if scores.ndim == 1:
        return pa.array(scores)
    flat = scores.reshape(len(scores), -1)
    ends: np.ndarray = np.arange(len(flat) + 1, dtype=np.int32) * flat.shape[1]
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(flat.reshape(-1)))
