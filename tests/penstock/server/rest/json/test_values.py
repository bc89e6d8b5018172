import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models.signature import TensorInfo
from penstock.server.rest.json.dtypes import DataType
from penstock.server.rest.json.parsing import exact
from penstock.server.rest.json.values import base64_bytes, columns, is_base64, rows

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
