"""The messages of the Open Inference Protocol: on the wire as in its specification."""

import struct

import pytest

from penstock.server.rpc.inference_v2.messages import FULL_NAME, METHODS, POOL, message

pytestmark = pytest.mark.slow


def test_every_method_has_its_messages():
    service = POOL.FindServiceByName(FULL_NAME)
    assert [method.name for method in service.methods] == list(METHODS)
    for method in service.methods:
        assert method.input_type.full_name == f"inference.{method.name}Request"
        assert method.output_type.full_name == f"inference.{method.name}Response"


def test_request_is_on_the_wire_as_specified():
    request = message("ModelInferRequest")(model_name="m", model_version="1", id="i")
    request.parameters["p"].int64_param = 5
    tensor = request.inputs.add(name="x", datatype="FP32", shape=[2])
    tensor.contents.fp32_contents.extend([1, 2])
    tensor.parameters["q"].bool_param = True
    request.outputs.add(name="y")
    request.raw_input_contents.append(b"ab")
    contents = b"\x32\x08" + struct.pack("<ff", 1, 2)
    tensor_bytes = b"\x0a\x01x\x12\x04FP32\x1a\x01\x02\x22\x07\x0a\x01q\x12\x02\x08\x01\x2a\x0a" + contents
    assert request.SerializeToString() == (
        b"\x0a\x01m\x12\x011\x1a\x01i\x22\x07\x0a\x01p\x12\x02\x10\x05"
        + bytes([0x2A, len(tensor_bytes)])
        + tensor_bytes
        + b"\x32\x03\x0a\x01y\x3a\x02ab"
    )


def test_parameter_has_one_value():
    parameter = message("InferParameter")(bool_param=True)
    parameter.string_param = "x"
    assert parameter.WhichOneof("parameter_choice") == "string_param"
    assert not parameter.bool_param


def test_same_names_in_another_pool_are_no_conflict():
    from google.protobuf import descriptor_pb2, descriptor_pool

    file = descriptor_pb2.FileDescriptorProto(name="grpc_service.proto", package="inference")
    file.message_type.add(name="ModelInferRequest")
    descriptor_pool.DescriptorPool().Add(file)
    assert message("ModelInferRequest")(model_name="m").model_name == "m"
