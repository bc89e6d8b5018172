"""Golden rows as `serving_default` takes them."""

import json
import math

import pyarrow as pa

from penstock.parity.columns import served_columns

INPUTS = {
    "fare": {"type": "float32", "shape": [None]},
    "area": {"type": "float64", "shape": [None]},
    "tract": {"type": "string", "shape": [None]},
    "kind": {"type": "string", "shape": [None]},
    "pair": {"type": "float32", "shape": [None, 2]},
    "gone": {"type": "float64", "shape": [None]},
}


def test_values_are_those_that_json_takes():
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([[0.1], None, [math.nan]], pa.large_list(pa.float32())),
            pa.array([[2**40 + 1], [0], []], pa.large_list(pa.int64())),
            pa.array([[17031081000], None, [-1]], pa.large_list(pa.int64())),
            pa.array([["Büro".encode()], [b"\xff"], None], pa.large_list(pa.large_binary())),
            pa.array([[1.0, 2.0], [3.5], None], pa.large_list(pa.float32())),
            pa.nulls(3),
        ],
        ["fare", "area", "tract", "kind", "a pair", "gone"],
    )
    found = served_columns(batch, INPUTS, {"pair": "a pair"})
    assert found == {
        "fare": [0.1, None, None],
        "area": [2**40 + 1, 0, None],
        "tract": ["17031081000", "", "-1"],
        "kind": ["Büro", {"b64": "/w=="}, ""],
        "pair": [[1.0, 2.0], [3.5, None], [None, None]],
        "gone": [None, None, None],
    }
    assert json.loads(json.dumps(found)) == found


def test_column_that_no_example_has_is_missing():
    batch = pa.RecordBatch.from_arrays([pa.array([[1.0], [2.0]])], ["other"])
    assert served_columns(batch, {"fare": INPUTS["fare"], "pair": INPUTS["pair"]}, {}) == {
        "fare": [None, None],
        "pair": [[None, None], [None, None]],
    }
