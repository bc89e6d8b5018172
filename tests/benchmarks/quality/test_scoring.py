"""Rows that a process scores by a saved model."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.quality.scoring import BATCH, COLUMN
from benchmarks.systems import PROJECT


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, BATCH + 1])
def test_answers_are_those_of_every_row_in_order_and_the_time_is_printed(tmp_path, count):
    import tensorflow as tf

    module = tf.Module()
    specs = {"value": tf.io.FixedLenFeature([], tf.float32)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
    def score(examples):
        return {"prediction": 2 * tf.io.parse_example(examples, specs)["value"]}

    tf.saved_model.save(module, str(tmp_path / "model"), signatures={"serve_tf_examples": score})
    values = np.arange(count, dtype=np.float32)
    features = [tf.train.Feature(float_list=tf.train.FloatList(value=[value])) for value in values]
    rows = [tf.train.Example(features=tf.train.Features(feature={"value": each})) for each in features]
    pq.write_table(pa.table({COLUMN: [row.SerializeToString() for row in rows]}), tmp_path / "rows.parquet")
    words = [str(tmp_path / "model"), "prediction", str(tmp_path / "rows.parquet"), str(tmp_path / "answers.npy")]
    program = [sys.executable, "-m", "benchmarks.quality.scoring", *words]
    done = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1])["latency"] > 0
    np.testing.assert_array_equal(np.load(tmp_path / "answers.npy"), 2 * values)
