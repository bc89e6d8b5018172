"""Loading of a SavedModel, and calls of its signatures."""

import numpy as np
import pytest
import tensorflow as tf

from penstock.server.errors import Code, ServingError
from penstock.server.models.servable import load
from penstock.server.models.signature import TensorInfo

pytestmark = pytest.mark.slow

ROWS = {
    "x": np.array([1.0, 2.0], np.float32),
    "n": np.array([2, 4], np.int64),
    "s": np.array([b"a", b"\x00\xff"], object),
}


@pytest.fixture(scope="module")
def mixed(mixed_model):
    loaded = load(mixed_model / "2", "mixed", 2)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def estimator(estimator_model):
    loaded = load(estimator_model / "7", "estimator", 7)
    yield loaded
    loaded.close()


def test_outputs_are_those_of_the_model_in_process(mixed, mixed_model):
    expected = tf.saved_model.load(str(mixed_model / "2")).signatures["serving_default"](
        **{name: tf.constant(values) for name, values in ROWS.items()}
    )
    answer = mixed.signatures["serving_default"](ROWS)
    assert {name: values.tolist() for name, values in answer.items()} == {
        name: values.numpy().tolist() for name, values in expected.items()
    }
    assert answer["text"].tolist() == [b"a!", b"\x00\xff!"]


def test_signature_describes_its_tensors(mixed, estimator):
    assert mixed.signatures["serving_default"].inputs == {
        "n": TensorInfo("serving_default_n:0", 9, (None,)),
        "s": TensorInfo("serving_default_s:0", 7, (None,)),
        "x": TensorInfo("serving_default_x:0", 1, (None,)),
    }
    assert mixed.signatures["total"].inputs["x"].shape == (None, 3)
    assert mixed.signatures["any_shape"].inputs["x"].shape is None
    assert estimator.signatures["regress"].method_name == "tensorflow/serving/regress"
    assert set(mixed.signature_defs) == set(mixed.signatures)
    assert "__saved_model_init_op" not in mixed.signatures


def test_two_outputs_of_one_tensor_are_both_answered(estimator):
    answer = estimator.signatures["predict"]({"examples": np.array([b""], object)})
    assert answer["value"].tolist() == answer["again"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("signature", "tensors", "code", "text"),
    [
        ("half", {}, Code.INVALID_ARGUMENT, "input size does not match signature: 0!=1 len({}) != len({x})"),
        ("half", {"z": ROWS["x"]}, Code.INVALID_ARGUMENT, "input tensor alias not found in signature: z"),
        ("half", {"x": ROWS["n"]}, Code.INVALID_ARGUMENT, "Expects x to be float32 but int64 is provided"),
        ("half", {"x": ROWS["s"]}, Code.INVALID_ARGUMENT, "Expects x to be float32 but object is provided"),
        ("positive", {"x": -ROWS["x"]}, Code.INVALID_ARGUMENT, "x must be positive"),
        ("serve_tf_examples", {"examples": ROWS["s"]}, Code.INVALID_ARGUMENT, "Could not parse example input"),
    ],
)
def test_call_with_wrong_tensors_is_an_error_with_its_text(mixed, signature, tensors, code, text):
    with pytest.raises(ServingError) as refused:
        mixed.signatures[signature](tensors)
    assert refused.value.code == code
    assert text in refused.value.message


def test_folder_without_a_model_cannot_be_loaded(tmp_path):
    with pytest.raises(ServingError, match="cannot be loaded as a SavedModel"):
        load(tmp_path, "none", 1)


def test_error_that_quotes_bytes_of_the_request_is_an_invalid_argument(mixed):
    with pytest.raises(ServingError) as caught:
        mixed.signatures["serve_tf_examples"]({"examples": np.array([b"\xff\xfe"], object)})
    assert caught.value.code == Code.INVALID_ARGUMENT
    assert "Could not parse example input" in caught.value.message
