"""Clients that others wrote, in an environment of their own, understand the answers of the Open Inference Protocol."""

import json
import os
import subprocess

import pytest

from tests.environments import clients

pytestmark = pytest.mark.slow

TRITON = """
import numpy as np, tritonclient.http as http
from tritonclient.utils import InferenceServerException
client = http.InferenceServerClient(ADDRESS)
result["health"] = [client.is_server_live(), client.is_server_ready(), client.is_model_ready("mixed", "1")]
result["unknown"] = client.is_model_ready("none")
result["server"] = client.get_server_metadata()["name"]
result["platform"] = client.get_model_metadata("mixed")["platform"]
result["index"] = sorted(each["name"] for each in client.get_model_repository_index())

def given(name, array, datatype, binary):
    made = http.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made

for binary in (True, False):
    for compression in (None, "gzip", "deflate"):
        inputs = [
            given("x", np.array([1, 2.5], np.float32), "FP32", binary),
            given("n", np.array([2, 4], np.int64), "INT64", True),
            given("s", np.array(["a", "\u00e9"], object), "BYTES", binary),
        ]
        outputs = [http.InferRequestedOutput(name, binary_data=binary) for name in ("score", "text", "count")]
        found = client.infer(
            "mixed", inputs, "2", outputs, request_id="7", request_compression_algorithm=compression
        )
        assert found.get_response()["id"] == "7"
        assert found.as_numpy("score").dtype == np.float32
        result[f"{binary} {compression}"] = [
            found.as_numpy("score").tolist(),
            found.as_numpy("count").tolist(),
            [text if isinstance(text, str) else text.decode() for text in found.as_numpy("text").tolist()],
        ]
try:
    client.infer("mixed", [given("x", np.array([1], np.float32), "FP32", True)])
except InferenceServerException as error:
    result["refused"] = [error.status(), error.message()]
"""

OPEN_INFERENCE = """
from open_inference.openapi.client import OpenInferenceClient
from open_inference.openapi import InferenceRequest, RequestInput, TensorData
from open_inference.openapi.core.api_error import ApiError
client = OpenInferenceClient(base_url=f"http://{ADDRESS}")
client.check_server_liveness()
client.check_server_readiness()
client.check_model_readiness("echo")
client.check_model_version_readiness("echo", "3")
result["server"] = client.read_server_metadata().name
result["inputs"] = [each.name for each in client.read_model_metadata("mixed").inputs]
result["versions"] = client.read_model_version_metadata("mixed", "1").versions
one = RequestInput(name="x", shape=[2], datatype="FP32", data=TensorData.parse_obj([1.0, 2.5]))
found = client.model_infer("echo", request=InferenceRequest(id="7", inputs=[one]))
result["infer"] = json.loads(found.json())
found = client.model_version_infer("echo", "3", request=InferenceRequest(inputs=[one]))
result["version"] = found.model_version
try:
    client.read_model_metadata("none")
except ApiError as error:
    result["unknown"] = error.body
"""


def run(server, program):
    """Run a program with ADDRESS in the environment of the clients; return what it puts into `result`."""
    start = f"import json\nADDRESS = {server.removeprefix('http://')!r}\nresult = {{}}\n"
    whole = f"{start}{program}\nprint(json.dumps(result))"
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run([clients(), "-c", whole], capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_client_of_triton_understands_every_answer(server):
    result = run(server, TRITON)
    assert result.pop("refused") == [
        "400",
        "expected 3 inputs but got 1 inputs for model 'mixed'. Missing required input(s) ['n','s'].",
    ]
    facts = {name: result.pop(name) for name in ("health", "unknown", "server", "platform", "index")}
    assert facts == {
        "health": [True, True, True],
        "unknown": False,
        "server": "penstock",
        "platform": "tensorflow_savedmodel",
        "index": ["echo", "estimator", "mixed", "mixed"],
    }
    assert len(result) == 6
    assert all(found == [[4.0, 6.5], [3, 3], ["a!", "\u00e9!"]] for found in result.values())


def test_the_client_made_of_the_protocols_own_document_understands_every_answer(server):
    result = run(server, OPEN_INFERENCE)
    outputs = result.pop("infer")["outputs"]
    assert [(each["name"], each["shape"], each["datatype"], each["data"]) for each in outputs] == [
        ("y", [2], "FP32", [1.0, 2.5])
    ]
    assert result == {
        "server": "penstock",
        "inputs": ["n", "s", "x"],
        "versions": ["1"],
        "version": "3",
        "unknown": {"error": "Request for unknown model: 'none' is not found"},
    }
