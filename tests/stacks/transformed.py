"""Run by a stack: what its Transform makes of the rows of a split, as a file of arrays.

python transformed.py EXAMPLES GRAPH OUTPUT
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from modules.transform.graph import TransformGraph


def main(examples: str, graph: str, output: str) -> None:
    """Write the transformed columns of the examples in a folder."""
    transform = tft.TFTransformOutput(graph)
    records = tf.data.TFRecordDataset(sorted(map(str, Path(examples).iterdir())), "GZIP")
    rows = tf.io.parse_example(list(records.as_numpy_iterator()), transform.raw_feature_spec())
    columns = TransformGraph(transform)(rows)
    np.savez(output, **{name: np.asarray(column) for name, column in columns.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
