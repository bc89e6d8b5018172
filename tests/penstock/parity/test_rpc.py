"""The client of a gRPC server, against a service of the test's own."""

import math
from concurrent import futures
from contextlib import contextmanager

import pytest

from penstock.core.errors import StoreError
from penstock.parity.rest import Refused
from penstock.parity.rpc import as_bytes

pytestmark = pytest.mark.slow


@contextmanager
def serving(answer):
    """Run a PredictionService whose `Predict` is a function."""
    import grpc
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):  # noqa: N802  its name in the protocol
            return answer(request, context)

    server = grpc.server(futures.ThreadPoolExecutor(2))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@pytest.fixture
def no_pauses(monkeypatch):
    monkeypatch.setattr("penstock.parity.rpc.PAUSES", (0.0, 0.0, 0.0))


def test_request_has_model_version_signature_and_typed_inputs():
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2

    from penstock.parity.rpc import GrpcServer

    seen = []

    def answer(request, context):
        seen.append((request, dict(context.invocation_metadata())))
        response = predict_pb2.PredictResponse()
        response.outputs["p"].CopyFrom(tf.make_tensor_proto([0.5, 0.25]))
        response.outputs["label"].CopyFrom(tf.make_tensor_proto([b"a", b"b"]))
        return response

    with serving(answer) as address:
        client = GrpcServer(address, "taxi", 3, "secret")
        inputs = {
            "fare": ("float32", [1.5, math.nan]),
            "kind": ("string", ["a", {"b64": "/w=="}]),
            "n": ("float64", [1, 2]),
        }
        assert client.predict("serving_default", inputs) == {"p": [0.5, 0.25], "label": [b"a", b"b"]}
        client.close()
    [(request, metadata)] = seen
    assert metadata["authorization"] == "Bearer secret"
    assert (request.model_spec.name, request.model_spec.version.value) == ("taxi", 3)
    tensors = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
    assert tensors["kind"].tolist() == [b"a", b"\xff"]
    types = {name: str(each.dtype) for name, each in tensors.items()}
    assert types == {"fare": "float32", "kind": "object", "n": "float64"}


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [("NOT_FOUND", Refused, 404), ("INVALID_ARGUMENT", Refused, 400), ("UNAUTHENTICATED", StoreError, None)],
)
def test_refusal_names_code_and_reason(code, kind, status):
    import grpc

    from penstock.parity.rpc import GrpcServer

    def answer(request, context):
        context.abort(grpc.StatusCode[code], "the reason")

    with serving(answer) as address:
        client = GrpcServer(address, "taxi", None)
        with pytest.raises(kind, match=f"received {code}: the reason") as error:
            client.predict("serving_default", {})
        assert getattr(error.value, "status", None) == status
        client.close()


def test_server_that_is_not_ready_for_a_while_is_asked_again(no_pauses):
    import grpc
    from tensorflow_serving.apis import predict_pb2

    from penstock.parity.rpc import GrpcServer

    calls = []

    def answer(request, context):
        calls.append(request)
        if len(calls) < 4:
            context.abort(grpc.StatusCode.UNAVAILABLE, "loading")
        return predict_pb2.PredictResponse()

    with serving(answer) as address:
        client = GrpcServer(address, "taxi", None)
        assert client.predict("serving_default", {}) == {}
        client.close()
    assert len(calls) == 4


def test_address_at_which_nothing_listens_is_reported(no_pauses):
    from penstock.parity.rpc import GrpcServer

    with serving(None) as address:
        pass
    client = GrpcServer(address, "taxi", None)
    with pytest.raises(StoreError, match="expected an answer, received UNAVAILABLE: "):
        client.predict("serving_default", {})
    client.close()


@pytest.mark.parametrize(
    ("value", "content"), [("ü", "ü".encode()), (b"\xff", b"\xff"), ({"b64": "YQ=="}, b"a"), ("", b"")]
)
def test_text_becomes_bytes(value, content):
    assert as_bytes(value) == content
