import json
import struct

import pytest

pytestmark = pytest.mark.slow

INFER = "/v2/models/echo/infer"
PAIR = {"signature_name": "pair"}


def tensor(name="x", datatype="FP32", shape=(2,), data=(1, 2.5), **more):
    return {"name": name, "datatype": datatype, "shape": list(shape), "data": data, **more}


def request(*inputs, **more):
    return json.dumps({"inputs": list(inputs), **more})


def test_outputs_are_flat_and_have_names_types_and_shapes(call):
    reply = call(
        "POST", INFER, request(tensor(shape=[1, 2], data=[[1, 2.5]]), id="7", parameters={"signature_name": "matrix"})
    )
    assert json.loads(reply.body) == {
        "model_name": "echo",
        "model_version": "3",
        "id": "7",
        "outputs": [{"name": "y", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 2.5]}],
    }
    assert reply.headers["x-penstock-version"] == "3"
    assert reply.scope["penstock"] == {"model": "echo", "method": "infer", "code": 0, "version": "3"}


@pytest.mark.parametrize(
    ("signature", "datatype", "data"),
    [
        ("float32", "FP32", [0.5, -1.0]),
        ("float64", "FP64", [0.1, 1e300]),
        ("half", "FP16", [0.5, 2.0]),
        ("bool", "BOOL", [True, False]),
        ("string", "BYTES", ["a", "é"]),
        ("int8", "INT8", [-128, 127]),
        ("int16", "INT16", [-32768, 32767]),
        ("int32", "INT32", [-(2**31), 2**31 - 1]),
        ("int64", "INT64", [-(2**63), 2**63 - 1]),
        ("uint8", "UINT8", [0, 255]),
        ("uint32", "UINT32", [0, 2**32 - 1]),
        ("uint64", "UINT64", [0, 2**64 - 1]),
    ],
)
def test_every_type_comes_back_as_json_and_as_bytes(call, signature, datatype, data):
    given = tensor(datatype=datatype, data=data)
    reply = call("POST", INFER, request(given, parameters={"signature_name": signature}))
    assert json.loads(reply.body)["outputs"][0] == {"name": "y", "datatype": datatype, "shape": [2], "data": data}
    parameters = {"signature_name": signature, "binary_data_output": True}
    first = call("POST", INFER, request(given, parameters=parameters))
    size = int(first.headers["inference-header-content-length"])
    head, blob = json.loads(first.body[:size]), first.body[size:]
    assert first.headers["content-type"] == "application/octet-stream"
    assert head["outputs"][0]["parameters"] == {"binary_data_size": len(blob)}
    assert "data" not in head["outputs"][0]
    described = {"name": "x", "datatype": datatype, "shape": [2], "parameters": {"binary_data_size": len(blob)}}
    text = json.dumps({"inputs": [described], "parameters": {"signature_name": signature}})
    again = call("POST", INFER, text.encode() + blob, inference_header_content_length=str(len(text)))
    assert json.loads(again.body)["outputs"][0]["data"] == data


def test_nan_and_infinity_are_taken_and_returned(call):
    reply = call("POST", INFER, request(tensor(data=[float("nan"), float("-inf")])))
    assert b'"data":[NaN,-Infinity]' in reply.body


