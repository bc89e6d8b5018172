"""What the transforms and the models of two runs give for the same rows, with TensorFlow."""

from collections.abc import Callable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from penstock.comparison.arrays import compare_arrays
from penstock.comparison.examples import split_files
from penstock.comparison.result import Part
from penstock.core.errors import DataError
from penstock.tables.examples.stored import stored_records

# The rows of this split are given to both models, so many of them at most.
SPLIT, MOST_ROWS = "eval", 100_000
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


def _compare(
    name: str, folders: tuple[Callable[[Path], Outputs], Path, Path], examples: Path, tolerance: float
) -> Part:
    load, one, other = folders
    rows = first_rows(examples)
    ones, others = (_outputs(f"{name} of {at}", load, folder, rows) for at, folder in (("A", one), ("B", other)))
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


def _outputs(what: str, load: Callable[[Path], Outputs], folder: Path, rows: list[bytes]) -> dict[str, np.ndarray]:
    try:
        function = load(folder)
        parts = [function(tf.constant(rows[at : at + _BATCH], tf.string)) for at in range(0, len(rows), _BATCH)]
    except (OSError, ValueError, tf.errors.OpError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        expected = f"what gives values for the rows of {SPLIT}"
        raise DataError(f"the {what}", expected, reason[:200], "compare runs of the same columns") from error
    names = parts[0] if parts else {}
    return {name: np.concatenate([_array(part[name]) for part in parts]) for name in sorted(names)}


def _array(values: Any) -> np.ndarray:
    dense = tf.sparse.to_dense(values) if isinstance(values, tf.SparseTensor) else values
    found: np.ndarray = dense.numpy()
    return found
