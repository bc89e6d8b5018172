"""The signatures of a SavedModel: names, types and shapes of inputs and outputs, read without TensorFlow.

TensorFlow's generated classes cannot be imported without TensorFlow, which takes seconds. The fields below have the
numbers of its `saved_model.proto`, `meta_graph.proto` and `tensor_shape.proto`; the others, such as the graph, are
skipped.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

FILE = "saved_model.pb"
_PACKAGE = "penstock.signature"
# TensorFlow's DataType.
_TYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 9: "int64", 10: "bool",
}  # fmt: skip
# By message: name, number and type of each field; a map is a repeated entry of key and value.
_FIELDS: Mapping[str, tuple[tuple[str, int, str], ...]] = {
    "SavedModel": (("meta_graphs", 2, "*MetaGraph"),),
    "MetaGraph": (("signatures", 5, "*NamedSignature"),),
    "NamedSignature": (("key", 1, "string"), ("value", 2, "Signature")),
    "Signature": (("inputs", 1, "*NamedTensor"), ("outputs", 2, "*NamedTensor")),
    "NamedTensor": (("key", 1, "string"), ("value", 2, "Tensor")),
    "Tensor": (("dtype", 2, "int32"), ("shape", 3, "Shape")),
    "Shape": (("dim", 2, "*Dimension"), ("unknown_rank", 3, "bool")),
    "Dimension": (("size", 1, "int64"),),
}


def signatures_of(folder: Path) -> dict[str, Any]:
    """Return `{signature: {"inputs": {name: {"type", "shape"}}, "outputs": ...}}`; empty if it cannot be read.

    A dimension of any size is None, and so is a shape of any rank. The inner signature of initializers is left out.
    """
    try:
        model = _message("SavedModel").FromString((folder / FILE).read_bytes())
    except (OSError, DecodeError):
        return {}
    found = {each.key: each.value for graph in model.meta_graphs for each in graph.signatures}
    return {
        name: {"inputs": _tensors(signature.inputs), "outputs": _tensors(signature.outputs)}
        for name, signature in sorted(found.items())
        if not name.startswith("__")
    }


def _tensors(named: Any) -> dict[str, Any]:
    return {
        each.key: {"type": _TYPES.get(each.value.dtype, str(each.value.dtype)), "shape": _shape(each.value.shape)}
        for each in sorted(named, key=lambda each: str(each.key))
    }


def _shape(shape: Any) -> list[int | None] | None:
    return None if shape.unknown_rank else [None if dim.size < 0 else dim.size for dim in shape.dim]


@cache
def _message(name: str) -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="penstock/signature.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            _add_field(message, field, number, kind)
    return file


def _add_field(message: descriptor_pb2.DescriptorProto, name: str, number: int, kind: str) -> None:
    of_field = descriptor_pb2.FieldDescriptorProto
    label = of_field.LABEL_REPEATED if kind.startswith("*") else of_field.LABEL_OPTIONAL
    field = message.field.add(name=name, number=number, label=label)
    kind = kind.removeprefix("*")
    if kind in _FIELDS:
        field.type, field.type_name = of_field.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        field.type = of_field.Type.Value(f"TYPE_{kind.upper()}")
