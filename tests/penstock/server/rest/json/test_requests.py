"""The fast reader of predict requests reads what the exact one reads, and the same."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.server.errors import ServingError
from penstock.server.models.signature import TensorInfo
from penstock.server.rest.json import columns, requests, values
from penstock.server.rest.json.dtypes import KINDS, DataType
from penstock.server.rest.json.parsing import Irregular, exact, is_object, member
from penstock.server.rest.json.requests import ExactRequest, RegularRequest, read_object
from tests.penstock.server.rest.json.bodies import bodies

DTYPES = st.sampled_from(sorted(KINDS))
SIGNATURES = st.one_of(
    st.tuples(DTYPES).map(lambda types: dict(zip("x", types, strict=True))),
    st.tuples(DTYPES, DTYPES).map(lambda types: dict(zip("xy", types, strict=True))),
)


# A colon after a quotation mark looks like a key, and is read exactly.
TEXTS = st.text(st.characters(exclude_characters=':"', codec="utf-8"), max_size=3)


def inputs_of(dtypes):
    return {name: TensorInfo(f"{name}:0", dtype, None) for name, dtype in dtypes.items()}


def result(read):
    try:
        return read()
    except ServingError as error:
        return error.args
    except Irregular:
        return None


def one_by_one(body, inputs):
    """Read a body as TensorFlow Serving does, without whole columns."""
    document = ExactRequest.of(body).document
    as_rows, instances = member(document, "instances")
    if (
        as_rows
        and isinstance(instances, list)
        and not is_object(instances)
        and instances
        and not member(document, "inputs")[0]
    ):
        return values.rows(instances, inputs, chunk=0)
    return values.columns(member(document, "inputs")[1], inputs)


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, array in found.items():
        assert (array.dtype, array.shape) == (expected[name].dtype, expected[name].shape)
        assert (
            array.tobytes() == expected[name].tobytes()
            if array.dtype != object
            else array.tolist() == expected[name].tolist()
        )


@pytest.mark.slow
@given(bodies(), SIGNATURES)
@example(b'{"instances":[{"x":1,"x":2}]}', {"x": DataType.FLOAT})
@example(b'{"instances":[1],"instances":[2]}', {"x": DataType.FLOAT})
@example(b'{"inputs":{"x":[1,2],"zz":{"a":1,"a":2}}}', {"x": DataType.FLOAT})
@example(b'{"instances":[{"b64":"YWI="}]}', {"b64": DataType.STRING})
def test_what_the_fast_reader_takes_is_what_the_exact_one_reads(body, dtypes):
    inputs = inputs_of(dtypes)
    fast = result(lambda: RegularRequest.of(body).tensors(inputs))
    whole = result(lambda: ExactRequest.of(body).tensors(inputs))
    if fast is not None:
        assert not isinstance(whole, tuple), whole
        assert fast.as_rows == whole.as_rows
        assert_same(fast.by_name, whole.by_name)
        assert RegularRequest.of(body).signature == ExactRequest.of(body).signature
    if not isinstance(whole, tuple):
        with np.errstate(over="ignore"):
            slow = result(lambda: one_by_one(body, inputs))
        assert not isinstance(slow, tuple), slow
        assert_same(whole.by_name, slow)


@given(st.lists(st.tuples(st.floats(width=32, allow_nan=False), TEXTS, st.booleans()), min_size=1))
def test_usual_rows_are_read_by_columns_and_never_one_by_one(rows):
    import orjson

    inputs = inputs_of({"a": DataType.FLOAT, "s": DataType.STRING, "ok": DataType.BOOL})
    finite = [row for row in rows if np.isfinite(row[0])] or [(0.0, "", True)]
    body = orjson.dumps({"instances": [dict(zip(("a", "s", "ok"), row, strict=True)) for row in finite]})
    found = RegularRequest.of(body).tensors(inputs).by_name
    assert found["a"].tolist() == [row[0] for row in finite]
    assert found["s"].tolist() == [row[1].encode() for row in finite]
    assert found["ok"].tolist() == [row[2] for row in finite]


def test_a_body_with_nan_is_regular():
    inputs = inputs_of({"x": DataType.FLOAT, "y": DataType.STRING})
    found = RegularRequest.of(b'{"instances":[{"x":NaN,"y":"a"},{"x":1,"y":"b"}]}').tensors(inputs)
    assert np.isnan(found.by_name["x"]).tolist() == [True, False]
    assert np.isnan(RegularRequest.of(b'{"inputs":[[NaN],[NaN]]}').tensors(inputs_of({"x": 2})).by_name["x"]).all()


@pytest.mark.parametrize(
    ("body", "dtype"),
    [
        (b'{"instances":[{"x":NaN,"y":"NaN"}]}', DataType.FLOAT),
        (b'{"instances":[{"x":1,"y":NaN}]}', DataType.FLOAT),
        (b'{"instances":[{"x":NaN,"y":"a"}]}', DataType.INT64),
        (b'{"inputs":{"x":NaN,"y":"a","NaN":1}}', DataType.FLOAT),
        (b'{"inputs":{"x":1,"y":"a","z":NaN}}', DataType.FLOAT),
        (b'{"instances":[{"x":null,"y":"a"}]}', DataType.FLOAT),
    ],
)
def test_a_nan_that_is_not_a_number_of_an_input_is_irregular(body, dtype):
    with pytest.raises(Irregular):
        RegularRequest.of(body).tensors(inputs_of({"x": dtype, "y": DataType.STRING}))


def test_an_irregular_body_with_nan_is_read_by_columns(monkeypatch):
    monkeypatch.setattr(values, "rows", None)
    inputs = inputs_of({"x": DataType.FLOAT, "y": DataType.STRING})
    found = ExactRequest.of(b'{"instances":[{"x":NaN,"y":"a"},{"x":1,"y":"b"}]} ').tensors(inputs)
    assert np.isnan(found.by_name["x"]).tolist() == [True, False]


@pytest.mark.parametrize("form", ["instances", "inputs"])
def test_a_deep_value_is_refused(form):
    deep = "[" * 900 + "]" * 900
    with pytest.raises(ServingError, match="at most 31 are taken"):
        ExactRequest.of(f'{{"{form}":[{deep}]}}'.encode()).tensors(inputs_of({"x": DataType.FLOAT}))


def test_a_signature_without_inputs_is_refused():
    with pytest.raises(ServingError, match="Failed to get input map for signature: DEFAULT"):
        ExactRequest.of(b'{"instances":[1]}').tensors({})
    with pytest.raises(ServingError, match="Failed to get input map for signature: a"):
        ExactRequest.of(b'{"instances":[1],"signature_name":"a"}').tensors({})


def test_only_an_object_is_read():
    assert read_object(b'{"a":1}') == exact(b'{"a":1}')
    with pytest.raises(ServingError, match=r"JSON Value: \[1\] Is not object"):
        read_object(b"[1]")


def test_a_name_of_a_signature_that_is_not_text_is_read_with_replacements():
    assert ExactRequest.of(b'{"signature_name":"a\xff"}').signature == "a\ufffd"
    assert {"signature_name", "instances", "inputs"} == requests.KEYS
    assert columns.MOST_DIMENSIONS == 31
