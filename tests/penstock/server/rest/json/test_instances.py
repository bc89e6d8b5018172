"""Rows of several requests that are read together are those that each request has alone."""

import numpy as np
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.server.errors import ServingError
from penstock.server.models.signature import Signature
from penstock.server.rest.json.dtypes import DataType
from penstock.server.rest.json.instances import Instances
from penstock.server.rest.json.parsing import Irregular
from penstock.server.rest.json.requests import RegularRequest
from tests.penstock.server.rest.json.bodies import SCALARS, STRINGS, bodies
from tests.penstock.server.rest.json.test_requests import SIGNATURES, assert_same, inputs_of

FITTING = {
    DataType.FLOAT: st.floats(-9, 9).map(repr) | st.integers(-9, 9).map(str),
    DataType.DOUBLE: st.floats(-9, 9).map(repr) | st.integers(-9, 9).map(str),
    DataType.BOOL: st.sampled_from(["true", "false"]),
    DataType.STRING: STRINGS,
}


@st.composite
def requests(draw):
    """Draw a signature and some bodies, whose values mostly are of its types."""
    dtypes = draw(SIGNATURES)
    if draw(st.integers(0, 3)) == 0:
        return draw(st.lists(bodies(), min_size=2, max_size=4)), dtypes
    kinds = {name: FITTING.get(dtype, st.integers(0, 300).map(str)) for name, dtype in dtypes.items()}
    odd = draw(st.sampled_from(list(kinds)))
    if draw(st.booleans()):
        kinds[odd] = kinds[odd] | SCALARS | kinds[odd].map(lambda value: f"[{value}]")
    row = st.tuples(*kinds.values()).map(lambda values: dict(zip(kinds, values, strict=True)))
    rows = row.map(lambda pairs: "{" + ",".join(f'"{name}":{value}' for name, value in pairs.items()) + "}")
    some = st.lists(rows, min_size=1, max_size=2).map(lambda each: f'{{"instances":[{",".join(each)}]}}')
    sent = draw(st.lists(some, min_size=2, max_size=3))
    return [body.encode(errors="surrogateescape") for body in sent], dtypes


MIXED = {"x": DataType.FLOAT, "s": DataType.STRING, "n": DataType.INT64}


def instances(body, dtypes):
    try:
        return Instances.of(RegularRequest.of(body), inputs_of(dtypes))
    except Irregular:
        return None


def body_of(*rows):
    return orjson.dumps({"instances": rows})


@pytest.mark.slow
@given(requests())
@example(([b'{"instances":[{"x":1,"x":2}]}', b'{"instances":[{"x":3}]}'], {"x": DataType.FLOAT}))
@example(([b'{"instances":[{"x":"a:b"}]}', b'{"instances":[{"x":"\\u003a"}]}'], {"x": DataType.STRING}))
@example(([b'{"instances":[{"x":"\\":"}]}', b'{"instances":[{"x":"a","x":"b"}]}'], {"x": DataType.STRING}))
@example(([b'{"instances":[[1,2]]}', b'{"instances":[[3,4],[5,6]]}'], {"x": DataType.FLOAT}))
@example(([b'{"instances":[{"b64":"YQ=="}]}', b'{"instances":["a"]}'], {"x": DataType.STRING}))
def test_what_is_read_together_is_what_each_request_has_alone(drawn):
    sent, dtypes = drawn
    found = [each for each in (instances(body, dtypes) for body in sent) if each is not None]
    if len(found) < 2:
        return
    try:
        joined = found[0].joined(found)
    except Irregular:
        return
    alone = [each.tensors() for each in found]
    for each, tensors in zip(found, alone, strict=True):
        assert {len(values) for values in tensors.values()} == {each.count}
    assert_same(joined, {name: np.concatenate([each[name] for each in alone]) for name in joined})


ROW = st.fixed_dictionaries(
    {
        "x": st.floats(width=32, allow_nan=False, allow_infinity=False) | st.integers(-1000, 1000),
        "s": st.text(st.characters(exclude_characters=':"\\', codec="utf-8"), max_size=3),
        "n": st.integers(-(2**63), 2**63 - 1),
    }
)


@given(st.lists(st.lists(ROW, min_size=1, max_size=3), min_size=2, max_size=4))
def test_usual_rows_are_read_together(sent):
    found = [instances(body_of(*rows), MIXED) for rows in sent]
    joined = found[0].joined(found)
    rows = [row for each in sent for row in each]
    assert joined["x"].tolist() == np.array([row["x"] for row in rows], np.float32).tolist()
    assert joined["s"].tolist() == [row["s"].encode() for row in rows]
    assert joined["n"].tolist() == [row["n"] for row in rows]


@pytest.mark.parametrize(
    "body",
    [
        b'{"instances":[]}',
        b'{"instances":{"x":1}}',
        b'{"inputs":{"x":[1]}}',
        b'{"instances":[{"x":1}],"inputs":{"x":[1]}}',
        b'{"instances":[{"x":NaN}]}',
        b"{}",
    ],
)
def test_other_bodies_are_read_alone(body):
    assert instances(body, {"x": DataType.FLOAT}) is None


def test_rows_that_do_not_fit_the_others_are_not_read_together():
    usual = instances(body_of({"x": 1}), {"x": DataType.FLOAT})
    for odd in (b'{"instances":[{"x":[1]}]}', b'{"instances":[{"x":"a"}]}', b'{"instances":[{"x":1,"x":2}]}'):
        with pytest.raises(Irregular):
            usual.joined([usual, instances(odd, {"x": DataType.FLOAT})])


def test_a_request_that_is_not_regular_is_read_exactly():
    equal_keys = instances(b'{"instances":[{"x":1,"x":2}]}', {"x": DataType.FLOAT})
    assert equal_keys.tensors()["x"].tolist() == [1.0]
    with pytest.raises(ServingError):
        instances(b'{"instances":[{"x":"a"}]}', {"x": DataType.FLOAT}).tensors()


def test_rows_of_one_signature_may_share_a_call():
    first, second = (Signature("s", "", inputs_of(MIXED), {}, list) for _ in range(2))
    one, other = (instances(body_of({"x": 1, "s": "a", "n": number}), MIXED) for number in (1, 2))
    assert one.kind(first) == other.kind(first) != one.kind(second)
