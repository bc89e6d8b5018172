"""A process that scores rows by a saved model as the prediction server does, with one thread.

`python -m benchmarks.quality.scoring MODEL OUTPUT EXAMPLES ANSWERS` scores the column `example` of the Parquet file
EXAMPLES, writes the values of OUTPUT into ANSWERS, and prints the processor time per row. All models of a process share
TensorFlow's threads, so that a process that has fitted models has more than one.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.quality import peers

BATCH = 4096
COLUMN = "example"


def main(words: list[str]) -> None:
    """Do what the arguments say."""
    model, output, examples, answers = words
    from penstock.server.models import servable

    rows = pq.read_table(examples)[COLUMN].to_numpy()
    signature = servable.load(Path(model), "model", 1).signatures["serve_tf_examples"]
    [given] = signature.inputs

    def score() -> np.ndarray:
        parts = [signature({given: rows[start : start + BATCH]})[output] for start in range(0, len(rows), BATCH)]
        return np.concatenate(parts)

    np.save(answers, score())
    print(json.dumps({"latency": peers.latency(score, len(rows))}))


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    # TensorFlow's threads may not survive an orderly end.
    os._exit(0)
