"""Tensors of the Open Inference Protocol: the values come back as they were, or are refused."""

import math

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from penstock.server.errors import Code, ServingError
from penstock.server.rpc.inference_v2.contents import BY_NUMBER, DATATYPES, fill, raw_of, read
from penstock.server.rpc.inference_v2.messages import message

pytestmark = pytest.mark.slow

TENSOR = message("ModelInferRequest.InferInputTensor")
LISTED = [each for each in DATATYPES.values() if each.field]
NUMBERS = [each for each in LISTED if each.name != "BYTES"]


def arrays(datatype):
    shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
    return st.tuples(st.just(datatype), hnp.arrays(datatype.dtype, shapes))


def tensor(datatype, shape, name="x"):
    return TENSOR(name=name, datatype=datatype, shape=shape)


@given(st.sampled_from(NUMBERS).flatmap(arrays))
def test_numbers_come_back_from_lists_and_from_raw_bytes(example):
    datatype, array = example
    listed = tensor(datatype.name, array.shape)
    fill(listed.contents, datatype, array)
    for found in (read(listed, None), read(tensor(datatype.name, array.shape), raw_of(array))):
        assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


@given(st.lists(st.binary(max_size=6), max_size=5))
def test_bytes_come_back_from_lists_and_from_raw_bytes(values):
    array = np.array([*values, None], object)[:-1]
    listed = tensor("BYTES", array.shape)
    fill(listed.contents, DATATYPES["BYTES"], array)
    for found in (read(listed, None), read(tensor("BYTES", array.shape), raw_of(array))):
        assert (found.dtype, found.tolist()) == (np.dtype(object), values)


@pytest.mark.parametrize(("name", "dtype"), [("FP16", np.float16), ("BF16", ml_dtypes.bfloat16)])
def test_small_floats_are_raw_bytes_only(name, dtype):
    array = np.array([0.5, -2], dtype)
    assert read(tensor(name, [2]), raw_of(array)).tolist() == [0.5, -2]
    with pytest.raises(ServingError, match="needs raw_input_contents"):
        read(TENSOR(name="x", datatype=name, shape=[1], contents={"fp32_contents": [1]}), None)


def test_types_are_tensorflows():
    import tensorflow as tf

    for number, each in BY_NUMBER.items():
        assert tf.dtypes.as_dtype(number).as_numpy_dtype == (object if each.name == "BYTES" else each.dtype)


def contents(datatype, shape, **lists):
    return TENSOR(name="x", datatype=datatype, shape=shape, contents=lists)


@pytest.mark.parametrize(
    ("given_", "raw", "text"),
    [
        (tensor("FP8", [1]), b"1", "input 'x' has the unknown datatype 'FP8'"),
        (tensor("", [1]), None, "input 'x' has the unknown datatype ''"),
        (tensor("FP32", [-1]), b"", "input 'x' has the invalid shape [-1]"),
        (tensor("FP32", [1] * 33), b"1234", "input 'x' has the invalid shape"),
        (tensor("FP32", [1 << 40, 1 << 40, 0]), b"", "input 'x' has the invalid shape"),
        (tensor("FP32", [2]), b"1234", "input 'x' has 1 values, the shape [2] needs 2"),
        (tensor("FP32", [1 << 60]), b"1234", f"input 'x' has 1 values, the shape [{1 << 60}] needs {1 << 60}"),
        (tensor("FP32", [1]), b"123", "input 'x' has 3 raw bytes, which are no values of datatype FP32"),
        (tensor("FP32", [1]), None, "input 'x' has 0 values, the shape [1] needs 1"),
        (tensor("BYTES", [1]), b"\x05\x00\x00\x00abc", "raw bytes that end in the middle of an element"),
        (tensor("BYTES", [1]), b"\x05\x00", "raw bytes that end in the middle of an element"),
        (tensor("BYTES", [1]), b"\xff\xff\xff\xff", "raw bytes that end in the middle of an element"),
        (contents("FP32", [1], fp32_contents=[1]), b"1234", "only one is allowed"),
        (
            contents("FP32", [1], int_contents=[1]),
            None,
            "has values in int_contents, datatype FP32 needs fp32_contents",
        ),
        (contents("FP32", [1], fp32_contents=[1], int_contents=[1]), None, "has values in int_contents"),
        (contents("UINT8", [1], uint_contents=[256]), None, "input 'x' has a value outside of UINT8"),
        (contents("INT8", [1], int_contents=[-129]), None, "input 'x' has a value outside of INT8"),
    ],
)
def test_input_that_cannot_be_is_refused_with_the_reason(given_, raw, text):
    with pytest.raises(ServingError) as caught:
        read(given_, raw)
    assert caught.value.code == Code.INVALID_ARGUMENT
    assert text in caught.value.message


def test_other_bytes_than_one_are_true():
    assert read(tensor("BOOL", [3]), b"\x00\x01\xff").tolist() == [False, True, True]


@given(st.sampled_from(sorted(DATATYPES)), st.lists(st.integers(-1, 3), max_size=3), st.binary(max_size=24))
def test_any_raw_bytes_are_read_or_refused(name, shape, raw):
    try:
        found = read(tensor(name, shape), raw)
    except ServingError:
        return
    assert found.shape == tuple(shape)
    assert found.size == math.prod(shape)
