import json

import pytest

pytestmark = pytest.mark.slow


def test_metadata_has_every_signature_and_prints_defaults(call):
    found = json.loads(call("GET", "/v1/models/estimator/metadata").body)
    assert found["model_spec"] == {"name": "estimator", "signature_name": "", "version": "7"}
    signatures = found["metadata"]["signature_def"]["signature_def"]
    assert sorted(signatures) == ["predict", "regress", "serving_default"]
    shape = {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}
    assert signatures["regress"] == {
        "inputs": {"inputs": {"dtype": "DT_STRING", "tensor_shape": shape, "name": "examples:0"}},
        "outputs": {"outputs": {"dtype": "DT_FLOAT", "tensor_shape": shape, "name": "Sigmoid:0"}},
        "method_name": "tensorflow/serving/regress",
        "defaults": {},
    }


def test_the_states_of_versions_are_listed(call):
    found = json.loads(call("GET", "/v1/models/mixed").body)["model_version_status"]
    assert [(each["version"], each["state"]) for each in found] == [("2", "AVAILABLE"), ("1", "AVAILABLE")]
