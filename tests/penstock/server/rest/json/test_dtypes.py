import pytest

from penstock.server.rest.json.dtypes import KINDS, DataType, name_of


@pytest.mark.slow
def test_the_numbers_and_names_are_those_of_tensorflow():
    import tensorflow as tf
    from tensorflow.core.framework import types_pb2

    assert {each.name: int(each) for each in DataType}.items() <= {
        name.removeprefix("DT_"): number for name, number in types_pb2.DataType.items()
    }.items()
    for dtype, kind in KINDS.items():
        assert tf.dtypes.as_dtype(dtype).as_numpy_dtype == kind.dtype


@pytest.mark.parametrize(("dtype", "name"), [(1, "float"), (19, "half"), (14, "bfloat16"), (7, "string"), (99, "99")])
def test_a_type_has_the_name_of_the_messages(dtype, name):
    assert name_of(dtype) == name
