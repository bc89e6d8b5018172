"""Arrays as tensors of messages: TensorFlow reads the same, and the values are in the field of their type."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from penstock.server.rpc.dtypes import KINDS
from penstock.server.rpc.encoding import to_proto

pytestmark = pytest.mark.slow

PLAIN = [kind.dtype for kind in KINDS.values() if kind.dtype.isbuiltin == 1 and kind.name != "string"]


def arrays():
    shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    return st.sampled_from(PLAIN).flatmap(lambda dtype: hnp.arrays(dtype, shapes))


@given(arrays())
def test_array_is_read_by_tensorflow_as_it_was(array):
    proto = to_proto(array)
    found = tf.make_ndarray(proto)
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())
    parsed = tf.io.parse_tensor(proto.SerializeToString(), tf.as_dtype(array.dtype)).numpy()
    assert np.asarray(parsed).tobytes() == array.tobytes()


@given(st.lists(st.binary(max_size=5), max_size=6))
def test_strings_are_read_by_tensorflow_as_they_were(values):
    proto = to_proto(np.array(values, object))
    assert tf.io.parse_tensor(proto.SerializeToString(), tf.string).numpy().tolist() == values


@pytest.mark.parametrize(
    "dtype", [tf.dtypes.experimental.float8_e5m2, tf.dtypes.experimental.float8_e4m3fn, tf.bfloat16, tf.half]
)
def test_small_floats_are_read_by_tensorflow_as_they_were(dtype):
    array = np.array([[0.5, -1.5], [2, 0]], dtype.as_numpy_dtype)
    assert tf.make_ndarray(to_proto(array)).tolist() == array.tolist()


@pytest.mark.parametrize(
    ("array", "field", "values"),
    [
        (np.arange(300, dtype="f4"), "float_val", list(range(300))),
        (np.array([1.5, 2]), "double_val", [1.5, 2]),
        (np.array([1 + 2j], "c8"), "scomplex_val", [1, 2]),
        (np.array([1 + 2j]), "dcomplex_val", [1, 2]),
        (np.array([True, False]), "bool_val", [True, False]),
        (np.array([-3, 4], "i8"), "int64_val", [-3, 4]),
        (np.array([3, 4], "u8"), "uint64_val", [3, 4]),
        (np.array([3, 4], "u4"), "uint32_val", [3, 4]),
        (np.array([-3, 4], "i1"), "int_val", [-3, 4]),
        (np.array([1, 2], "f2"), "half_val", [0x3C00, 0x4000]),
        (np.array(["ä", "b"]), "string_val", ["ä".encode(), b"b"]),
        (np.array([b"ab", b"c"]), "string_val", [b"ab", b"c"]),
        (np.array(["ä", b"b"], object), "string_val", ["ä".encode(), b"b"]),
        (np.arange(6, dtype=">f4").reshape(2, 3), "float_val", [0, 1, 2, 3, 4, 5]),
        (np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)), "float_val", [0, 1, 2, 3, 4, 5]),
        (np.arange(6, dtype="i4").reshape(2, 3).T, "int_val", [0, 3, 1, 4, 2, 5]),
    ],
)
def test_values_are_in_the_field_that_other_clients_read(array, field, values):
    proto = to_proto(array)
    assert list(getattr(proto, field)) == values
    assert [dim.size for dim in proto.tensor_shape.dim] == list(array.shape)
    assert not proto.tensor_content
