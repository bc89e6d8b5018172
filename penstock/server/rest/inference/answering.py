"""Answers inference requests and questions about models by the Open Inference Protocol."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import orjson

from penstock.server.errors import Code, ServingError
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.models.signature import TensorInfo
from penstock.server.models.states import State
from penstock.server.rest import predicting
from penstock.server.rest.answers import BINARY, Answer, of_value
from penstock.server.rest.inference.datatypes import BY_NUMBER, name_of, refusal, to_bytes
from penstock.server.rest.inference.requests import Request, read, tensors
from penstock.server.rest.json import writing
from penstock.server.rest.working import Worker

HEADER_LENGTH = "inference-header-content-length"
PLATFORM = "tensorflow_savedmodel"
Found = TypeVar("Found")
# The inputs of a signature, and the names of its outputs.
Known = tuple[Mapping[str, TensorInfo], tuple[str, ...]]
EXTENSIONS = ["binary_tensor_data", "model_repository"]


def server(version: str) -> Answer:
    """Return what the server is."""
    return of_value({"name": "penstock", "version": version, "extensions": EXTENSIONS})


def ready(models: Models, model: str, version: int | None) -> Answer:
    """Return an empty answer if a model, or one version of it, can predict."""
    try:
        with models.lease(model, version):
            return Answer(200)
    except ServingError as error:
        raise refusal("Model version not ready") from error


def metadata(models: Models, model: str, version: int | None) -> Answer:
    """Return the inputs and outputs of a model."""
    with _lease(models, model, version) as servable:
        signature = _signature(servable.signatures, predicting.DEFAULT, model)
        versions = [str(each.version) for each in models.states(model) if each.state == State.AVAILABLE]
        return of_value(
            {
                "name": servable.model,
                "versions": versions if version is None else [str(version)],
                "platform": PLATFORM,
                "inputs": [_described(name, info) for name, info in signature.inputs.items()],
                "outputs": [_described(name, info) for name, info in signature.outputs.items()],
            }
        )


def index(models: Models) -> Answer:
    """Return every version of every model, and its state."""
    return of_value(
        [
            {
                "name": name,
                "version": str(each.version),
                "state": "READY" if each.state == State.AVAILABLE else each.state.name,
                "reason": each.message,
            }
            for name in models.names()
            for each in models.states(name)
        ]
    )


async def infer(
    models: Models, place: tuple[str, int | None], body: bytes, header_length: str | None, worker: Worker
) -> Answer:
    """Return the outputs for the inputs of a body.

    Args:
        models: The models.
        place: The name of the model, and its version.
        body: The body without compression.
        header_length: The size of its JSON part as the header has it; None if all of it is JSON.
        worker: For long work.
    """
    model, version = place
    with _lease(models, model, version) as servable:
        known = {name: (each.inputs, tuple(each.outputs)) for name, each in servable.signatures.items()}
        asked = await worker.run(len(body), _read, body, header_length, known, model)
        outputs = await models.run_async(servable, asked.signature, asked.inputs)
    head: dict[str, Any] = {"model_name": model, "model_version": str(servable.version)}
    if asked.identity is not None:
        head["id"] = asked.identity
    chosen = {name: outputs[name] for name in asked.wanted}
    answer = await worker.run(predicting.weight(chosen), _written, head, chosen, asked.wanted)
    answer.headers[predicting.VERSION] = str(servable.version)
    return answer


@dataclass(frozen=True)
class _Asked:
    """What a request asks for.

    Attributes:
        signature: The name of the signature.
        inputs: Its inputs.
        wanted: The outputs to send by name, and whether each is sent as bytes.
        identity: The identifier that the answer repeats.
    """

    signature: str
    inputs: dict[str, np.ndarray]
    wanted: dict[str, bool]
    identity: str | None


def _read(body: bytes, header_length: str | None, known: Mapping[str, Known], model: str) -> _Asked:
    request = read(body, header_length)
    inputs, outputs = _signature(known, request.signature, model)
    found = tensors(request, inputs, model)
    return _Asked(request.signature, found, _wanted(request, outputs, model), request.identity)


@contextmanager
def _lease(models: Models, model: str, version: int | None) -> Iterator[Servable]:
    with ExitStack() as leases:
        try:
            servable = leases.enter_context(models.lease(model, version))
        except ServingError as error:
            if error.code != Code.NOT_FOUND:
                raise
            which = f"'{model}'" if version is None else f"'{model}' version {version}"
            raise ServingError(Code.NOT_FOUND, f"Request for unknown model: {which} is not found") from error
        yield servable


def _signature(signatures: Mapping[str, Found], name: str, model: str) -> Found:
    found = signatures.get(name)
    if found is None:
        expected = f"expected one of {', '.join(sorted(signatures))} as parameter 'signature_name'"
        raise refusal(f"model '{model}' has no signature '{name}': {expected}")
    return found


def _described(name: str, info: TensorInfo) -> dict[str, Any]:
    sizes = [-1] if info.shape is None else [-1 if size is None else size for size in info.shape]
    return {"name": name, "datatype": name_of(info.dtype), "shape": sizes}


def _wanted(request: Request, names: tuple[str, ...], model: str) -> dict[str, bool]:
    """Return the outputs to send by name, and whether each is sent as bytes."""
    every = request.parameters.get("binary_data_output", False) is True
    if not request.outputs:
        return dict.fromkeys(names, every)
    wanted = {}
    for each in request.outputs:
        name, parameters = each.get("name"), each.get("parameters", {})
        if not isinstance(name, str) or name not in names:
            raise refusal(f"unexpected inference output '{name}' for model '{model}'")
        if not isinstance(parameters, dict) or parameters.get("classification", 0) != 0:
            raise refusal(f"'parameters' of output '{name}': expected an object without 'classification'")
        wanted[name] = parameters.get("binary_data", every) is True
    return wanted


def _written(head: dict[str, Any], outputs: dict[str, np.ndarray], as_bytes: dict[str, bool]) -> Answer:
    described, blobs = [], []
    for name, array in outputs.items():
        each: dict[str, Any] = {"name": name, "datatype": _datatype(array), "shape": list(array.shape)}
        if as_bytes[name]:
            blobs.append(to_bytes(array))
            each["parameters"] = {"binary_data_size": len(blobs[-1])}
        else:
            wide = array.astype(np.float32) if array.dtype == np.float16 else array
            each["data"] = writing.writable(wide.ravel())
        described.append(each)
    text = orjson.dumps({**head, "outputs": described}, option=writing.OPTIONS)
    if not blobs:
        return Answer(200, text)
    return Answer(200, b"".join([text, *blobs]), BINARY, {HEADER_LENGTH: str(len(text))})


def _datatype(array: np.ndarray) -> str:
    for each in BY_NUMBER.values():
        if array.dtype == each.dtype:
            return each.name
    raise refusal(f"an output of type {array.dtype} cannot be sent")