def test_the_outputs_that_are_asked_for_are_returned(call):
    inputs = [tensor("a"), tensor("b", "INT64", data=[1, 2])]
    asked = [{"name": "b", "parameters": {"binary_data": True}}, {"name": "a"}]
    reply = call("POST", INFER, request(*inputs, parameters=PAIR, outputs=asked))
    size = int(reply.headers["inference-header-content-length"])
    assert [each["name"] for each in json.loads(reply.body[:size])["outputs"]] == ["b", "a"]
    assert reply.body[size:] == struct.pack("<qq", 1, 2)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "failed to parse the request JSON buffer: The document is empty"),
        ("{", "failed to parse the request JSON buffer: Missing a name for object member. at offset: 1"),
        ("[]", "failed to parse the request JSON buffer: expected an object"),
        ("{}", "unable to parse 'inputs': expected a list of objects"),
        ('{"inputs":[1]}', "unable to parse 'inputs': expected a list of objects"),
        (
            '{"inputs":[],"outputs":1}',
            "expected 1 inputs but got 0 inputs for model 'echo'. Missing required input(s) ['x'].",
        ),
        (request(tensor(), outputs=1), "unable to parse 'outputs': expected a list of objects"),
        (request(tensor(), id=1), "unable to parse 'id': expected a string"),
        (request(tensor(), parameters=1), "unable to parse 'parameters': expected an object"),
        (request(tensor(), parameters={"signature_name": 1}), "parameter 'signature_name' must be a string"),
        (request(tensor(), outputs=[{"name": "z"}]), "unexpected inference output 'z' for model 'echo'"),
        (request(tensor(), outputs=[{}]), "unexpected inference output 'None' for model 'echo'"),
        (
            request(tensor(), outputs=[{"name": "y", "parameters": {"classification": 2}}]),
            "'parameters' of output 'y': expected an object without 'classification'",
        ),
        (request({"datatype": "FP32"}), "an input has no 'name', or it is not a string"),
        (request(tensor("z")), "unexpected inference input 'z' for model 'echo'"),
        (request(tensor(), tensor()), "input 'x' already exists in request"),
        (
            request(tensor(datatype="INT32")),
            "inference input 'x' data-type is 'INT32', but model 'echo' expects 'FP32'",
        ),
        (
            request({"name": "x", "datatype": "FP32"}),
            "input 'x' has no 'shape', or it is not a list of integers from 0",
        ),
        (request(tensor(shape=[-1])), "input 'x' has no 'shape', or it is not a list of integers from 0"),
        (request(tensor(shape=[True])), "input 'x' has no 'shape', or it is not a list of integers from 0"),
        (request(tensor(shape=[2**70])), "input 'x' has no 'shape', or it is not a list of integers from 0"),
        (request(tensor(shape=[1, 2])), "unexpected shape for input 'x' for model 'echo'. Expected [-1], got [1, 2]."),
        (request(tensor(shape=[3])), "unexpected number of values 2 for input 'x', its shape [3] has 3"),
        (request(tensor(data=[1, None])), "unable to parse 'data' of input 'x': expected values of FP32, got null"),
        (request(tensor(data=["1", 2])), "unable to parse 'data' of input 'x': expected values of FP32, got a string"),
        (request(tensor(data=[{}, 2])), "unable to parse 'data' of input 'x': expected values of FP32, got an object"),
        (
            request(tensor(data=[[1], 2])),
            "unable to parse 'data' of input 'x': expected flat data, or lists of equal length",
        ),
        (
            request({"name": "x", "datatype": "FP32", "shape": [1]}),
            "input 'x' has neither 'data' nor 'binary_data_size'",
        ),
        (
            request(tensor(parameters={"binary_data_size": -1})),
            "'parameters' of input 'x' is not an object with a 'binary_data_size' from 0",
        ),
        (request(tensor(parameters={"binary_data_size": 8})), "unexpected end of the binary data of input 'x'"),
        (
            request(tensor("x", "INT8", data=[1, 200]), parameters={"signature_name": "int8"}),
            "unable to parse 'data' of input 'x': a value is out of the range of INT8",
        ),
    ],
)
def test_a_bad_request_is_refused_with_the_reason(call, body, message):
    reply = call("POST", INFER, body)
    assert (reply.status, json.loads(reply.body)) == (400, {"error": message})


