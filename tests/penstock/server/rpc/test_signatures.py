"""GetModelMetadata and GetModelStatus, with TensorFlow Serving's own client over a real connection."""

import pytest
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, ModelVersionStatus
from tensorflow_serving.apis.model_pb2 import ModelSpec

pytestmark = pytest.mark.slow


def metadata(field="signature_def", **spec):
    return GetModelMetadataRequest(model_spec=ModelSpec(**spec), metadata_field=[field])


def test_metadata_are_the_signatures_of_the_version(prediction):
    answer = prediction.GetModelMetadata(metadata(name="mixed", version_label="stable"))
    assert (answer.model_spec.name, answer.model_spec.version.value) == ("mixed", 1)
    found = SignatureDefMap()
    assert answer.metadata["signature_def"].Unpack(found)
    half = found.signature_def["half"]
    assert (half.inputs["x"].name, half.inputs["x"].dtype) == ("half_x:0", 1)
    assert half.method_name == "tensorflow/serving/predict"


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (GetModelMetadataRequest(metadata_field=["signature_def"]), "INVALID_ARGUMENT", "Missing ModelSpec"),
        (
            GetModelMetadataRequest(model_spec=ModelSpec(name="mixed")),
            "INVALID_ARGUMENT",
            "GetModelMetadataRequest must specify at least one metadata_field",
        ),
        (metadata("weights", name="mixed"), "INVALID_ARGUMENT", "Metadata field weights is not supported"),
        (metadata(name="nope"), "NOT_FOUND", "Servable not found for request: Latest(nope)"),
        (metadata(name="mixed", version_label="x"), "INVALID_ARGUMENT", "Unrecognized servable version label: x"),
    ],
)
def test_metadata_that_cannot_be_answered_have_the_status_of_tensorflow_serving(
    prediction, refused, request_, code, text
):
    assert refused(prediction.GetModelMetadata, request_) == (code, text)


def status(version=None, **spec):
    request = GetModelStatusRequest(model_spec=ModelSpec(**spec))
    if version is not None:
        request.model_spec.version.value = version
    return request


@pytest.mark.parametrize(
    ("request_", "versions"),
    [
        (status(name="mixed"), [2, 1]),
        (status(1, name="mixed"), [1]),
        # As in TensorFlow Serving a label is ignored.
        (status(name="mixed", version_label="none"), [2, 1]),
    ],
)
def test_status_has_the_versions_from_the_latest(management, request_, versions):
    answer = management.GetModelStatus(request_)
    assert [each.version for each in answer.model_version_status] == versions
    assert {each.state for each in answer.model_version_status} == {ModelVersionStatus.AVAILABLE}
    assert {(each.status.error_code, each.status.error_message) for each in answer.model_version_status} == {(0, "")}


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (GetModelStatusRequest(), "INVALID_ARGUMENT", "Missing ModelSpec"),
        (status(name="nope"), "NOT_FOUND", "Could not find any versions of model nope"),
        (status(99, name="mixed"), "NOT_FOUND", "Could not find version 99 of model mixed"),
    ],
)
def test_status_of_what_does_not_exist_is_not_found(management, refused, request_, code, text):
    assert refused(management.GetModelStatus, request_) == (code, text)
