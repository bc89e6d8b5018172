import pytest

from penstock.server.models.signature import TensorInfo
from penstock.server.rest.json.columns import columns, flattened, rows, tensor
from penstock.server.rest.json.dtypes import DataType
from penstock.server.rest.json.parsing import Irregular, Read

ONE = {"x": TensorInfo("x:0", DataType.FLOAT, None)}
TWO = {**ONE, "s": TensorInfo("s:0", DataType.STRING, None)}


def test_rows_become_a_tensor_for_each_input():
    read = Read()
    found = rows([{"x": [1, 2.5], "s": "a:b:c"}, {"s": "b", "x": [3, 4]}], TWO, read)
    assert {name: array.tolist() for name, array in found.items()} == {"x": [[1, 2.5], [3, 4]], "s": [b"a:b:c", b"b"]}
    assert read == Read(keys=4, colons=2)


def test_keys_of_base64_are_counted():
    read = Read()
    rows([{"x": 1, "s": {"b64": "YQ=="}}], TWO, read)
    assert read == Read(keys=3)
    columns({"x": 1, "s": [{"b64": "YQ=="}, {"b64": "YQ=="}], "more": None}, TWO, read)
    assert read == Read(keys=8)


@pytest.mark.parametrize(
    "instances",
    [
        [],
        [1],
        [{"x": 1}],
        [{"x": 1, "s": "a", "z": 1}],
        [{"x": 1, "z": "a"}],
        [{"x": 1, "s": "a"}, 1],
        [{"x": None, "s": ""}],
    ],
)
def test_rows_that_may_be_wrong_are_irregular(instances):
    with pytest.raises(Irregular):
        rows(instances, TWO, Read())


@pytest.mark.parametrize(
    "value", [1, {"x": 1}, {"x": 1, "s": "a", "more": []}, {"x": True, "s": "a"}, {"x": [1, [2]], "s": ""}]
)
def test_columns_that_may_be_wrong_are_irregular(value):
    with pytest.raises(Irregular):
        columns(value, TWO, Read())


@pytest.mark.parametrize(
    ("values", "flat", "shape"),
    [
        ([], [], (0,)),
        ([1, 2], [1, 2], (2,)),
        ([[1], [2]], [1, 2], (2, 1)),
        ([[], []], [], (2, 0)),
        ([[[]]], [], (1, 1, 0)),
    ],
)
def test_nested_lists_are_flattened(values, flat, shape):
    assert flattened(values)[:2] == (flat, shape)


@pytest.mark.parametrize("values", [[1, [2]], [[1], [2, 3]], [[[1]], [2]]])
def test_ragged_lists_are_irregular(values):
    with pytest.raises(Irregular):
        flattened(values)


@pytest.mark.parametrize(
    ("value", "dtype"), [(1, 19), (2**31, 3), (-1, 22), (1.0, 9), (True, 1), (1, 10), ({"a": 1}, 7)]
)
def test_a_value_of_another_type_is_irregular(value, dtype):
    with pytest.raises(Irregular):
        tensor(value, dtype, Read())
