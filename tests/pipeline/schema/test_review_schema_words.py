"""Schemas and their changes in words."""

from types import SimpleNamespace

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from penstock.schema.current import described_columns
from pipeline.schema.review import NOTHING, differences

SCHEMA = 'feature { name: "b" type: INT not_in_environment: "SERVING" } feature { name: "a" type: BYTES domain: "d" }'


def feature(text):
    return text_format.Parse(text, schema_pb2.Feature())


def change(column, *, kind=None, values=()):
    domain = schema_pb2.StringDomain(name="d", value=values) if values else None
    return SimpleNamespace(column=column, kinds=("K",), found=("one", "two"), feature=kind, domain=domain)


def test_schema_is_described_column_by_column():
    columns = described_columns(
        text_format.Parse(f'{SCHEMA} string_domain {{ name: "d" value: "x" }}', schema_pb2.Schema())
    )
    assert columns == [
        {"column": "a", "type": "text", "presence": "no", "domain": "x", "not_in_environment": []},
        {
            **{"column": "b", "type": "whole number", "presence": "no", "domain": "anything"},
            "not_in_environment": ["SERVING"],
        },
    ]


@pytest.mark.parametrize(
    ("given", "allowed", "described_change"),
    [
        (change("a"), "text, must be there: no, may hold x", ""),
        (
            change("a", kind=feature('name: "a" type: BYTES domain: "d"'), values=["x", "y", "z"]),
            "text, must be there: no, may hold x",
            "may hold also y, z",
        ),
        (
            change("a", kind=feature('name: "a" type: BYTES domain: "d"'), values=["x", *"abcdefgh"]),
            "text, must be there: no, may hold x",
            "may hold also a, b, c, d, e, f and 2 more",
        ),
        (
            change("b", kind=feature('name: "b" type: FLOAT')),
            "whole number, must be there: no, may hold anything",
            "number",
        ),
        (
            change("b", kind=feature('name: "b" type: INT value_count { min: 1 max: 4 }')),
            "whole number, must be there: no, may hold anything",
            "1 to 4 values in a row",
        ),
        (
            change("new", kind=feature('name: "new" type: INT presence { min_count: 1 }')),
            NOTHING,
            "whole number, must be there: in some row, may hold anything",
        ),
        (change(""), "", ""),
    ],
)
def test_difference_has_the_present_rules_and_the_changed_ones(given, allowed, described_change):
    schema = text_format.Parse(f'{SCHEMA} string_domain {{ name: "d" value: "x" }}', schema_pb2.Schema())
    [found] = differences(schema, [given])
    assert (found.column, found.allowed, found.change) == (given.column, allowed, described_change)
    assert (found.found, found.kinds) == ("one; two", ("K",))
