import numpy as np
import pytest

from penstock.server.errors import ServingError
from penstock.server.rest.inference.datatypes import BY_NUMBER, name_of, of_bytes, of_json, to_bytes
from penstock.server.rest.json.dtypes import DataType

BYTES, FLOATS = BY_NUMBER[DataType.STRING], BY_NUMBER[DataType.FLOAT]


@pytest.mark.parametrize("values", [[], [b""], [b"a", "é".encode(), b"\x00" * 300]])
def test_strings_have_their_length_before_them(values):
    array = np.empty(len(values), object)
    array[:] = values
    data = to_bytes(array)
    assert data[:4] == (len(values[0]).to_bytes(4, "little") if values else b"")
    assert of_bytes(data, BYTES, (len(values),), "x").tolist() == values


@pytest.mark.parametrize("data", [b"\x01", b"\x01\x00\x00\x00", b"\xff\xff\xff\xffabc", b"\x00\x00\x00\x00\x01"])
def test_cut_strings_are_refused(data):
    with pytest.raises(ServingError, match="incomplete string data for inference input 'x'"):
        of_bytes(data, BYTES, (1,), "x")


def test_a_size_that_is_not_that_of_the_shape_is_refused():
    with pytest.raises(ServingError, match="unexpected total byte size 4 for input 'x', expecting 8"):
        of_bytes(b"\x00" * 4, FLOATS, (2,), "x")
    with pytest.raises(ServingError, match="unexpected number of values 1 for input 'x'"):
        of_bytes(b"\x00" * 4, BYTES, (2,), "x")


def test_nested_and_flat_data_are_the_same():
    nested = of_json([[1, 2], [3, 4]], FLOATS, (2, 2), "x")
    assert nested.tolist() == of_json([1, 2, 3, 4], FLOATS, (2, 2), "x").tolist() == [[1, 2], [3, 4]]
    assert of_json(5, FLOATS, (), "x").tolist() == 5
    assert of_json([], FLOATS, (0, 3), "x").shape == (0, 3)


def test_a_number_beyond_the_type_is_infinite():
    assert of_json([1e39], FLOATS, (1,), "x").tolist() == [float("inf")]


@pytest.mark.parametrize(("dtype", "name"), [(1, "FP32"), (7, "BYTES"), (8, "COMPLEX64"), (99, "99")])
def test_a_type_has_a_name(dtype, name):
    assert name_of(dtype) == name
