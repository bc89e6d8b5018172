"""Tensors of messages as arrays: the same as TensorFlow's, or refused before memory is taken."""

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.framework.tensor_shape_pb2 import TensorShapeProto

from penstock.server.rpc.decoding import BadTensorError, to_array
from penstock.server.rpc.dtypes import KINDS

pytestmark = pytest.mark.slow

NUMBERS = [kind.dtype for kind in KINDS.values() if kind.name not in ("string", "float8_e5m2", "float8_e4m3fn")]
PLAIN = [dtype for dtype in NUMBERS if dtype.kind != "V" and dtype != ml_dtypes.bfloat16]


def shape(*sizes):
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


def arrays():
    shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    return st.sampled_from(PLAIN).flatmap(lambda dtype: hnp.arrays(dtype, shapes))


@given(arrays())
def test_array_that_tensorflow_wrote_is_read_as_it_was(array):
    proto = tf.make_tensor_proto(array)
    found = to_array(proto)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes() == tf.make_ndarray(proto).tobytes()


@given(st.lists(st.binary(max_size=5), max_size=6))
def test_strings_that_tensorflow_wrote_are_read_as_they_were(values):
    array = np.array(values, object)
    found = to_array(tf.make_tensor_proto(array, tf.string))
    assert (found.dtype, found.tolist()) == (np.dtype(object), values)


@given(st.sampled_from(NUMBERS), st.integers(0, 6), st.integers(0, 6))
def test_values_are_as_make_ndarray_reads_them_or_refused(dtype, given_values, size):
    kind = next(each for each in KINDS.values() if each.dtype == dtype)
    proto = TensorProto(dtype=kind.number, tensor_shape=shape(size))
    values = [1, 0, 1, 1, 0, 1][:given_values] * (2 if dtype.kind == "c" else 1)
    getattr(proto, kind.field).extend(values)
    if given_values > size:
        with pytest.raises(BadTensorError, match="values for shape"):
            to_array(proto)
        return
    expected = tf.make_ndarray(proto)
    found = to_array(proto)
    assert (found.dtype, found.shape, found.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())


@pytest.mark.parametrize(
    "dtype", [tf.dtypes.experimental.float8_e5m2, tf.dtypes.experimental.float8_e4m3fn, tf.bfloat16, tf.half]
)
def test_small_floats_are_read_from_content_and_from_values(dtype):
    array = np.array([0.5, -1.5, 2], dtype.as_numpy_dtype)
    assert to_array(tf.make_tensor_proto(array)).tolist() == array.tolist()
    proto = TensorProto(dtype=dtype.as_datatype_enum, tensor_shape=shape(3))
    if dtype in (tf.bfloat16, tf.half):
        proto.half_val.extend(array.view(np.uint16).tolist())
    else:
        proto.float8_val = array.tobytes()
    assert to_array(proto).tolist() == array.tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], [b"", b"", b""]), ([b"a"], [b"a", b"a", b"a"]), ([b"a", b"b"], [b"a", b"b", b"b"])],
)
def test_last_string_stands_for_all_that_follow(values, expected):
    found = to_array(TensorProto(dtype=7, tensor_shape=shape(3), string_val=values))
    assert found.tolist() == expected


def test_strings_in_a_content_are_read_as_tensorflow_reads_them():
    values = [b"", b"abc", b"x" * 300]
    lengths = b"\x00\x03\xac\x02"
    proto = TensorProto(dtype=7, tensor_shape=shape(3), tensor_content=lengths + b"".join(values))
    assert to_array(proto).tolist() == values
    assert tf.io.parse_tensor(proto.SerializeToString(), tf.string).numpy().tolist() == values


def test_other_bytes_than_one_are_true():
    found = to_array(TensorProto(dtype=10, tensor_shape=shape(3), tensor_content=b"\x00\x01\xff"))
    assert (found.dtype, found.tolist()) == (np.dtype(bool), [False, True, True])


HUGE = 1 << 60


