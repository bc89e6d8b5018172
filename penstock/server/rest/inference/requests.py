"""Reads the body of an inference request: JSON, and binary tensors after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from penstock.server.errors import ServingError
from penstock.server.models.signature import TensorInfo
from penstock.server.rest.inference.datatypes import BY_NUMBER, Datatype, name_of, of_bytes, of_json, refusal
from penstock.server.rest.json import parsing

MOST_DIMENSIONS = 32


@dataclass(frozen=True)
class Request:
    """An inference request whose tensors are not read yet.

    Attributes:
        document: The JSON part.
        binary: What follows it.
        identity: The identifier that the answer repeats.
        parameters: The parameters of the request.
    """

    document: dict[str, Any]
    binary: bytes
    identity: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """The inputs as they are described."""
        inputs = self.document.get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(each, dict) for each in inputs):
            raise refusal("unable to parse 'inputs': expected a list of objects")
        return inputs

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The outputs that are asked for; empty for all."""
        outputs = self.document.get("outputs", [])
        if not isinstance(outputs, list) or not all(isinstance(each, dict) for each in outputs):
            raise refusal("unable to parse 'outputs': expected a list of objects")
        return outputs

    @property
    def signature(self) -> str:
        """The name of the signature, by a parameter of ours."""
        name = self.parameters.get("signature_name", "serving_default")
        if not isinstance(name, str):
            raise refusal("parameter 'signature_name' must be a string")
        return name


def read(body: bytes, header_length: str | None) -> Request:
    """Return the request of a body.

    Args:
        body: The body without compression.
        header_length: The size of its JSON part as the header has it; None if all of it is JSON.
    """
    size = len(body)
    if header_length is not None:
        if not (header_length.isascii() and header_length.isdigit()) or int(header_length) > len(body):
            text = f"Inference-Header-Content-Length is {header_length}, the body has {len(body)} bytes"
            raise refusal(f"{text}; expected the size of its JSON part")
        size = int(header_length)
    document = _document(body[:size])
    identity = document.get("id")
    parameters = document.get("parameters", {})
    if identity is not None and not isinstance(identity, str):
        raise refusal("unable to parse 'id': expected a string")
    if not isinstance(parameters, dict):
        raise refusal("unable to parse 'parameters': expected an object")
    return Request(document, body[size:], identity, parameters)


def tensors(request: Request, inputs: Mapping[str, TensorInfo], model: str) -> dict[str, np.ndarray]:
    """Return the tensors of a request for the inputs of a signature."""
    found: dict[str, np.ndarray] = {}
    place = 0
    for each in request.inputs:
        name = each.get("name")
        if not isinstance(name, str):
            raise refusal("an input has no 'name', or it is not a string")
        if name not in inputs:
            raise refusal(f"unexpected inference input '{name}' for model '{model}'")
        if name in found:
            raise refusal(f"input '{name}' already exists in request")
        datatype, shape = _described(each, name, inputs[name], model)
        size = _binary_size(each, name)
        if size is None:
            if "data" not in each:
                raise refusal(f"input '{name}' has neither 'data' nor 'binary_data_size'")
            found[name] = of_json(each["data"], datatype, shape, name)
            continue
        if place + size > len(request.binary):
            raise refusal(f"unexpected end of the binary data of input '{name}'")
        found[name] = of_bytes(request.binary[place : place + size], datatype, shape, name)
        place += size
    if place != len(request.binary):
        raise refusal(f"unexpected additional input data for model '{model}': {len(request.binary) - place} bytes")
    missing = [f"'{name}'" for name in inputs if name not in found]
    if missing:
        got = f"expected {len(inputs)} inputs but got {len(found)} inputs for model '{model}'"
        raise refusal(f"{got}. Missing required input(s) [{','.join(missing)}].")
    return found


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        # NaN and Infinity are taken, as Triton takes them.
        document = _plain(_exact(body))
    if not isinstance(document, dict):
        raise refusal("failed to parse the request JSON buffer: expected an object")
    return document


def _exact(body: bytes) -> Any:
    try:
        return parsing.exact(body)
    except ServingError as error:
        text = error.message.removeprefix("JSON Parse error: ")
        raise refusal(f"failed to parse the request JSON buffer: {text}") from error


def _plain(value: Any) -> Any:
    """Return a value with the last of equal keys in each object."""
    if isinstance(value, parsing.Members):
        return {name: _plain(each) for name, each in value}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        return [_plain(each) for each in value]
    return value


def _described(given: dict[str, Any], name: str, info: TensorInfo, model: str) -> tuple[Datatype, tuple[int, ...]]:
    """Return type and shape of an input, if they are those of the signature."""
    datatype = BY_NUMBER.get(info.dtype)
    if datatype is None or given.get("datatype") != datatype.name:
        expected = f"inference input '{name}' data-type is '{given.get('datatype')}', but model '{model}' expects"
        raise refusal(f"{expected} '{name_of(info.dtype)}'")
    shape = given.get("shape")
    if not isinstance(shape, list) or not all(type(size) is int and 0 <= size < 2**63 for size in shape):
        raise refusal(f"input '{name}' has no 'shape', or it is not a list of integers from 0")
    fits = info.shape is None or (
        len(shape) == len(info.shape) and all(b in (None, a) for a, b in zip(shape, info.shape, strict=True))
    )
    if not fits or len(shape) > MOST_DIMENSIONS:
        sizes = "any" if info.shape is None else [-1 if size is None else size for size in info.shape]
        raise refusal(f"unexpected shape for input '{name}' for model '{model}'. Expected {sizes}, got {shape}.")
    return datatype, tuple(shape)


def _binary_size(given: dict[str, Any], name: str) -> int | None:
    parameters = given.get("parameters", {})
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else -1
    if size is not None and (type(size) is not int or size < 0):
        raise refusal(f"'parameters' of input '{name}' is not an object with a 'binary_data_size' from 0")
    return size
