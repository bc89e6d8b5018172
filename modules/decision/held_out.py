"""The file of held-out predictions: Trainer writes it, and Decision reads it."""

import io
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from modules.families.problem import HeldOut, Rows, given_weights

FILE = "held_out.npz"
_BATCH = 4096
_SOURCES = {
    "linear": "validation rows, which also chose the strength of the penalty",
    "auto": "validation rows, which also chose the models and ended the fitting of each",
}
_EARLY_STOPPING = "validation rows, which also ended the fitting"


def predicted(
    score: Callable[[Mapping[str, tf.Tensor]], tf.Tensor], names: Sequence[str], rows: Rows, first: int, family: str
) -> HeldOut:
    """Return the predictions of the validation rows.

    Args:
        score: Maps a batch of transformed columns to [batch, units].
        names: The transformed columns.
        rows: The validation rows.
        first: The number of training rows.
        family: The family of the model.
    """
    columns, labels = rows
    parts = []
    for start in range(0, len(labels), _BATCH):
        batch = {name: _tensor(columns[name][start : start + _BATCH]) for name in names}
        parts.append(np.asarray(score(batch)))
    source = _SOURCES.get(family, _EARLY_STOPPING)
    return HeldOut(np.concatenate(parts), labels, first + np.arange(len(labels)), source, given_weights(rows))


def _tensor(values: np.ndarray) -> tf.Tensor:
    # Vectors of texts have 16 bits in memory, and 32 in the graph.
    return tf.constant(values, tf.float32 if values.dtype == np.float16 else None)


def write(held_out: HeldOut, order: np.ndarray, folder: str) -> None:
    """Write the predictions with the position of each row in the files of the split.

    Args:
        held_out: The predictions.
        order: The position in the files of each training row, then of each validation row.
        folder: The folder to write into.
    """
    values: dict[str, Any] = {
        "scores": held_out.scores.astype(np.float32),
        "labels": held_out.labels,
        "places": order[held_out.places],
        "source": np.array(held_out.source),
        **({} if held_out.weights is None else {"weights": held_out.weights}),
    }
    buffer = io.BytesIO()  # a file in a bucket cannot seek
    np.savez_compressed(buffer, **values)
    with tf.io.gfile.GFile(os.path.join(folder, FILE), "wb") as stream:
        stream.write(buffer.getvalue())


def read(folder: str) -> HeldOut:
    """Return the predictions in a folder, with the positions of the rows in the files of the split."""
    with tf.io.gfile.GFile(os.path.join(folder, FILE), "rb") as stream:
        content = io.BytesIO(stream.read())
    with np.load(content, allow_pickle=False) as values:
        source, weights = str(values["source"]), values.get("weights")
        return HeldOut(values["scores"], values["labels"], values["places"], source, weights)
