"""The load on a prediction server over gRPC."""

import threading

import grpc
import numpy as np
import pytest

from benchmarks.serving_rpc import Load, measure, predict_request

pytestmark = pytest.mark.slow


@pytest.fixture
def served():
    """A server that refuses every third call, and the requests that it got."""
    from concurrent import futures

    seen, lock = [], threading.Lock()

    def answer(request, context):
        with lock:
            seen.append(request)
            place = len(seen)
        if place > 2 and place % 3 == 0:
            context.abort(grpc.StatusCode.UNAVAILABLE, "no")
        return b""

    server = grpc.server(futures.ThreadPoolExecutor(4))
    methods = {"Predict": grpc.unary_unary_rpc_method_handler(answer)}
    handler = grpc.method_handlers_generic_handler("tensorflow.serving.PredictionService", methods)
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}", seen
    server.stop(0).wait()


def test_calls_of_all_clients_are_counted_with_those_that_failed(served):
    address, seen = served
    load = measure(address, b"request", 2, 0.2)
    assert load.calls + load.failed == len(seen) - 2
    assert load.failed > 0
    assert set(seen) == {b"request"}
    assert 0 < load.median <= load.p99 <= load.seconds
    assert load.rate == load.calls / load.seconds


def test_request_has_the_tensors_by_alias():
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    rows = {"x": np.array([1, 2], "f4"), "s": np.array([b"a", b"b"], object)}
    found = PredictRequest.FromString(predict_request("taxi", rows))
    assert found.model_spec.name == "taxi"
    assert {alias: tf.make_ndarray(tensor).tolist() for alias, tensor in found.inputs.items()} == {
        "x": [1, 2],
        "s": [b"a", b"b"],
    }


def test_rate_is_calls_per_second():
    assert Load(calls=30, failed=1, seconds=2, median=0.1, p99=0.2).rate == 15
