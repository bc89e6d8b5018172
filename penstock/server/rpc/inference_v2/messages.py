"""The messages of the Open Inference Protocol, made at run time, so that they work with every version of protobuf.

Generated code asks for the protobuf that it was generated for. The messages are in a pool of their own: a client
library in the same process may have registered the same names.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FILE = "penstock/open_inference.proto"
PACKAGE, SERVICE = "inference", "GRPCInferenceService"
FULL_NAME = f"{PACKAGE}.{SERVICE}"
METHODS = ("ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer")

# By message: its fields as in a .proto file, without semicolons.
_FIELDS = {
    "ServerLiveRequest": "",
    "ServerLiveResponse": "bool live = 1",
    "ServerReadyRequest": "",
    "ServerReadyResponse": "bool ready = 1",
    "ModelReadyRequest": "string name = 1, string version = 2",
    "ModelReadyResponse": "bool ready = 1",
    "ServerMetadataRequest": "",
    "ServerMetadataResponse": "string name = 1, string version = 2, repeated string extensions = 3",
    "ModelMetadataRequest": "string name = 1, string version = 2",
    "ModelMetadataResponse": (
        "string name = 1, repeated string versions = 2, string platform = 3, "
        "repeated ModelMetadataResponse.TensorMetadata inputs = 4, "
        "repeated ModelMetadataResponse.TensorMetadata outputs = 5"
    ),
    "ModelMetadataResponse.TensorMetadata": "string name = 1, string datatype = 2, repeated int64 shape = 3",
    "InferParameter": (
        "oneof bool bool_param = 1, oneof int64 int64_param = 2, oneof string string_param = 3, "
        "oneof double double_param = 4, oneof uint64 uint64_param = 5"
    ),
    "InferTensorContents": (
        "repeated bool bool_contents = 1, repeated int32 int_contents = 2, repeated int64 int64_contents = 3, "
        "repeated uint32 uint_contents = 4, repeated uint64 uint64_contents = 5, repeated float fp32_contents = 6, "
        "repeated double fp64_contents = 7, repeated bytes bytes_contents = 8"
    ),
    "ModelInferRequest": (
        "string model_name = 1, string model_version = 2, string id = 3, map parameters = 4, "
        "repeated ModelInferRequest.InferInputTensor inputs = 5, "
        "repeated ModelInferRequest.InferRequestedOutputTensor outputs = 6, repeated bytes raw_input_contents = 7"
    ),
    "ModelInferRequest.InferInputTensor": (
        "string name = 1, string datatype = 2, repeated int64 shape = 3, map parameters = 4, "
        "InferTensorContents contents = 5"
    ),
    "ModelInferRequest.InferRequestedOutputTensor": "string name = 1, map parameters = 2",
    "ModelInferResponse": (
        "string model_name = 1, string model_version = 2, string id = 3, map parameters = 4, "
        "repeated ModelInferResponse.InferOutputTensor outputs = 5, repeated bytes raw_output_contents = 6"
    ),
    "ModelInferResponse.InferOutputTensor": (
        "string name = 1, string datatype = 2, repeated int64 shape = 3, map parameters = 4, "
        "InferTensorContents contents = 5"
    ),
}
_ONEOF = "parameter_choice"
_Field = descriptor_pb2.FieldDescriptorProto


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=FILE, package=PACKAGE, syntax="proto3")
    made: dict[str, Any] = {}
    for name, fields in _FIELDS.items():
        outer, _, inner = name.rpartition(".")
        message = made[outer].nested_type.add(name=inner) if outer else file.message_type.add(name=inner)
        made[name] = message
        for text in filter(None, fields.split(", ")):
            _add(message, name, text.split())
    service = file.service.add(name=SERVICE)
    for method in METHODS:
        service.method.add(
            name=method, input_type=f".{PACKAGE}.{method}Request", output_type=f".{PACKAGE}.{method}Response"
        )
    return file


def _add(message: Any, owner: str, words: list[str]) -> None:
    """Add a field to the descriptor of a message."""
    *kind, name, _, number = words
    field = message.field.add(name=name, number=int(number), label=_Field.LABEL_OPTIONAL)
    if kind == ["map"]:
        entry = message.nested_type.add(name="ParametersEntry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=_Field.LABEL_OPTIONAL, type=_Field.TYPE_STRING)
        _typed(entry.field.add(name="value", number=2, label=_Field.LABEL_OPTIONAL), "InferParameter")
        kind = ["repeated", f"{owner}.ParametersEntry"]
    if kind[0] == "repeated":
        field.label = _Field.LABEL_REPEATED
    if kind[0] == "oneof":
        if not message.oneof_decl:
            message.oneof_decl.add(name=_ONEOF)
        field.oneof_index = 0
    _typed(field, kind[-1])


def _typed(field: Any, kind: str) -> None:
    """Set the type of a field: a message has a capital letter."""
    if kind[0].isupper():
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
    else:
        field.type = _Field.Type.Value(f"TYPE_{kind.upper()}")


POOL = descriptor_pool.DescriptorPool()
POOL.Add(_file())


def message(name: str) -> Any:
    """Return the class of a message by its name in the protocol."""
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(f"{PACKAGE}.{name}"))
