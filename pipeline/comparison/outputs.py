"""What the transforms and the models of two runs give for the same rows, with TensorFlow."""

from collections.abc import Callable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from penstock.comparison.arrays import Arrays, compare_arrays
from penstock.comparison.examples import split_files
from penstock.comparison.result import Part
from penstock.core.errors import DataError
from penstock.tables.examples.stored import stored_records

# The rows of this split are given to both models: so many of them at most, and as many as make so many values.
SPLIT, MOST_ROWS, MOST_VALUES = "eval", 100_000, 50_000_000
_BATCH = 4096
_SERVING = "Format-Serving"
_SIGNATURE = "evaluation"

Outputs = Callable[[Any], Mapping[str, Any]]


def compare_transforms(one: Path, other: Path, examples: Path, tolerance: float) -> Part:
    """Compare the columns that two outputs of Transform give for the rows of the eval split.

    Raises:
        DataError: A transform cannot be loaded, or does not take the rows.
    """
    return _compare("transform", (transform_of, one, other), examples, tolerance)


def compare_models(one: Path, other: Path, examples: Path, tolerance: float) -> Part:
    """Compare the predictions of two outputs of Trainer for the rows of the eval split.

    Raises:
        DataError: A model cannot be loaded, or does not take the rows.
    """
    return _compare("model", (model_of, one, other), examples, tolerance)


def transform_of(folder: Path) -> Outputs:
    """Return the transform of an output of Transform as a function of serialized examples."""
    import tensorflow_transform as tft

    from modules.transform.graph import TransformGraph

    transform = tft.TFTransformOutput(str(folder))
    graph, spec = TransformGraph(transform), transform.raw_feature_spec()
    return lambda examples: graph(tf.io.parse_example(examples, spec))


def model_of(folder: Path) -> Outputs:
    """Return the model of an output of Trainer as a function of serialized examples."""
    loaded = tf.saved_model.load(str(folder / _SERVING))
    if _SIGNATURE not in loaded.signatures:
        raise ValueError(f"no signature {_SIGNATURE}")

    # TensorFlow frees the variables of a model without references.
    def predict(examples: Any, _model: Any = loaded) -> Mapping[str, Any]:
        found: Mapping[str, Any] = loaded.signatures[_SIGNATURE](examples=examples)
        return found

    return predict


def _compare(name: str, sides: tuple[Callable[[Path], Outputs], Path, Path], examples: Path, tolerance: float) -> Part:
    rows = first_rows(examples)
    load, *folders = sides
    places = [f"the {name} of {letter}" for letter in "AB"]
    functions = [_called(place, load, folder) for place, folder in zip(places, folders, strict=True)]
    parts: tuple[list[Arrays], list[Arrays]] = [], []
    values = 0
    for at in range(0, len(rows), _BATCH):
        batch = tf.constant(rows[at : at + _BATCH], tf.string)
        for part, place, function in zip(parts, places, functions, strict=True):
            part.append({key: _array(each) for key, each in _called(place, function, batch).items()})
        values += sum(array.size for array in parts[0][-1].values())
        if values >= MOST_VALUES:
            break
    ones, others = ({key: np.concatenate([each[key] for each in part]) for key in sorted(part[0])} for part in parts)
    return compare_arrays(name, ones, others, tolerance)


def first_rows(examples: Path) -> list[bytes]:
    """Return the rows of the eval split, at most `MOST_ROWS`.

    Raises:
        DataError: A file is damaged, or there are no rows.
    """
    rows = list(islice(chain.from_iterable(map(stored_records, split_files(examples, SPLIT))), MOST_ROWS))
    if not rows:
        raise DataError(f"the split {SPLIT} of {examples}", "rows to compare with", "none", "compare other runs")
    return rows


def _called(what: str, function: Callable[[Any], Any], argument: Any) -> Any:
    """Call a function of TensorFlow; what it raises for a damaged or an unfit model is a DataError."""
    try:
        return function(argument)
    except (OSError, ValueError, LookupError, TypeError, DecodeError, tf.errors.OpError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        expected = f"what gives values for the rows of {SPLIT}"
        raise DataError(what, expected, reason[:200], "compare runs of the same columns") from error


def _array(values: Any) -> np.ndarray:
    dense = tf.sparse.to_dense(values) if isinstance(values, tf.SparseTensor) else values
    found: np.ndarray = dense.numpy()
    return found
