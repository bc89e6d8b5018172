"""The parts of the benchmark of the prediction server."""

import json

import numpy as np
import pytest

from benchmarks.serving import _row, grpc_message, rest_body, rows_of, timed
from penstock.server.models.signature import Signature, TensorInfo

INFO = {"text": TensorInfo("t:0", 7, (None,)), "number": TensorInfo("n:0", 1, (None,))}


def test_request_has_a_row_for_each_value():
    rows = {"text": np.array([b"a", b"b"], object), "number": np.array([1.0, 2.0], np.float32)}
    assert json.loads(rest_body(rows)) == {"instances": [{"text": "a", "number": 1.0}, {"text": "b", "number": 2.0}]}


@pytest.mark.parametrize(
    ("measure", "target", "value", "met"),
    [
        ("per_second", 0.8, 0.8, True),
        ("per_second", 0.8, 0.79, False),
        ("p99", 5.0, 5.0, True),
        ("p99", 5.0, 5.1, False),
    ],
)
def test_row_is_met_by_its_measure_and_only_without_failures(measure, target, value, met):
    ours, other = {measure: value, "failed": 0}, {measure: 1.0}
    assert _row("n", ours, other, (measure, target))["met"] is met
    assert not _row("n", {**ours, "failed": 1}, other, (measure, target))["met"]


def test_calls_are_timed_until_the_time_is_over():
    calls = []
    found = timed(lambda: calls.append(1), 0.01)
    assert len(calls) > 20
    assert found["median"] <= found["p99"]


@pytest.mark.slow
def test_rows_are_the_same_in_each_run_and_fit_the_signature():
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    signature = Signature("s", "", INFO, {}, list)
    rows = rows_of(signature, 3)
    assert {alias: (values.dtype.name, values.shape) for alias, values in rows.items()} == {
        "text": ("object", (3,)),
        "number": ("float32", (3,)),
    }
    assert all((rows[alias] == rows_of(signature, 3)[alias]).all() for alias in rows)
    assert set(PredictRequest.FromString(grpc_message(rows)).inputs) == {"text", "number"}
