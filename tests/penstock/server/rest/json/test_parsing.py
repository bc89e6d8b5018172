import math

import pytest

from penstock.server.errors import ServingError
from penstock.server.rest.json.parsing import Irregular, Members, Read, check, exact, member, members, regular


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"1", 1),
        (b"-0", 0),
        (b"1e5", 1e5),
        (b"18446744073709551616", 2**64),
        (b"[1] more", [1]),
        (b"[1][2]", [1]),
        (b"1 2", 1),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":1,"b":2}', {"a": 1, "b": 2}),
        (b'{"a":1,"b":2,"a":3}', Members([("a", 1), ("b", 2), ("a", 3)])),
        (rb'{"a":1,"\u0061":3}', Members([("a", 1), ("a", 3)])),
        (b"[Infinity,-Infinity,Inf]", [math.inf, -math.inf, math.inf]),
        (b'"\xff"', b"\xff"),
        (rb'"\xff\u00e9\u20ac\ud83d\ude00z'.replace(rb"\xff", b"\xff") + b'"', b"\xff" + "é€😀z".encode()),
        (b'["\xff",{"a":"\xc3\xa9z"}] \xfe', [b"\xff", {"a": b"\xc3\xa9z"}]),
    ],
)
def test_a_body_is_read_as_rapidjson_reads_it(body, value):
    assert exact(body) == value
    assert type(exact(body)) is type(value)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "The document is empty"),
        (b" \n", "The document is empty. at offset: 2"),
        (b"[1e400]", "Number too big to be stored in double. at offset: 1"),
        (b"[-1e400]", "Number too big to be stored in double. at offset: 1"),
        (b"[" + b"9" * 5000 + b"]", "Number too big to be stored in double. at offset: 1"),
        (b"{'a':1}", "Missing a name for object member. at offset: 1"),
        (b'{"a":1,}', "Missing a name for object member. at offset: 7"),
        (b'\xef\xbb\xbf{"a":1,}', "Missing a name for object member. at offset: 10"),
        (b'"a\x01"', "Invalid encoding in string. at offset: 2"),
        (b'"a', "Missing a closing quotation mark in string. at offset: 2"),
        (b'["\xff\xff", 1,', "Invalid value. at offset: 9"),
        (b"[1,2", "Missing a comma or ']' after an array element. at offset: 4"),
        (b"[" * 1001, "More than 1000 levels of nesting."),
        (b'{"a":' * 1001, "More than 1000 levels of nesting."),
    ],
)
def test_a_broken_body_is_refused_with_the_text_and_the_offset_of_rapidjson(body, text):
    with pytest.raises(ServingError) as caught:
        exact(body)
    assert caught.value.message == f"JSON Parse error: {text}"


@pytest.mark.parametrize(
    "body",
    [b"", b"[NaN, null]", b"[-NaN]", b"[Infinity]", b"[1e400]", b"[1] 2", b'"\xff"', b"\xef\xbb\xbf1", b"[" * 5000],
)
def test_what_is_not_strict_json_is_irregular(body):
    with pytest.raises(Irregular):
        regular(body)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a":1,"b" : 2}', Read(2)),
        (b'{"a":"1:2","b" : 2}', Read(2, 1)),
        (b'{"a":"1:2","b" : 2}', Read(2)),
        (b'{"a":"1:2\\n","b" : 2}', Read(2, 1)),
    ],
)
def test_a_body_whose_keys_were_all_read_is_regular(body, read):
    check([body], read, None)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a":1,"a":2}', Read(1)),
        (b'{"a":"1:2","a":"1:2"}', Read(1, 1)),
        # One colon that is escaped, and one after a key that was lost.
        (b'{"a":1,"a":"\\u003a"}', Read(1, 1)),
        # What looks like the end of a key in a text may be one.
        (b'{"a":"\\": 1:2"}', Read(1, 2)),
    ],
)
def test_a_body_of_which_a_key_may_be_lost_is_irregular(body, read):
    with pytest.raises(Irregular):
        check([body], read, None)


@pytest.mark.parametrize("value", [{"a": 1, "b": 2}, Members([("a", 1), ("b", 2)])])
def test_members_are_found_by_name(value):
    assert list(members(value)) == [("a", 1), ("b", 2)]
    assert member(value, "b") == (True, 2)
    assert member(value, "c") == (False, None)


def test_the_first_of_equal_keys_is_found():
    assert member(exact(b'{"a":1,"a":2}'), "a") == (True, 1)


def test_nan_is_a_null_that_is_counted():
    assert regular(b'[NaN, 1, "NaN", NaN]') == ([None, 1, "null", None], 3)
    assert regular(b"[1]") == ([1], None)
    with pytest.raises(Irregular):
        check([b'[NaN, 1, "NaN", NaN]'], Read(nans=2), 3)
