"""A SavedModel and the rows of the split `eval`, for the analysis."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from modules.analysis.sample import Columns, Predict, Sample
from modules.metrics.scored import hash_order, hashes_of
from modules.row_weights import checked_weights
from modules.signatures import CLASSES_FILE, OUTPUTS
from modules.tfma_internals import decoded_examples
from penstock.core.features import FeatureSpec, served_names, transformed_name
from penstock.parity.columns import served_columns

MOST_ROWS = 20_000
# Of a wide table there are fewer rows: their values are read in Python.
_MOST_VALUES = 500_000
_SIGNATURE = "serving_default"
_READ_ROWS = 65_536


class Model:
    """A SavedModel with the signatures that `modules.signatures` writes."""

    def __init__(self, folder: str, spec: FeatureSpec) -> None:
        """Load it.

        Args:
            folder: The folder of the SavedModel.
            spec: The label, the task and the features.
        """
        # The signatures do not keep the variables of the model alive.
        self._model = tf.saved_model.load(folder)
        self._spec = spec
        self._classes = classes_of(folder) if spec.task == "multiclass" else ()
        self._inputs: Mapping[str, tf.TensorSpec] = self._model.signatures[_SIGNATURE].structured_input_signature[1]
        self._columns = {name: column for column, name in served_names(spec.names()).items() if name in self._inputs}

    def predictor(self) -> Predict:
        """Return the function from columns to scores: [rows], or [rows, classes] of several classes."""
        function, output = self._model.signatures[_SIGNATURE], OUTPUTS[self._spec.task]
        given = [(name, self._columns[name], spec.dtype) for name, spec in self._inputs.items()]

        def predict(columns: Columns) -> np.ndarray:
            tensors = {name: tf.constant(columns[column], dtype) for name, column, dtype in given}
            return np.asarray(function(**tensors)[output].numpy())

        return predict

    def sample(self, files: Sequence[str]) -> Sample:
        """Return rows of a split, chosen and sorted by a hash of their content; rows without a label are left out.

        Args:
            files: The files of its examples, compressed by gzip.
        """
        most = min(MOST_ROWS, max(1, _MOST_VALUES // max(1, len(self._columns))))
        examples, of = _chosen(files, most)
        batch = decoded_examples(examples)
        inputs = {name: _described(spec) for name, spec in self._inputs.items()}
        values = served_columns(batch, inputs, self._columns)
        columns = {self._columns[name]: _array(values[name], spec) for name, spec in self._inputs.items()}
        labels = self._labels(examples, batch)
        known = np.isfinite(labels)
        weights = None if self._spec.weight is None else checked_weights(_numbers(batch, self._spec.weight)[known])
        # In the order of the configuration, not that of the signature.
        kept = {name: columns[name][known] for name in self._spec.names() if name in columns}
        categorical = frozenset(self._spec.names("categorical", "boolean"))
        return Sample(kept, labels[known], of, self._classes, categorical, weights)

    def _labels(self, examples: np.ndarray, batch: Any) -> np.ndarray:
        if self._spec.task == "multiclass":
            function = self._model.signatures["transform_label"]
            found = function(examples=tf.constant(examples, tf.string))[transformed_name(self._spec.label)]
            return np.asarray(found.numpy().reshape(-1), np.float64)
        return _numbers(batch, self._spec.label)


def _numbers(batch: Any, column: str) -> np.ndarray:
    """Return a column of decoded examples, float64 [rows], NaN for a missing value."""
    place = batch.schema.get_field_index(column)
    rows = batch.column(place).to_pylist() if place >= 0 else [None] * batch.num_rows
    return np.array([float(row[0]) if row else np.nan for row in rows], np.float64)


def classes_of(folder: str) -> tuple[str, ...]:
    """Return the names of a model's classes by number; empty if it has none."""
    file = Path(folder, CLASSES_FILE)
    return tuple(map(str, json.loads(file.read_text(encoding="utf-8")))) if file.is_file() else ()


def _chosen(files: Sequence[str], most: int) -> tuple[np.ndarray, int]:
    """Return the examples with the least hashes in the order of `hash_order`, and the number of all."""
    kept, hashes, of = np.empty(0, object), np.empty(0, np.uint64), 0
    for batch in tf.data.TFRecordDataset(list(files), compression_type="GZIP").batch(_READ_ROWS).prefetch(1):
        contents = batch.numpy()
        of += len(contents)
        kept, hashes = np.concatenate([kept, contents]), np.concatenate([hashes, hashes_of(contents)])
        if len(kept) > most:
            least = np.argsort(hashes, kind="stable")[:most]
            kept, hashes = kept[least], hashes[least]
    order = hash_order(hashes)
    return kept[order], of


def _described(spec: Any) -> dict[str, Any]:
    return {"type": spec.dtype.name, "shape": [size or -1 for size in spec.shape.as_list()]}


def _array(values: list[Any], spec: Any) -> np.ndarray:
    """Return the values of an input: bytes, float64 with NaN for missing, or lists of these."""
    if spec.dtype == tf.string:
        return np.array([_bytes(value) for value in values], object)
    return np.array(values, np.float64)


def _bytes(value: Any) -> bytes:
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else str(value).encode()
