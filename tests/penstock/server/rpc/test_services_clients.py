"""Clients that others wrote, each with a protobuf of its own, in a process and an environment of its own."""

import json
import os
import subprocess

import pytest

from penstock.server.rpc.inference_v2 import messages
from tests.environments import clients, old_clients

pytestmark = pytest.mark.slow

TRITON = """
import tritonclient.grpc as triton
client = triton.InferenceServerClient(f"127.0.0.1:{port}")
def tensor(name, datatype, values):
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values)
    return made
x = tensor("x", "FP32", np.array([1, 2], np.float32))
rows = [x, tensor("n", "INT64", np.array([2, 4])), tensor("s", "BYTES", np.array([b"a", b"\\xff"], object))]
def error(call):
    try:
        call()
    except triton.InferenceServerException as problem:
        return [problem.status(), problem.message()]
"""
MIN_TFS = """
from min_tfs_client.requests import TensorServingClient
from min_tfs_client.tensors import tensor_proto_to_ndarray
client = TensorServingClient(host="127.0.0.1", port=port, credentials=None)
"""


def run(python, start, program, port):
    """Run a program in another environment with `np` and `port` in scope; return what it puts into `result`."""
    whole = f"import json\nimport numpy as np\nport = {port}\n{start}\n{program}\nprint(json.dumps(result))"
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run([python, "-c", whole], capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_tritonclient_asks_for_state_and_metadata(port):
    found = run(
        clients(),
        TRITON,
        "result = [client.is_server_live(), client.is_server_ready(), client.is_model_ready('mixed', '1'),"
        " client.is_model_ready('nope'), client.get_server_metadata().name,"
        " client.get_model_metadata('mixed', as_json=True)]",
        port,
    )
    assert found[:5] == [True, True, True, False, "penstock"]
    assert found[5]["versions"] == ["2", "1"]
    assert found[5]["inputs"][2] == {"name": "x", "datatype": "FP32", "shape": ["-1"]}


def test_tritonclient_predicts_with_raw_bytes(port):
    program = """
answer = client.infer("mixed", rows, model_version="1", request_id="mine", parameters={"color": "red"})
text = [value.hex() for value in answer.as_numpy("text")]
asked = client.infer("mixed", rows, outputs=[triton.InferRequestedOutput("score")], compression_algorithm="gzip")
half = client.infer("mixed", [x], parameters={"signature_name": "half"})
result = [answer.as_numpy("score").tolist(), answer.as_numpy("count").tolist(), text, answer.get_response().id,
          [each.name for each in asked.get_response().outputs], half.as_numpy("y").tolist()]
"""
    texts = [b"a!".hex(), b"\xff!".hex()]
    assert run(clients(), TRITON, program, port) == [[3, 5], [3, 3], texts, "mine", ["score"], [2.5, 3]]


def test_tritonclient_is_given_the_errors(port):
    program = """
result = [error(lambda: client.infer("nope", rows)), error(lambda: client.infer("mixed", rows[:2])),
          error(lambda: client.infer("mixed", rows, outputs=[triton.InferRequestedOutput("q")]))]
"""
    unknown, missing, output = run(clients(), TRITON, program, port)
    assert unknown == ["StatusCode.NOT_FOUND", "Request for unknown model: 'nope' is not found"]
    assert missing[0] == "StatusCode.INVALID_ARGUMENT"
    assert missing[1].startswith("expected 3 inputs but got 2 inputs for model 'mixed'.")
    assert output == ["StatusCode.INVALID_ARGUMENT", "unexpected inference output 'q' for model 'mixed'"]


def test_client_of_tensorflow_serving_with_an_old_protobuf_predicts(port):
    program = """
rows = {"x": np.array([1, 2], np.float32), "n": np.array([2, 4]), "s": np.array(["a", "b"])}
answer = client.predict_request(model_name="mixed", input_dict=rows, model_version=1)
result = [answer.model_spec.version.value,
          {name: tensor_proto_to_ndarray(tensor).tolist() for name, tensor in answer.outputs.items()}]
"""
    expected = [1, {"score": [3, 5], "count": [3, 6], "text": ["a!", "b!"]}]
    assert run(old_clients(), MIN_TFS, program, port) == expected


def test_our_messages_work_with_the_protobuf_of_the_other_stack(port):
    source = f"exec(open({messages.__file__!r}).read())"
    program = """
made = message("ModelInferRequest")(model_name="m")
made.inputs.add(name="x", datatype="FP32", shape=[1]).contents.fp32_contents.append(1)
made.parameters["p"].string_param = "q"
result = made.SerializeToString().hex()
"""
    made = messages.message("ModelInferRequest")(model_name="m")
    made.inputs.add(name="x", datatype="FP32", shape=[1]).contents.fp32_contents.append(1)
    made.parameters["p"].string_param = "q"
    assert run(clients(), source, program, port) == made.SerializeToString().hex()
