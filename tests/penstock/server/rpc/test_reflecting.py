"""Reflection: a client that knows nothing finds the services and their messages."""

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceStub
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from penstock.server.rpc.reflecting import MODEL, PREDICTION, described

pytestmark = pytest.mark.slow

SERVICES = {
    "tensorflow.serving.PredictionService",
    "tensorflow.serving.ModelService",
    "inference.GRPCInferenceService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1alpha.ServerReflection",
}


def test_every_service_is_listed(channel):
    assert set(ProtoReflectionDescriptorDatabase(channel).get_services()) == SERVICES


@pytest.mark.parametrize(
    ("symbol", "file"),
    [
        ("tensorflow.serving.PredictionService", "tensorflow_serving/apis/prediction_service.proto"),
        ("tensorflow.serving.PredictRequest", "tensorflow_serving/apis/predict.proto"),
        ("inference.GRPCInferenceService", "penstock/open_inference.proto"),
        ("inference.ModelInferRequest.InferInputTensor", "penstock/open_inference.proto"),
    ],
)
def test_messages_of_generated_code_and_of_the_protocol_are_described(channel, symbol, file):
    found = ProtoReflectionDescriptorDatabase(channel).FindFileContainingSymbol(symbol)
    assert isinstance(found, descriptor_pb2.FileDescriptorProto)
    assert found.name == file


def test_unknown_symbol_is_not_found(channel):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = reflection_pb2.ServerReflectionRequest(file_containing_symbol="nope.Nope")
    (answer,) = stub.ServerReflectionInfo(iter([asked]))
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


@pytest.mark.parametrize(("stub", "service"), [(PredictionServiceStub, PREDICTION), (ModelServiceStub, MODEL)])
def test_described_methods_are_those_of_the_generated_code(stub, service):
    found = {}

    class Channel:
        def unary_unary(self, path, request_serializer, response_deserializer):
            found[path] = response_deserializer.__self__.DESCRIPTOR.full_name

    stub(Channel())
    methods = described().FindServiceByName(service).methods
    assert {f"/{service}/{method.name}": method.output_type.full_name for method in methods} == found
    assert all(
        method.input_type.full_name == method.output_type.full_name.removesuffix("Response") + "Request"
        for method in methods
    )
