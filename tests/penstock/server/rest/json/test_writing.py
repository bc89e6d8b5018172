import numpy as np
import pytest

from penstock.server.errors import ServingError
from penstock.server.rest.json.writing import columns, rows, rows_of

TEXT = np.array([b"a", b"\xff", '"é'.encode()], object)


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.array([1, 2.5, 1e6], np.float32), b"[1.0,2.5,1000000.0]"),
        (np.array([0.1], np.float32), b"[0.1]"),
        (np.array([0.1, 1e300]), b"[0.1,1e+300]"),
        (np.array([[1, np.nan], [np.inf, -np.inf]], np.float32), b"[[1.0,NaN],[Infinity,-Infinity]]"),
        (np.array(np.nan), b"NaN"),
        (np.array(2.5, np.float32), b"2.5"),
        (np.array([[1, 2], [3, 4]], np.int8).T, b"[[1,3],[2,4]]"),
        (np.array([2**64 - 1], np.uint64), b"[18446744073709551615]"),
        (np.array([True, False]), b"[true,false]"),
        (TEXT, b'["a","\xff","\\"\xc3\xa9"]'),
        (np.array(b"a", object), b'"a"'),
        (np.zeros((2, 0, 3), np.float32), b"[[],[]]"),
        (np.zeros((2, 3, 0), object), b"[[[],[],[]],[[],[],[]]]"),
        (np.array([[[b"a"]], [[b"b"]]], object), b'[[["a"]],[["b"]]]'),
    ],
)
def test_a_tensor_is_written_in_columns(array, text):
    assert columns({"y": array}) == b'{"outputs":' + text + b"}"


def test_several_outputs_have_their_names():
    outputs = {"a": np.array([1, np.nan]), "b_bytes": np.array([b"x", b"\xff"], object), "c": np.array([[1], [2]])}
    assert rows(outputs) == (
        b'{"predictions":[{"a":1.0,"b_bytes":{"b64":"eA=="},"c":[1]},{"a":NaN,"b_bytes":{"b64":"/w=="},"c":[2]}]}'
    )
    assert columns(outputs) == b'{"outputs":{"a":[1.0,NaN],"b_bytes":[{"b64":"eA=="},{"b64":"/w=="}],"c":[[1],[2]]}}'


def test_one_output_has_no_name_in_rows():
    assert rows({"a_bytes": np.array([b"x"], object)}) == b'{"predictions":[{"b64":"eA=="}]}'
    assert rows({"a": np.zeros((0, 2))}) == b'{"predictions":[]}'


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({}, "Cannot convert empty tensor map to JSON"),
        ({"a": np.zeros(2), "b": np.zeros(3)}, "Tensor name: b has inconsistent batch size: 3 expecting: 2"),
        ({"a": np.array(1.0)}, "Tensor name: a has no shape information "),
        ({"a": np.zeros(2, np.float16)}, "Failed to write JSON value for tensor type: half"),
        ({"a": np.zeros(2, np.complex64)}, "Failed to write JSON value for tensor type: complex64"),
    ],
)
def test_what_cannot_be_written_as_rows_is_refused(outputs, message):
    with pytest.raises(ServingError) as caught:
        rows(outputs)
    assert caught.value.message == message


def test_rows_are_lists():
    assert rows_of(np.array([[0.1], [2]], np.float32)) == [[0.1], [2.0]]
    assert rows_of(np.array([b"a"], object)) == ["a"]
