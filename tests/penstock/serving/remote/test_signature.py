"""Types and shapes of a model on a server: what is sent, and what may come back."""

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.remote.signature import RemoteSignature, Tensor


def signature(**tensors):
    made = {name: Tensor(*each) for name, each in tensors.items()}
    return RemoteSignature(3, made, made)


@pytest.mark.parametrize(
    ("dtype", "shape", "kind", "width"),
    [
        ("DT_STRING", (-1,), "text", None),
        ("DT_STRING", (-1, 1), "text", None),
        ("DT_FLOAT", None, "number", None),
        ("DT_INT64", (-1,), "number", None),
        ("DT_BOOL", (-1, 1), "number", None),
        ("DT_DOUBLE", (-1, 3), "vector", 3),
    ],
)
def test_inputs_take_what_their_types_and_shapes_say(dtype, shape, kind, width):
    found = signature(x=(dtype, shape))
    assert found.kinds("m") == {"x": kind}
    assert found.widths() == ({"x": width} if width else {})


@pytest.mark.parametrize(
    ("dtype", "shape"), [("DT_FLOAT", (-1, -1)), ("DT_FLOAT", (-1, 2, 2)), ("DT_COMPLEX64", (-1,))]
)
def test_input_of_another_form_is_refused(dtype, shape):
    with pytest.raises(ConfigError, match="the input 'x' of m: expected one value or one list per row, received DT_"):
        signature(x=(dtype, shape)).kinds("m")


def test_values_get_the_type_and_the_shape():
    made = signature(a=("DT_FLOAT", (-1,)), b=("DT_INT32", (-1, 1)), c=("DT_STRING", (-1, 1)), d=("DT_BOOL", (-1,)))
    numbers = np.array([1.0, 0.0])
    assert made.to_send("a", numbers).dtype == np.float32
    assert made.to_send("b", numbers).tolist() == [[1], [0]]
    assert made.to_send("c", np.array([b"x", b"y"], object)).tolist() == [[b"x"], [b"y"]]
    assert made.to_send("d", numbers).tolist() == [True, False]


@pytest.mark.parametrize("value", [np.nan, 1.5, 3e9, np.inf])
def test_number_that_an_integer_cannot_have_is_refused(value):
    with pytest.raises(DataError, match=r"the input 'b': expected whole numbers \(DT_INT32\), received "):
        signature(b=("DT_INT32", (-1,))).to_send("b", np.array([1.0, value]))


def test_outputs_become_columns_of_their_types():
    made = signature(a=("DT_FLOAT", (-1,)), b=("DT_STRING", (-1,)), c=("DT_FLOAT", (-1, 2)), d=("DT_FLOAT", (-1, 1)))
    assert made.received("a", [1, 0.1], 2, "m") == pa.array([1, 0.1], pa.float32())
    assert made.received("b", ["x", b"\xff"], 2, "m").to_pylist() == ["x", "�"]
    assert made.received("c", [[1, 2], [3, 4]], 2, "m").to_pylist() == [[1, 2], [3, 4]]
    assert made.received("d", [[1], [2]], 2, "m").to_pylist() == [[1], [2]]


@pytest.mark.parametrize("values", [[1.0], [1.0] * 3, 1.0, [[1.0], [1.0, 2.0]], ["x", "y"], [None, {}], {"a": 1}, None])
def test_answer_without_a_value_for_each_row_is_refused(values):
    with pytest.raises(DataError, match="m: expected a prediction for each row, received .*check what answers at this"):
        signature(a=("DT_FLOAT", (-1,))).received("a", values, 2, "m")


def test_text_that_is_none_is_refused():
    with pytest.raises(DataError, match="received float in place of text"):
        signature(b=("DT_STRING", (-1,))).received("b", ["x", 1.0], 2, "m")
