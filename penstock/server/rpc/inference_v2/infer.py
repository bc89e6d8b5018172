"""The method ModelInfer: named tensors in, named tensors out."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.inference.signatures import DEFAULT_SIGNATURE, invalid
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature, TensorInfo
from penstock.server.rpc.calls import Call
from penstock.server.rpc.dtypes import name_of
from penstock.server.rpc.inference_v2.contents import BY_NUMBER, DataType, fill, raw_of, read
from penstock.server.rpc.inference_v2.messages import message

_SIGNATURE = "signature_name"
_RESPONSE = message("ModelInferResponse")


def infer(models: Models, request: Any, call: Call) -> Any:
    """Answer a request with what a signature returns for its inputs; raw bytes are answered with raw bytes.

    Args:
        models: The models.
        request: The request, a ModelInferRequest; its parameter `signature_name` may name another signature.
        call: The call, for the log.

    Raises:
        ServingError: The model, the version or the signature is missing, or does not take the inputs.
    """
    call.model = request.model_name
    with lease(models, request.model_name, request.model_version) as servable:
        signature = signature_of(servable, request.parameters[_SIGNATURE].string_param or DEFAULT_SIGNATURE)
        call.answered_by(servable, signature.name)
        inputs = _inputs(servable, signature, request)
        wanted = _wanted(servable, signature, request.outputs)
        outputs = models.run(servable, signature.name, inputs)
    kinds = {alias: _datatype(signature, alias) for alias in wanted}
    raw = bool(request.raw_input_contents) or not all(kind.field for kind in kinds.values())
    response = _RESPONSE(model_name=servable.model, model_version=str(servable.version), id=request.id)
    for alias, kind in kinds.items():
        array = outputs[alias]
        tensor = response.outputs.add(name=alias, datatype=kind.name, shape=array.shape)
        if raw:
            response.raw_output_contents.append(raw_of(array))
        else:
            fill(tensor.contents, kind, array)
    return response


@contextmanager
def lease(models: Models, model: str, version: str) -> Iterator[Servable]:
    """Yield a version of a model, which stays loaded in the block; the latest one if the version is empty.

    Raises:
        ServingError: There is no such model or version.
    """
    with ExitStack() as stack:
        try:
            servable = stack.enter_context(models.lease(model, version_of(version)))
        except ServingError as error:
            if error.code != Code.NOT_FOUND:
                raise
            which = f"'{model}' version {version}" if version else f"'{model}'"
            raise ServingError(Code.NOT_FOUND, f"Request for unknown model: {which} is not found") from error
        yield servable


def version_of(text: str) -> int | None:
    """Return the number of a version, or None for an empty text.

    Raises:
        ServingError: It is not a number.
    """
    if not text:
        return None
    if not text.isdecimal() or not text.isascii() or int(text[:20]) >= 1 << 63:
        raise invalid(f"failed to get model version from specified version string '{text}', expected a number")
    return int(text)


def signature_of(servable: Servable, name: str) -> Signature:
    """Return a signature by its name.

    Raises:
        ServingError: There is none.
    """
    if name not in servable.signatures:
        known = ", ".join(sorted(servable.signatures))
        raise invalid(
            f"model '{servable.model}' has no signature '{name}': expected one of {known} as parameter '{_SIGNATURE}'"
        )
    return servable.signatures[name]


def _inputs(servable: Servable, signature: Signature, request: Any) -> dict[str, np.ndarray]:
    count, raws = len(request.inputs), request.raw_input_contents
    if raws and len(raws) != count:
        raise invalid(f"expected {count} raw_input_contents, one for each input, but got {len(raws)}")
    found: dict[str, np.ndarray] = {}
    for index, tensor in enumerate(request.inputs):
        info = signature.inputs.get(tensor.name)
        if info is None:
            raise invalid(f"unexpected inference input '{tensor.name}' for model '{servable.model}'")
        if tensor.name in found:
            raise invalid(f"inference input '{tensor.name}' is in the request more than once")
        _check(servable, tensor, info)
        found[tensor.name] = read(tensor, raws[index] if raws else None)
    missing = [alias for alias in signature.inputs if alias not in found]
    if missing:
        raise invalid(
            f"expected {len(signature.inputs)} inputs but got {count} inputs for model '{servable.model}'. "
            f"Got input(s) {_list(found)}, but missing required input(s) {_list(missing)}."
        )
    return found


def _check(servable: Servable, tensor: Any, info: TensorInfo) -> None:
    """Refuse an input of another data type or shape than the signature's."""
    expected = BY_NUMBER.get(info.dtype)
    if expected is None or tensor.datatype != expected.name:
        own = expected.name if expected else name_of(info.dtype)
        raise invalid(
            f"inference input '{tensor.name}' data-type is '{tensor.datatype}', but model '{servable.model}' "
            f"expects '{own}'"
        )
    shape, sizes = list(tensor.shape), info.shape
    if sizes is None:
        return
    if len(shape) != len(sizes) or any(size not in (None, own) for own, size in zip(shape, sizes, strict=True)):
        known = [-1 if size is None else size for size in sizes]
        raise invalid(
            f"unexpected shape for input '{tensor.name}' for model '{servable.model}'. Expected {known}, got {shape}."
        )


def _wanted(servable: Servable, signature: Signature, outputs: Sequence[Any]) -> list[str]:
    """Return the names of the outputs to answer, each once; all if a request names none."""
    for output in outputs:
        if output.name not in signature.outputs:
            raise invalid(f"unexpected inference output '{output.name}' for model '{servable.model}'")
    return list(dict.fromkeys(output.name for output in outputs)) or list(signature.outputs)


def _datatype(signature: Signature, alias: str) -> DataType:
    number = signature.outputs[alias].dtype
    if number not in BY_NUMBER:
        raise ServingError(Code.UNIMPLEMENTED, f"output '{alias}' is of type {name_of(number)}, which cannot be sent")
    return BY_NUMBER[number]


def _list(names: Any) -> str:
    return "[" + ",".join(f"'{name}'" for name in names) + "]"
