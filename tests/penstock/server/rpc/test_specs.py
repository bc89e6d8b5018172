"""The ModelSpec of requests and answers."""

from contextlib import nullcontext

import pytest
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from penstock.server.errors import ServingError
from penstock.server.rpc.specs import answered, lease, required

pytestmark = pytest.mark.slow


class Asked:
    """Models that yield what they were asked for."""

    model, version = "m", 3

    def lease(self, model, version, label):
        return nullcontext((model, version, label))


@pytest.mark.parametrize(
    ("spec", "asked"),
    [
        (ModelSpec(name="m"), ("m", None, None)),
        (ModelSpec(name="m", version={"value": 0}), ("m", 0, None)),
        (ModelSpec(name="m", version={}), ("m", 0, None)),
        (ModelSpec(name="m", version={"value": -1}), ("m", -1, None)),
        (ModelSpec(name="m", version_label=""), ("m", None, "")),
        (ModelSpec(name="m", version_label="stable"), ("m", None, "stable")),
        # Of the two the last one on the wire is left.
        (ModelSpec(name="m", version_label="stable", version={"value": 4}), ("m", 4, None)),
    ],
)
def test_version_and_label_are_those_of_the_request(spec, asked):
    with lease(Asked(), spec) as found:
        assert found == asked


def test_request_without_spec_or_name_is_refused():
    with pytest.raises(ServingError, match="INVALID_ARGUMENT: Missing ModelSpec"):
        required(PredictRequest())
    with pytest.raises(ServingError, match="INVALID_ARGUMENT: ModelSpec has no name specified."):
        lease(Asked(), required(PredictRequest(model_spec={})))


def test_answer_has_name_version_and_signature():
    assert answered(Asked(), "half") == ModelSpec(name="m", version={"value": 3}, signature_name="half")
