"""What the server and its models are, by the Open Inference Protocol."""

from typing import Any

from penstock.server.errors import ServingError
from penstock.server.inference.signatures import DEFAULT_SIGNATURE
from penstock.server.models.models import Models
from penstock.server.models.signature import TensorInfo
from penstock.server.models.states import State
from penstock.server.rpc.calls import Call
from penstock.server.rpc.dtypes import name_of
from penstock.server.rpc.inference_v2.contents import BY_NUMBER
from penstock.server.rpc.inference_v2.infer import lease, signature_of, version_of
from penstock.server.rpc.inference_v2.messages import message

NAME, PLATFORM = "penstock", "tensorflow_savedmodel"


def server_live(_: Any, __: Call) -> Any:
    """Answer that the server runs."""
    return message("ServerLiveResponse")(live=True)


def server_ready(models: Models, _: Any, __: Call) -> Any:
    """Answer whether every model can predict."""
    return message("ServerReadyResponse")(ready=models.is_ready())


def model_ready(models: Models, request: Any, call: Call) -> Any:
    """Answer whether a model, or one version of it, can predict; one that is not known cannot.

    Raises:
        ServingError: The version is not a number.
    """
    call.model = request.name
    version = version_of(request.version)
    try:
        states = models.states(request.name, version)
    except ServingError:
        states = []
    return message("ModelReadyResponse")(ready=any(each.state == State.AVAILABLE for each in states))


def server_metadata(version: str, _: Any, __: Call) -> Any:
    """Answer with the name and the version of the server."""
    return message("ServerMetadataResponse")(name=NAME, version=version)


def model_metadata(models: Models, request: Any, call: Call) -> Any:
    """Answer with the versions of a model, and with the inputs and outputs of its default signature.

    Raises:
        ServingError: There is no such model, version or signature.
    """
    call.model = request.name
    with lease(models, request.name, request.version) as servable:
        call.answered_by(servable)
        signature = signature_of(servable, DEFAULT_SIGNATURE)
        available = [each.version for each in models.states(request.name) if each.state == State.AVAILABLE]
    versions = [request.version] if request.version else [str(version) for version in available]
    response = message("ModelMetadataResponse")(name=request.name, versions=versions, platform=PLATFORM)
    for described, tensors in ((response.inputs, signature.inputs), (response.outputs, signature.outputs)):
        for alias, info in tensors.items():
            described.add(name=alias, datatype=_datatype(info), shape=_shape(info))
    return response


def _datatype(info: TensorInfo) -> str:
    """Return the protocol's name of a data type, or TensorFlow's own if the protocol has none."""
    return BY_NUMBER[info.dtype].name if info.dtype in BY_NUMBER else name_of(info.dtype)


def _shape(info: TensorInfo) -> list[int]:
    return [-1] if info.shape is None else [-1 if size is None else size for size in info.shape]
