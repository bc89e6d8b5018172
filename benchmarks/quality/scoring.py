"""A process that scores rows by a saved model as the prediction server does, with one thread.

`python -m benchmarks.quality.scoring MODEL OUTPUT EXAMPLES ANSWERS` scores the column `example` of the Parquet file
EXAMPLES, writes the values of OUTPUT into ANSWERS, and prints the processor time per row, and that of a call for a
single row. All models of a process share TensorFlow's threads, so that one that has fitted models has more than one.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.quality import peers
from penstock.core.errors import NodeError
from penstock.core.features import served_names

BATCH = 4096
COLUMN = "example"
# The rows that are scored one by one, in turns, and how often each.
SINGLE_ROWS, SINGLE_CALLS = 50, 4


def main(words: list[str]) -> None:
    """Do what the arguments say."""
    model, output, examples, answers = words
    from penstock.server.models import servable

    rows = pq.read_table(examples)[COLUMN].to_numpy()
    signatures = servable.load(Path(model), "model", 1).signatures
    signature = signatures["serve_tf_examples"]
    [given] = signature.inputs

    def score() -> np.ndarray:
        parts = [signature({given: rows[start : start + BATCH]})[output] for start in range(0, len(rows), BATCH)]
        return np.concatenate(parts)

    np.save(answers, score())
    latency = peers.latency(score, len(rows))
    print(json.dumps({"latency": latency, "single": milliseconds(signatures["serving_default"], rows[:SINGLE_ROWS])}))


def milliseconds(signature: Any, rows: np.ndarray) -> float:
    """Return the median of the processor time of a call of `serving_default` for one row, in milliseconds.

    Args:
        signature: The signature.
        rows: Serialized examples, each of which is scored by itself.
    """
    columns = [columns_of(row, signature.inputs) for row in rows]
    signature(columns[0])
    seconds = []
    for row in columns * SINGLE_CALLS:
        began = time.process_time()
        signature(row)
        seconds.append(time.process_time() - began)
    return statistics.median(seconds) * 1e3


def columns_of(example: bytes, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the columns of a row as `serving_default` takes them; what is missing is NaN or empty text.

    Args:
        example: A serialized tf.Example.
        inputs: The inputs of the signature.

    Raises:
        NodeError: No feature of the example is an input.
    """
    import tensorflow as tf

    given = tf.train.Example.FromString(example).features.feature
    features = {served: given[name] for name, served in served_names(given).items()}
    if not features.keys() & inputs.keys():
        raise NodeError(
            "a row", f"one of the inputs {', '.join(inputs)}", ", ".join(features), "pass rows of the model"
        )
    columns = {}
    for name, info in inputs.items():
        kind = tf.dtypes.as_dtype(info.dtype)
        width = info.shape[1] if len(info.shape) > 1 else 1
        column = np.full(width, b"" if kind == tf.string else np.nan, kind.as_numpy_dtype)
        feature = features.get(name, tf.train.Feature())
        values = getattr(feature, feature.WhichOneof("kind") or "bytes_list").value[:width]
        column[: len(values)] = values
        columns[name] = column.reshape([1, *info.shape[1:]])
    return columns


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    # TensorFlow's threads may not survive an orderly end.
    os._exit(0)
