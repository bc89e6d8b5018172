"""The signatures of a SavedModel, read without TensorFlow, which takes seconds to import."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

SAVED_MODEL = "saved_model.pb"
# The needed part of TensorFlow's saved_model.proto and meta_graph.proto; a map is a repeated entry of key and value.
_MESSAGES = """
name: "penstock/saved_model.proto" package: "penstock" syntax: "proto3"
message_type { name: "SavedModel"
  field { name: "graphs" number: 2 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".penstock.Graph" } }
message_type { name: "Graph"
  field { name: "signatures" number: 5 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".penstock.Entry" } }
message_type { name: "Entry"
  field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".penstock.Signature" } }
message_type { name: "Signature"
  field { name: "inputs" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".penstock.Tensor" }
  field { name: "outputs" number: 2 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".penstock.Tensor" } }
message_type { name: "Tensor" field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING } }
"""


@dataclass(frozen=True)
class Signature:
    """A signature: its name, and the names of its inputs and outputs."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def signatures(file: Path) -> list[Signature]:
    """Return the signatures of a `saved_model.pb` by name, without those for loading.

    Raises:
        DecodeError: The file is not a SavedModel.
    """
    saved = saved_model_message().FromString(file.read_bytes())
    by_name = {entry.key: entry.value for graph in saved.graphs for entry in graph.signatures}
    return [
        Signature(name, _names(signature.inputs), _names(signature.outputs))
        for name, signature in sorted(by_name.items())
        if not name.startswith("__")
    ]


def saved_model_message() -> Any:
    """Return the class of a SavedModel's message, with its signatures alone."""
    file = text_format.Parse(_MESSAGES, descriptor_pb2.FileDescriptorProto())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("penstock.SavedModel"))


def _names(tensors: Any) -> tuple[str, ...]:
    return tuple(sorted(entry.key for entry in tensors))
