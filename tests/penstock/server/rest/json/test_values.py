import numpy as np
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models.signature import TensorInfo
from penstock.server.rest.json.dtypes import DataType
from penstock.server.rest.json.parsing import Members, exact
from penstock.server.rest.json.values import CHUNK, base64_bytes, columns, is_base64, rows

TWO = {"x": TensorInfo("x:0", DataType.FLOAT, None), "s": TensorInfo("s:0", DataType.STRING, None)}
HALF = {"x": TensorInfo("x:0", DataType.HALF, None)}


def test_the_first_of_equal_keys_is_read_in_each_row():
    found = rows(exact(b'[{"x":1,"x":2,"s":"a"},{"x":3,"s":"b","s":"c"}]'), TWO)
    assert {name: array.tolist() for name, array in found.items()} == {"x": [1, 3], "s": [b"a", b"b"]}


def test_a_text_of_bytes_is_kept():
    assert columns(exact(b'{"x":1,"s":"\xff"}'), TWO)["s"].tolist() == b"\xff"


@pytest.mark.parametrize("read", [lambda: columns([1], HALF), lambda: columns([[]], HALF)])
def test_a_type_that_json_cannot_hold_is_not_implemented(read):
    with pytest.raises(ServingError, match="Conversion of JSON Value: .* to type: half") as caught:
        read()
    assert caught.value.code == Code.UNIMPLEMENTED


def test_an_error_in_a_row_names_row_and_key():
    with pytest.raises(ServingError) as caught:
        rows([{"x": 1, "s": "a"}, {"x": 1, "s": 2}], TWO)
    assert caught.value.message == (
        "Failed to process element: 1 key: s of 'instances' list. Error: INVALID_ARGUMENT: "
        "JSON Value: 2 Type: Number is not of expected type: string"
    )


@pytest.mark.parametrize(
    ("body", "known"),
    [(b'{"b64":"YQ=="}', True), (b'{"b64":1}', False), (b'{"b64":"","b64":""}', False), (b'"b64"', False)],
)
def test_an_object_with_one_text_named_b64_holds_bytes(body, known):
    assert is_base64(exact(body)) == known
    if known:
        assert base64_bytes(exact(body)) == b"a"
    else:
        with pytest.raises(ServingError, match="not formatted correctly for base64 data"):
            base64_bytes(exact(body))


@pytest.mark.parametrize("wrong", [{"x": "a", "s": "a"}, {"x": [1], "s": "a"}, {"x": 1}, 1])
@pytest.mark.parametrize("place", [1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_wrong_row_among_many_is_found_as_if_each_were_read(wrong, place):
    instances = [{"x": 1, "s": "a"} for _ in range(3 * CHUNK + 1)]
    instances[place] = wrong
    messages = set()
    for chunk in (0, CHUNK):
        with pytest.raises(ServingError) as caught:
            rows(instances, TWO, chunk)
        messages.add(caught.value.message)
    assert len(messages) == 1
    assert str(place) in messages.pop()


def test_many_rows_are_the_same_in_chunks_and_one_by_one():
    instances = [{"x": [index, 0.5], "s": str(index)} for index in range(2 * CHUNK + 5)]
    instances[CHUNK + 7] = Members([("x", [7, 7]), ("x", [8, 8]), ("s", "a")])
    whole, each = rows(instances, TWO), rows(instances, TWO, chunk=0)
    assert whole["x"].shape == (2 * CHUNK + 5, 2)
    assert all(np.array_equal(whole[name], each[name]) for name in TWO)