@pytest.mark.parametrize(
    ("proto", "reason"),
    [
        (TensorProto(), "unsupported data type 0"),
        (TensorProto(dtype=20), "unsupported data type 20"),
        (TensorProto(dtype=21), "unsupported data type 21"),
        (TensorProto(dtype=101, tensor_shape=shape(1)), "unsupported data type 101"),
        (TensorProto(dtype=9999), "unsupported data type 9999"),
        (TensorProto(dtype=-1), "unsupported data type -1"),
        (TensorProto(dtype=1, tensor_shape=shape(-1)), "negative dimension in shape [-1]"),
        (TensorProto(dtype=1, tensor_shape=shape(-2, -3), float_val=[1] * 6), "negative dimension"),
        (TensorProto(dtype=1, tensor_shape=TensorShapeProto(unknown_rank=True)), "its rank is unknown"),
        (TensorProto(dtype=1, tensor_shape=shape(*[1] * 255)), "255 dimensions, at most 254"),
        (TensorProto(dtype=1, tensor_shape=shape(*[1] * 254)), "is not supported"),
        (TensorProto(dtype=1, tensor_shape=shape(HUGE), float_val=[1]), "needs more than 1073741824 bytes"),
        (TensorProto(dtype=7, tensor_shape=shape(HUGE), string_val=[b"a"]), "needs more than 1073741824 bytes"),
        (TensorProto(dtype=1, tensor_shape=shape(HUGE, HUGE, HUGE)), "needs more than 1073741824 bytes"),
        (TensorProto(dtype=1, tensor_shape=shape(HUGE, HUGE, 0)), "is not supported"),
        (TensorProto(dtype=1, tensor_shape=shape(HUGE), tensor_content=b"1234"), "needs more than 1073741824 bytes"),
        (TensorProto(dtype=7, tensor_shape=shape(1 << 20), string_val=[b"a" * 5000]), "more times the last string"),
        (TensorProto(dtype=1, tensor_shape=shape(2), tensor_content=b"123"), "3 bytes of content for 8"),
        (TensorProto(dtype=1, tensor_shape=shape(2), tensor_content=b"1" * 12), "12 bytes of content for 8"),
        (TensorProto(dtype=1, tensor_shape=shape(0), tensor_content=b"1234"), "4 bytes of content for 0"),
        (TensorProto(dtype=1, tensor_shape=shape(1), float_val=[1, 2]), "2 values for shape [1]"),
        (TensorProto(dtype=7, tensor_shape=shape(1), string_val=[b"", b""]), "2 values for shape [1]"),
        (TensorProto(dtype=8, tensor_shape=shape(2), scomplex_val=[1, 2, 3]), "an odd number of values"),
        (TensorProto(dtype=4, tensor_shape=shape(1), int_val=[256]), "a value outside of uint8"),
        (TensorProto(dtype=4, tensor_shape=shape(1), int_val=[-1]), "a value outside of uint8"),
        (TensorProto(dtype=5, tensor_shape=shape(1), int_val=[32768]), "a value outside of int16"),
        (TensorProto(dtype=19, tensor_shape=shape(1), half_val=[65536]), "a value outside of half"),
        (TensorProto(dtype=7, tensor_shape=shape(2), tensor_content=b"\x01"), "the lengths of its strings end early"),
        (
            TensorProto(dtype=7, tensor_shape=shape(1), tensor_content=b"\xff" * 9),
            "the lengths of its strings end early",
        ),
        (TensorProto(dtype=7, tensor_shape=shape(1), tensor_content=b"\x05ab"), "content for strings of 5 bytes"),
        (TensorProto(dtype=7, tensor_shape=shape(1), tensor_content=b"\x01ab"), "content for strings of 1 bytes"),
    ],
)
def test_tensor_that_cannot_be_is_refused_with_the_reason(proto, reason):
    with pytest.raises(BadTensorError) as caught:
        to_array(proto)
    assert reason in str(caught.value)


def test_shape_above_the_given_limit_is_refused():
    proto = TensorProto(dtype=1, tensor_shape=shape(1000), float_val=[1])
    assert to_array(proto, 4000).shape == (1000,)
    with pytest.raises(BadTensorError, match="needs more than 3999 bytes"):
        to_array(proto, 3999)


@given(st.binary(max_size=60))
def test_any_message_is_read_or_refused(content):
    try:
        proto = TensorProto.FromString(content)
    except DecodeError:
        return
    try:
        found = to_array(proto)
    except BadTensorError:
        return
    assert found.shape == tuple(dim.size for dim in proto.tensor_shape.dim)