@pytest.mark.parametrize(
    ("length", "blob", "message"),
    [
        ("x", b"", "Inference-Header-Content-Length is x, the body has 100 bytes; expected the size of its JSON part"),
        (
            "9999",
            b"",
            "Inference-Header-Content-Length is 9999, the body has 100 bytes; expected the size of its JSON part",
        ),
        ("", b"1234567", "unexpected end of the binary data of input 'x'"),
        ("", b"123456789", "unexpected additional input data for model 'echo': 1 bytes"),
    ],
)
def test_bad_binary_data_is_refused(call, length, blob, message):
    described = {"name": "x", "datatype": "FP32", "shape": [2], "parameters": {"binary_data_size": 8}}
    text = json.dumps({"inputs": [described]})
    reply = call("POST", INFER, text.encode() + blob, inference_header_content_length=length or str(len(text)))
    assert (reply.status, json.loads(reply.body)) == (400, {"error": message})


def test_metadata_describes_inputs_and_outputs(call):
    assert json.loads(call("GET", "/v2/models/mixed").body) == {
        "name": "mixed",
        "versions": ["2", "1"],
        "platform": "tensorflow_savedmodel",
        "inputs": [
            {"name": "n", "datatype": "INT64", "shape": [-1]},
            {"name": "s", "datatype": "BYTES", "shape": [-1]},
            {"name": "x", "datatype": "FP32", "shape": [-1]},
        ],
        "outputs": [
            {"name": "count", "datatype": "INT64", "shape": [-1]},
            {"name": "score", "datatype": "FP32", "shape": [-1]},
            {"name": "text", "datatype": "BYTES", "shape": [-1]},
        ],
    }
    assert json.loads(call("GET", "/v2/models/mixed/versions/1").body)["versions"] == ["1"]


def test_the_server_says_what_it_is(call_with):
    reply = call_with(version="1.2")("GET", "/v2")
    assert json.loads(reply.body) == {
        "name": "penstock",
        "version": "1.2",
        "extensions": ["binary_tensor_data", "model_repository"],
    }


def test_the_index_lists_every_version(call):
    found = json.loads(call("POST", "/v2/repository/index").body)
    assert {(each["name"], each["version"], each["state"]) for each in found} == {
        ("mixed", "1", "READY"),
        ("mixed", "2", "READY"),
        ("estimator", "7", "READY"),
        ("echo", "3", "READY"),
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/v2/models/none", 404, "Request for unknown model: 'none' is not found"),
        ("GET", "/v2/models/mixed/versions/9", 404, "Request for unknown model: 'mixed' version 9 is not found"),
        ("POST", "/v2/models/none/infer", 404, "Request for unknown model: 'none' is not found"),
        ("POST", "/v2/models/mixed/versions/9/infer", 404, "Request for unknown model: 'mixed' version 9 is not found"),
        ("GET", "/v2/models/none/ready", 400, "Model version not ready"),
        ("GET", "/v2/models/mixed/versions/9/ready", 400, "Model version not ready"),
        ("GET", "/v2/models/mixed/versions/x", 400, "failed to get model version from specified version string 'x'"),
        ("GET", "/v2/models/mixed/infer", 405, "GET is not allowed here; expected POST"),
        ("POST", "/v2/models/mixed", 405, "POST is not allowed here; expected GET"),
        ("DELETE", "/v2/models/mixed", 405, "DELETE is not allowed here; expected GET"),
        ("GET", "/v2/models", 404, "Nothing is at /v2/models; expected a path under /v1/ or /v2"),
        (
            *("GET", "/v2/models/estimator", 400),
            "model 'estimator' has no signature 'none'",
        ),
    ],
)
def test_a_path_that_cannot_be_answered_is_refused(call, method, path, status, message):
    if "has no signature" in message:
        reply = call("POST", f"{path}/infer", request(tensor(), parameters={"signature_name": "none"}))
        assert json.loads(reply.body)["error"].startswith(message)
    else:
        reply = call(method, path)
        assert json.loads(reply.body) == {"error": message}
    assert reply.status == status
    assert reply.headers.get("allow") == ("POST" if "expected POST" in message else "GET" if status == 405 else None)


def test_readiness_has_an_empty_body(call):
    assert call("GET", "/v2/models/mixed/versions/1/ready").body == b""
