"""Typed values of a file: the conversion of each kind to the type of an input, or null."""

import duckdb
import pytest

from penstock.serving.model.typed_values import from_number, from_typed, kind_of, seconds
from tests.penstock.serving.documents import wanted


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("TIME", "time"),
        ("TIME WITH TIME ZONE", "time"),
        ("DECIMAL(18,0)", "integer"),
        ("DECIMAL(18,2)", "number"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp"),
        ("BIGINT[]", "list"),
        ("STRUCT(a INTEGER)", "nested"),
        ("ENUM('a', 'b')", "text"),
    ],
)
def test_kinds_of_types(declared, kind):
    assert kind_of(declared) == kind


@pytest.mark.parametrize(
    ("form", "role", "kind", "value", "expected"),
    [
        ("integer", "numeric", "number", "2.0::DOUBLE", 2),
        ("integer", "numeric", "number", "'inf'::DOUBLE", None),
        ("integer", "numeric", "number", "1e30::DOUBLE", None),
        ("integer", "numeric", "boolean", "true", None),
        ("integer", "boolean", "boolean", "true", 1),
        ("integer", "timestamp", "timestamp", "TIMESTAMP '1969-12-31 23:59:59.5'", -1),
        ("integer", "numeric", "timestamp", "TIMESTAMP '1970-01-01'", None),
        ("number", "", "boolean", "true", 1.0),
        ("number", "numeric", "boolean", "true", None),
        ("text", "categorical", "number", "2.0::DOUBLE", "2"),
        ("text", "categorical", "number", "1e20::DOUBLE", "1e+20"),
        ("text", "categorical", "number", "'nan'::DOUBLE", None),
        ("text", "categorical", "time", "'09:15:00+00'::TIMETZ", "09:15:00"),
        ("boolean", "boolean", "integer", "2", None),
        ("epoch_seconds", "timestamp", "number", "1.5::DOUBLE", None),
    ],
)
def test_value_is_converted_if_it_means_the_same(form, role, kind, value, expected):
    model_input = wanted("x", form, role)
    [(found,)] = duckdb.sql(f"SELECT {from_typed(model_input, model_input.column, kind, value)}").fetchall()
    assert found == expected


def test_number_of_json_keeps_all_of_its_digits():
    for form, expected in (("integer", 2**63 - 1), ("text", str(2**63 - 1))):
        model_input, text = wanted("x", form, "categorical"), f"'{2**63 - 1}'"
        [(found,)] = duckdb.sql(
            f"SELECT {from_number(model_input, model_input.column, f'{text}::DOUBLE', text)}"
        ).fetchall()
        assert found == expected


def test_seconds_are_whole_and_rounded_down():
    assert duckdb.sql(f"SELECT {seconds(chr(39) + '1970-01-02 00:00:01.9' + chr(39))}").fetchall() == [(86_401,)]
