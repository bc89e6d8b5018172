"""The methods GetModelMetadata and GetModelStatus: what a model takes, and which versions of it there are."""

from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    SignatureDefMap,
)
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, GetModelStatusResponse

from penstock.server.inference.signatures import invalid
from penstock.server.models.models import Models
from penstock.server.rpc.calls import Call
from penstock.server.rpc.specs import answered, lease, required

_SIGNATURES = "signature_def"


def describe(models: Models, request: GetModelMetadataRequest, call: Call) -> GetModelMetadataResponse:
    """Answer a request with the signatures of a model.

    Raises:
        ServingError: The model or the version is missing, or the request asks for something else.
    """
    spec = required(request)
    call.model = spec.name
    if not request.metadata_field:
        raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
    for field in request.metadata_field:
        if field != _SIGNATURES:
            raise invalid(f"Metadata field {field} is not supported")
    with lease(models, spec) as servable:
        call.answered_by(servable)
        response = GetModelMetadataResponse(model_spec=answered(servable))
        response.metadata[_SIGNATURES].Pack(SignatureDefMap(signature_def=servable.signature_defs))
    return response


def status(models: Models, request: GetModelStatusRequest, call: Call) -> GetModelStatusResponse:
    """Answer a request with the states of a model's versions; as in TensorFlow Serving a label is ignored.

    Raises:
        ServingError: The model or the version is missing.
    """
    spec = required(request)
    call.model = spec.name
    version = spec.version.value if spec.HasField("version") else None
    response = GetModelStatusResponse()
    for found in models.states(spec.name, version):
        each = response.model_version_status.add(version=found.version, state=found.state)
        each.status.error_code, each.status.error_message = found.code, found.message
    return response
