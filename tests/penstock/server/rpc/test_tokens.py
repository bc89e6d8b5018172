"""Bearer tokens: who has none of the server's is refused, but for health checks."""

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from penstock.server.rpc.tokens import Tokens
from tests.penstock.server.rpc.conftest import serving
from tests.penstock.server.rpc.test_predict import request

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def guarded(models):
    with (
        serving(models, interceptors=[Tokens(lambda token: token == "right")]) as port,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield channel


HALF = request({"x": np.ones(1, "f4")}, "half")


@pytest.mark.parametrize("value", ["Bearer right", "bearer right"])
def test_call_with_the_token_is_answered(guarded, value):
    stub = prediction_service_pb2_grpc.PredictionServiceStub(guarded)
    assert stub.Predict(HALF, metadata=[("authorization", value)]).model_spec.version.value == 2


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "")],
        [("authorization", "Bearer wrong")],
        [("authorization", "Bearer ")],
        [("authorization", "right")],
        [("authorization", "Basic right")],
        [("authorization", "Bearer wrong"), ("authorization", "Bearer right")],
        [("authorization-bin", b"Bearer right")],
    ],
)
def test_call_without_the_token_is_refused(guarded, refused, metadata):
    stub = prediction_service_pb2_grpc.PredictionServiceStub(guarded)
    text = "Expected the metadata `authorization: Bearer TOKEN` with a token of the server."
    assert refused(stub.Predict, HALF, metadata=metadata) == ("UNAUTHENTICATED", text)


def test_health_needs_no_token(guarded):
    stub = health_pb2_grpc.HealthStub(guarded)
    assert stub.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_needs_a_token(guarded):
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    stub = reflection_pb2_grpc.ServerReflectionStub(guarded)
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")])))
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
