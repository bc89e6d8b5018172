"""Predictions over gRPC: each fault of a server is repeated or is one sentence."""

from concurrent import futures

import grpc
import numpy as np
import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.remote.address import Address
from tests.penstock.serving.remote.conftest import PATIENCE
from tests.penstock.serving.remote.test_rest import Clock

pytestmark = pytest.mark.slow
ROWS = {"color": np.array([b"red", b"\xff"], object), "count": np.array([1.0, 2.5])}
CODES = {code.name: code for code in grpc.StatusCode}


class Server:
    """A model that doubles `count`, in version 3."""

    def __init__(self):
        from tensorflow_serving.apis import prediction_service_pb2_grpc

        self.faults, self.requests, self.metadata, self.signature = [], [], [], "serving_default"
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(self, self.server)
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def Predict(self, request, context):  # noqa: N802
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        fault = self.faults.pop(0) if self.faults else ""
        answer = predict_pb2.PredictResponse()
        answer.model_spec.version.value = 3
        if fault in CODES:
            if fault == "RESOURCE_EXHAUSTED":
                context.set_trailing_metadata((("retry-after", "7"),))
            context.abort(CODES[fault], "x must\n be positive")
        if fault == "tensor":
            answer.outputs["prediction"].dtype = 999
            return answer
        answer.outputs["prediction"].CopyFrom(tf.make_tensor_proto(2 * tf.make_ndarray(request.inputs["count"])))
        return answer

    def GetModelMetadata(self, request, context):  # noqa: N802
        from tensorflow.core.framework import types_pb2
        from tensorflow_serving.apis import get_model_metadata_pb2

        signatures = get_model_metadata_pb2.SignatureDefMap()
        found = signatures.signature_def[self.signature]
        for side, name, kind in (
            (found.inputs, "color", types_pb2.DT_STRING),
            (found.inputs, "count", types_pb2.DT_DOUBLE),
            (found.outputs, "prediction", types_pb2.DT_DOUBLE),
        ):
            side[name].dtype = kind
            side[name].tensor_shape.dim.add().size = -1
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        answer.model_spec.version.value = 3
        answer.metadata["signature_def"].Pack(signatures)
        return answer

    def Classify(self, request, context):  # noqa: N802
        raise NotImplementedError

    Regress = MultiInference = Classify


@pytest.fixture
def server():
    made = Server()
    yield made
    made.server.stop(None).wait()


@pytest.fixture
def model(server):
    from penstock.serving.remote.rpc import RpcModel

    made = RpcModel(Address(f"127.0.0.1:{server.port}", "m", label="stable"), 2, "hush", PATIENCE)
    made._closed = Clock()
    yield made
    made.close()


def test_predictions_have_the_version_of_the_answer(model, server):
    outputs, version = model.predict(ROWS)
    assert ({name: values.tolist() for name, values in outputs.items()}, version) == ({"prediction": [2.0, 5.0]}, 3)
    spec = server.requests[0].model_spec
    assert (spec.name, spec.version_label, spec.signature_name) == ("m", "stable", "serving_default")
    assert list(server.requests[0].inputs["color"].string_val) == [b"red", b"\xff"]
    assert server.metadata[0]["authorization"] == "Bearer hush"


@pytest.mark.parametrize("fault", ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "CANCELLED"])
def test_fault_that_passes_is_repeated(model, server, fault):
    server.faults = [fault, fault]
    assert model.predict(ROWS)[1] == 3
    assert len(server.requests) == 3
    assert (min(model._closed.waited) >= 7) == (fault == "RESOURCE_EXHAUSTED")


def test_fault_that_stays_is_one_sentence(model, server):
    server.faults = ["UNAVAILABLE"] * 9
    with pytest.raises(DataError, match=r"received UNAVAILABLE \(x must be positive\) at each of 5 attempts"):
        model.predict(ROWS)
    assert len(server.requests) == 5


@pytest.mark.parametrize("fault", ["INVALID_ARGUMENT", "NOT_FOUND", "UNAUTHENTICATED", "INTERNAL", "DEADLINE_EXCEEDED"])
def test_other_codes_are_not_repeated(model, server, fault):
    server.faults = [fault]
    with pytest.raises(DataError) as refused:
        model.predict(ROWS)
    assert f"expected predictions, received {fault} (x must be positive); correct" in str(refused.value)
    assert len(server.requests) == 1


def test_tensor_that_is_none_is_refused(model, server):
    server.faults = ["tensor"]
    with pytest.raises(DataError, match="received tensors of another form"):
        model.predict(ROWS)


def test_metadata_gives_names_types_and_version(model, server):
    found = model.signature()
    assert (found.version, found.kinds("m")) == (3, {"color": "text", "count": "number"})
    server.signature = "other"
    with pytest.raises(ConfigError, match="expected the signature serving_default, received other"):
        model.signature()


def test_server_that_is_not_there_is_one_sentence(model, server):
    server.server.stop(None).wait()
    with pytest.raises(DataError, match=r"received UNAVAILABLE \(.*\) at each of 5 attempts"):
        model.predict(ROWS)
