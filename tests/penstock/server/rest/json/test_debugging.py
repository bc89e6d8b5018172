import pytest

from penstock.server.rest.json.debugging import number, shown, type_of
from penstock.server.rest.json.parsing import exact


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (1.5, "1.5"),
        (-123.25, "-123.25"),
        (0.1, "0.1"),
        (1e-6, "0.000001"),
        (1.5e-6, "0.0000015"),
        (1e-7, "1e-7"),
        (1.25e-10, "1.25e-10"),
        (1e20, "100000000000000000000.0"),
        (1e21, "1e21"),
        (1.25e300, "1.25e300"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_a_number_is_written_as_rapidjson_writes_it(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"null", "null"),
        (b"[true, false,1, -2, 18446744073709551615]", "[true, false, 1, -2, 18446744073709551615]"),
        (b"[]", "[]"),
        (b"{}", "{}"),
        (b'{"a":{},"b":[{"c":"d\\n"}]}', '{\n    "a": {},\n    "b": [{\n            "c": "d\\n"\n        }]\n}'),
        (b'{"a":1,"a":2}', '{\n    "a": 1,\n    "a": 2\n}'),
    ],
)
def test_a_value_is_shown_indented_with_lists_in_one_line(body, text):
    assert shown(exact(body)) == text


def test_a_long_value_ends_with_the_token_that_passes_the_limit():
    assert shown([1] * 1000) == "[" + ", ".join(["1"] * 86)
    assert shown(["a" * 500, 2]) == '["' + "a" * 500 + '"'


def test_a_deep_value_is_shown():
    assert shown(exact(b"[" * 900 + b"]" * 900)) == "[" * 256


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "Null"),
        (True, "True"),
        (False, "False"),
        (1, "Number"),
        (1.5, "Number"),
        ("a", "String"),
        (b"a", "String"),
    ],
)
def test_the_types_have_the_names_of_rapidjson(value, name):
    assert type_of(value) == name


def test_lists_and_objects_have_the_names_of_rapidjson():
    assert [type_of(exact(body)) for body in (b"[]", b"{}", b'{"a":1,"a":1}')] == ["Array", "Object", "Object"]
