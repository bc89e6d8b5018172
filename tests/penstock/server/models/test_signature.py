import numpy as np
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models.signature import Signature, TensorInfo

INPUTS = {alias: TensorInfo(f"{alias}:0", 1, (None,)) for alias in "ab"}
OUTPUTS = {alias: TensorInfo(f"{alias}:0", 1, (None,)) for alias in "yz"}
ONE, TWO = np.ones(1, np.float32), np.full(1, 2, np.float32)


def signature():
    return Signature("name", "tensorflow/serving/predict", INPUTS, OUTPUTS, lambda tensors: [*reversed(tensors)])


def test_inputs_and_outputs_are_in_the_order_of_the_aliases():
    answer = signature()({"b": TWO, "a": ONE})
    assert answer == {"y": TWO, "z": ONE}


@pytest.mark.parametrize(
    ("tensors", "text"),
    [
        (
            {"a": ONE},
            "input size does not match signature: 1!=2 len({a}) != len({a,b}). "
            "Sent extra: {}. Missing but required: {b}.",
        ),
        (
            {"a": ONE, "b": ONE, "c": ONE},
            "input size does not match signature: 3!=2 len({a,b,c}) != len({a,b}). "
            "Sent extra: {c}. Missing but required: {}.",
        ),
        (
            {"a": ONE, "c": ONE},
            "input tensor alias not found in signature: c. Inputs expected to be in the set {a,b}.",
        ),
    ],
)
def test_other_inputs_are_refused_with_the_text_of_tensorflow_serving(tensors, text):
    with pytest.raises(ServingError) as refused:
        signature()(tensors)
    assert (refused.value.code, refused.value.message) == (Code.INVALID_ARGUMENT, text)
