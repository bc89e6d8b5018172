"""The ModelSpec of requests and answers."""

from contextlib import AbstractContextManager

from tensorflow_serving.apis.model_pb2 import ModelSpec

from penstock.server.errors import Code, ServingError
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable


def lease(models: Models, spec: ModelSpec) -> AbstractContextManager[Servable]:
    """Return the block in which the version stays loaded that a request asks for.

    Raises:
        ServingError: There is no such model, version or label.
    """
    if not spec.name:
        raise ServingError(Code.INVALID_ARGUMENT, "ModelSpec has no name specified.")
    choice = spec.WhichOneof("version_choice")
    version = spec.version.value if choice == "version" else None
    return models.lease(spec.name, version, spec.version_label if choice == "version_label" else None)


def required(request: object) -> ModelSpec:
    """Return the ModelSpec of a request.

    Raises:
        ServingError: It has none.
    """
    if not request.HasField("model_spec"):  # type: ignore[attr-defined]
        raise ServingError(Code.INVALID_ARGUMENT, "Missing ModelSpec")
    return request.model_spec  # type: ignore[attr-defined]


def answered(servable: Servable, signature: str = "") -> ModelSpec:
    """Return the ModelSpec of an answer."""
    spec = ModelSpec(name=servable.model, signature_name=signature)
    spec.version.value = servable.version
    return spec
