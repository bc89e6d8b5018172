"""Predict, with TensorFlow Serving's own client over a real connection."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.framework.tensor_shape_pb2 import TensorShapeProto
from tensorflow_serving.apis.predict_pb2 import PredictRequest

pytestmark = pytest.mark.slow

ROWS = {"x": np.array([1, 2], "f4"), "n": np.array([2, 4], "i8"), "s": np.array([b"a", b"\xff"], object)}


def request(inputs=ROWS, signature="", version=None, label="", model="mixed"):
    made = PredictRequest()
    made.model_spec.name, made.model_spec.signature_name = model, signature
    if version is not None:
        made.model_spec.version.value = version
    if label:
        made.model_spec.version_label = label
    for alias, values in inputs.items():
        tensor = values if isinstance(values, TensorProto) else tf.make_tensor_proto(values)
        made.inputs[alias].CopyFrom(tensor)
    return made


def floats(*sizes, **values):
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
    return TensorProto(dtype=1, tensor_shape=shape, **values)


def test_answer_is_that_of_the_model_in_process(prediction, mixed_model):
    answer = prediction.Predict(request())
    model = tf.saved_model.load(str(mixed_model / "2"))
    expected = model.signatures["serving_default"](**{alias: tf.constant(values) for alias, values in ROWS.items()})
    assert set(answer.outputs) == set(expected)
    for alias, tensor in answer.outputs.items():
        found = tf.make_ndarray(tensor)
        assert (found.dtype, found.tolist()) == (expected[alias].dtype, expected[alias].numpy().tolist())
    spec = answer.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("mixed", 2, "serving_default")


@pytest.mark.parametrize(
    ("chosen", "version"),
    [({}, 2), ({"version": 1}, 1), ({"version": 2}, 2), ({"label": "stable"}, 1), ({"label": "canary"}, 2)],
)
def test_version_or_label_chooses_the_version_that_answers(prediction, chosen, version):
    answer, call = prediction.Predict.with_call(request({"x": np.zeros(1, "f4")}, "half", **chosen))
    assert (answer.model_spec.version.value, list(answer.outputs["y"].float_val)) == (version, [version])
    assert dict(call.trailing_metadata())["x-penstock-version"] == str(version)


def test_output_filter_chooses_the_outputs(prediction):
    asked = request()
    asked.output_filter.extend(["text", "score"])
    assert set(prediction.Predict(asked).outputs) == {"text", "score"}


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (floats(3, float_val=[4]), [4, 4, 4]),
        (floats(3, tensor_content=np.arange(3, dtype="f4").tobytes()), [0, 1, 2]),
        (floats(3), [0, 0, 0]),
        (floats(0), []),
        (floats(2, 1, float_val=[1, 2]), [1, 2]),
        (floats(float_val=[7]), [7]),
    ],
)
def test_every_form_of_a_tensor_is_read(prediction, tensor, expected):
    answer = prediction.Predict(request({"x": tensor}, "any_shape", 1))
    assert [value - 1 for value in answer.outputs["y"].float_val] == expected
    assert answer.outputs["y"].tensor_shape == tensor.tensor_shape
    assert list(answer.outputs["size"].int_val) == [len(expected)]


ONE = {"x": np.ones(1, "f4")}


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        (PredictRequest(), "INVALID_ARGUMENT", "Missing ModelSpec"),
        (request(model=""), "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        (request(model="nope"), "NOT_FOUND", "Servable not found for request: Latest(nope)"),
        (request(version=99), "NOT_FOUND", "Servable not found for request: Specific(mixed, 99)"),
        (request(version=-1), "NOT_FOUND", "Servable not found for request: Specific(mixed, -1)"),
        (request(label="new"), "INVALID_ARGUMENT", "Unrecognized servable version label: new"),
        (request(label="new", model="nope"), "INVALID_ARGUMENT", "Unrecognized servable version label: new"),
        (request(signature="nope"), "FAILED_PRECONDITION", 'Serving signature key "nope" not found.'),
        (
            request({"x": ROWS["x"]}),
            "INVALID_ARGUMENT",
            "input size does not match signature: 1!=3 len({x}) != len({n,s,x}). Sent extra: {}. "
            "Missing but required: {n,s}.",
        ),
        (
            request({**ROWS, "z": ROWS["x"]}),
            "INVALID_ARGUMENT",
            "input size does not match signature: 4!=3 len({n,s,x,z}) != len({n,s,x}). Sent extra: {z}. "
            "Missing but required: {}.",
        ),
        (
            request({"z": ROWS["x"]}, "half"),
            "INVALID_ARGUMENT",
            "Signature input alias: x(feed name: half_x:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {z}, or default input alias set: ",
        ),
        (request({"x": ROWS["n"]}, "half"), "INVALID_ARGUMENT", "Expects arg[0] to be float but int64 is provided"),
        (request({"x": ROWS["s"]}, "half"), "INVALID_ARGUMENT", "Expects arg[0] to be float but string is provided"),
        (
            request({"x": TensorProto(dtype=77)}, "half"),
            "INVALID_ARGUMENT",
            "Expects arg[0] to be float but unknown dtype enum (77) is provided",
        ),
        (request({"x": TensorProto()}, "half"), "INVALID_ARGUMENT", "tensor parsing error: x: unsupported data type 0"),
        (
            request({"x": floats(1 << 60, float_val=[1])}, "half"),
            "INVALID_ARGUMENT",
            "tensor parsing error: x: shape [1152921504606846976] needs more than 1073741824 bytes",
        ),
        (
            request({"x": floats(-1, float_val=[1])}, "half"),
            "INVALID_ARGUMENT",
            "tensor parsing error: x: negative dimension in shape [-1]",
        ),
        (
            request({"x": floats(2, tensor_content=b"123")}, "half"),
            "INVALID_ARGUMENT",
            "tensor parsing error: x: 3 bytes of content for 8",
        ),
    ],
)
def test_request_that_cannot_be_answered_has_the_status_of_tensorflow_serving(prediction, refused, asked, code, text):
    assert refused(prediction.Predict, asked) == (code, text)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (["y", "q"], "output tensor alias not found in signature: q Outputs expected to be in the set {y}."),
        (["y", "y"], "duplicate output tensor alias: y"),
    ],
)
def test_output_filter_with_unknown_or_equal_names_is_refused(prediction, refused, wanted, text):
    asked = request(ONE, "half")
    asked.output_filter.extend(wanted)
    assert refused(prediction.Predict, asked) == ("INVALID_ARGUMENT", text)


@pytest.mark.parametrize(
    ("inputs", "signature", "text"),
    [
        ({"x": -np.ones(1, "f4")}, "positive", "x must be positive"),
        ({"examples": np.array([b"\xff\xff"], object)}, "serve_tf_examples", "Could not parse example input"),
        ({**ROWS, "x": np.ones(3, "f4")}, "serving_default", "Incompatible shapes: [2] vs. [3]"),
    ],
)
def test_error_of_the_graph_is_an_invalid_argument(prediction, refused, inputs, signature, text):
    code, message = refused(prediction.Predict, request(inputs, signature))
    assert code == "INVALID_ARGUMENT"
    assert text in message


def test_long_error_is_cut_as_tensorflow_serving_does(prediction, refused):
    _, text = refused(prediction.Predict, request(signature="n" * 5000))
    assert text == 'Serving signature key "' + "n" * 1001 + "...TRUNCATED"
