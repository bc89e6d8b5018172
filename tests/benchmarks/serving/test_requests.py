"""The requests of the benchmark of the prediction server."""

import json

import numpy as np
import pytest

from benchmarks.serving.requests import grpc_message, rest_body, rows_of
from penstock.server.models.signature import Signature, TensorInfo

INFO = {"text": TensorInfo("t:0", 7, (None,)), "number": TensorInfo("n:0", 1, (None,))}


def test_request_has_a_row_for_each_value():
    rows = {"text": np.array([b"a", b"b"], object), "number": np.array([1.0, 2.0], np.float32)}
    expected = [{"text": "a", "number": 1.0}, {"text": "b", "number": 2.0}]
    assert json.loads(rest_body(rows)) == {"instances": expected}
    assert json.loads(rest_body(rows, "dataframe_records")) == {"dataframe_records": expected}


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
