"""ModelInfer over a real connection: inputs as lists and as raw bytes, and requests that are refused."""

import numpy as np
import pytest

from penstock.server.rpc.inference_v2.contents import raw_of
from penstock.server.rpc.inference_v2.messages import FULL_NAME, message

pytestmark = pytest.mark.slow

REQUEST = message("ModelInferRequest")
X, N, S = np.array([1, 2], "f4"), np.array([2, 4], "i8"), np.array([b"a", b"\xff"], object)


@pytest.fixture(scope="module")
def infer(channel):
    return channel.unary_unary(
        f"/{FULL_NAME}/ModelInfer",
        request_serializer=REQUEST.SerializeToString,
        response_deserializer=message("ModelInferResponse").FromString,
    )


def request(*, model="mixed", version="", signature="", raw=False, outputs=()):
    made = REQUEST(model_name=model, model_version=version, id="my-id")
    if signature:
        made.parameters["signature_name"].string_param = signature
    for name, datatype, field, array in (
        ("x", "FP32", "fp32_contents", X),
        ("n", "INT64", "int64_contents", N),
        ("s", "BYTES", "bytes_contents", S),
    )[: 1 if signature == "half" else 3]:
        tensor = made.inputs.add(name=name, datatype=datatype, shape=array.shape)
        if raw:
            made.raw_input_contents.append(raw_of(array))
        else:
            getattr(tensor.contents, field).extend(array.tolist())
    for name in outputs:
        made.outputs.add(name=name)
    return made


def test_lists_are_answered_with_lists(infer):
    answer = infer(request())
    assert (answer.model_name, answer.model_version, answer.id) == ("mixed", "2", "my-id")
    found = {tensor.name: tensor for tensor in answer.outputs}
    assert list(found["score"].contents.fp32_contents) == [4, 6]
    assert list(found["count"].contents.int64_contents) == [3, 3]
    assert list(found["text"].contents.bytes_contents) == [b"a!", b"\xff!"]
    assert {(tensor.datatype, *tensor.shape) for tensor in answer.outputs} == {
        ("FP32", 2),
        ("INT64", 2),
        ("BYTES", 2),
    }
    assert not answer.raw_output_contents


def test_raw_bytes_are_answered_with_raw_bytes(infer):
    answer = infer(request(raw=True, outputs=["text", "score"]))
    assert [tensor.name for tensor in answer.outputs] == ["text", "score"]
    assert list(answer.raw_output_contents) == [
        b"\x02\x00\x00\x00a!\x02\x00\x00\x00\xff!",
        np.array([4, 6], "f4").tobytes(),
    ]
    assert not any(tensor.HasField("contents") for tensor in answer.outputs)


@pytest.mark.parametrize(("version", "expected"), [("", 2), ("1", 1), ("2", 2)])
def test_version_and_signature_can_be_chosen(infer, version, expected):
    answer, call = infer.with_call(request(signature="half", version=version))
    assert list(answer.outputs[0].contents.fp32_contents) == [expected + 0.5, expected + 1]
    assert dict(call.trailing_metadata())["x-penstock-version"] == str(expected)


def changed(change, **options):
    made = request(**options)
    change(made)
    return made


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        (request(model="nope"), "NOT_FOUND", "Request for unknown model: 'nope' is not found"),
        (request(model=""), "NOT_FOUND", "Request for unknown model: '' is not found"),
        (request(version="9"), "NOT_FOUND", "Request for unknown model: 'mixed' version 9 is not found"),
        (request(version="latest"), "INVALID_ARGUMENT", "failed to get model version from specified version string"),
        (request(version="-1"), "INVALID_ARGUMENT", "failed to get model version from specified version string '-1'"),
        (request(version="9" * 5000), "INVALID_ARGUMENT", "failed to get model version"),
        (request(signature="nope"), "INVALID_ARGUMENT", "model 'mixed' has no signature 'nope': expected one of any_"),
        (
            changed(lambda made: made.inputs.pop()),
            "INVALID_ARGUMENT",
            "expected 3 inputs but got 2 inputs for model 'mixed'. Got input(s) ['x','n'], but missing required "
            "input(s) ['s'].",
        ),
        (REQUEST(model_name="mixed"), "INVALID_ARGUMENT", "expected 3 inputs but got 0 inputs for model 'mixed'."),
        (
            changed(lambda made: made.inputs.add(name="z")),
            "INVALID_ARGUMENT",
            "unexpected inference input 'z' for model 'mixed'",
        ),
        (
            changed(lambda made: made.inputs.append(made.inputs[0])),
            "INVALID_ARGUMENT",
            "inference input 'x' is in the request more than once",
        ),
        (
            changed(lambda made: setattr(made.inputs[0], "datatype", "FP64")),
            "INVALID_ARGUMENT",
            "inference input 'x' data-type is 'FP64', but model 'mixed' expects 'FP32'",
        ),
        (
            changed(lambda made: made.inputs[0].shape.append(1)),
            "INVALID_ARGUMENT",
            "unexpected shape for input 'x' for model 'mixed'. Expected [-1], got [2, 1].",
        ),
        (
            changed(lambda made: made.inputs[0].shape.__setitem__(0, 1 << 60)),
            "INVALID_ARGUMENT",
            "input 'x' has 2 values, the shape [1152921504606846976] needs 1152921504606846976",
        ),
        (
            changed(lambda made: made.raw_input_contents.pop(), raw=True),
            "INVALID_ARGUMENT",
            "expected 3 raw_input_contents, one for each input, but got 2",
        ),
        (request(outputs=["q"]), "INVALID_ARGUMENT", "unexpected inference output 'q' for model 'mixed'"),
    ],
)
def test_request_that_cannot_be_answered_is_refused(infer, refused, asked, code, text):
    found, message_ = refused(infer, asked)
    assert found == code
    assert message_.startswith(text)
