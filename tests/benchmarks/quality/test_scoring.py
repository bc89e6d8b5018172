"""Rows that a process scores by a saved model."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.quality.scoring import BATCH, COLUMN, columns_of
from benchmarks.systems import PROJECT
from penstock.core.errors import NodeError
from penstock.server.models.signature import TensorInfo


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, BATCH + 1])
def test_answers_are_those_of_every_row_in_order_and_the_time_is_printed(tmp_path, count):
    import tensorflow as tf

    module = tf.Module()
    specs = {"value": tf.io.FixedLenFeature([], tf.float32)}
    column = tf.TensorSpec([None], tf.float32, "value")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
    def score(examples):
        return {"prediction": 2 * tf.io.parse_example(examples, specs)["value"]}

    columns = tf.function(lambda value: {"prediction": 2 * value}, input_signature=[column])
    signatures = {"serve_tf_examples": score, "serving_default": columns}
    tf.saved_model.save(module, str(tmp_path / "model"), signatures=signatures)
    values = np.arange(count, dtype=np.float32)
    features = [tf.train.Feature(float_list=tf.train.FloatList(value=[value])) for value in values]
    rows = [tf.train.Example(features=tf.train.Features(feature={"value": each})) for each in features]
    pq.write_table(pa.table({COLUMN: [row.SerializeToString() for row in rows]}), tmp_path / "rows.parquet")
    words = [str(tmp_path / "model"), "prediction", str(tmp_path / "rows.parquet"), str(tmp_path / "answers.npy")]
    program = [sys.executable, "-m", "benchmarks.quality.scoring", *words]
    done = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    cost = json.loads(done.stdout.splitlines()[-1])
    assert min(cost["latency"], cost["single"]) > 0
    np.testing.assert_array_equal(np.load(tmp_path / "answers.npy"), 2 * values)


@pytest.mark.slow
def test_row_has_a_column_for_each_input_and_what_is_missing_is_nan_or_empty():
    import tensorflow as tf

    features = {
        "mean fare": tf.train.Feature(float_list=tf.train.FloatList(value=[2.5])),
        "hour": tf.train.Feature(int64_list=tf.train.Int64List(value=[7])),
        "kind": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"cash"])),
        "pixels": tf.train.Feature(float_list=tf.train.FloatList(value=[1, 2])),
        "none": tf.train.Feature(),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
    kinds = {"mean_fare": tf.float32, "hour": tf.float64, "kind": tf.string, "none": tf.float32, "absent": tf.string}
    inputs = {name: TensorInfo(name, kind.as_datatype_enum, (None,)) for name, kind in kinds.items()}
    inputs["pixels"] = TensorInfo("pixels", tf.float32.as_datatype_enum, (None, 3))
    found = columns_of(example, inputs)
    assert {name: column.tolist() for name, column in found.items() if name not in ("none", "pixels")} == {
        "mean_fare": [2.5],
        "hour": [7.0],
        "kind": [b"cash"],
        "absent": [b""],
    }
    np.testing.assert_array_equal(found["none"], [np.nan])
    np.testing.assert_array_equal(found["pixels"], [[1, 2, np.nan]])
    with pytest.raises(NodeError, match="one of the inputs other"):
        columns_of(example, {"other": inputs["absent"]})
