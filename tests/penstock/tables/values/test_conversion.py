"""A value is converted independently of others, by the same SQL for every source."""

import datetime

import duckdb
import pytest

from penstock.tables.values.conversion import (
    MARKS,
    is_format,
    is_invalid,
    is_mark,
    is_missing,
    read_as,
    retyped,
    type_of,
)
from penstock.tables.values.interpretation import ColumnFormat

ENGINE = duckdb.connect()


def column(form, *missing, kind=None):
    return ColumnFormat("v", form, kind or type_of(form), missing)


def evaluated(expression, value):
    [(found,)] = ENGINE.execute(f'SELECT {expression} FROM (SELECT ?::VARCHAR AS "v")', [value]).fetchall()
    return found


VALUES = [
    (column("text"), " x ", " x "),
    (column("text"), "NA", "NA"),
    (column("text", "n/a"), " N/A ", None),
    (column("integer"), " 7 ", 7),
    (column("integer"), "7.0", 7),
    (column("integer"), "7.5", None),
    (column("integer"), "9223372036854775808", None),
    (column("integer", "-999"), "-999", None),
    (column("number"), "1e3", 1000.0),
    (column("number"), "1e999", None),
    (column("number"), "nan", None),
    (column("number"), "inf", None),
    (column("number"), "0x10", None),
    (column("number"), "1_000", None),
    (column("boolean"), " YES\t", True),
    (column("boolean"), "f", False),
    (column("boolean"), "1", None),
    (column("boolean", "no"), "No", None),
    (column("date"), "2021-1-2", datetime.date(2021, 1, 2)),
    (column("date"), "2021-02-30", None),
    (column("%d/%m/%Y", "01/01/1900"), "01/01/1900", None),
    (column("typed", kind="BIGINT"), "7", 7),
    (column("typed", "7", kind="BIGINT"), "7", None),
    (column("typed", kind="VARCHAR"), "NA", "NA"),
]


@pytest.mark.parametrize(("how", "text", "value"), VALUES)
def test_a_text_is_read_as(how, text, value):
    assert evaluated(read_as(how, '"v"'), text) == value
    assert evaluated(read_as(how, '"v"'), None) is None


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u00a0", "\u3000 \ufeff", "\v\f"])
def test_whitespace_is_missing_except_in_text(blank):
    assert evaluated(is_missing(column("number"), '"v"'), blank) is True
    assert evaluated(is_missing(column("text"), '"v"'), blank) is (blank == "")
    assert evaluated(is_invalid(column("number"), '"v"'), blank) is False


@pytest.mark.parametrize("mark", sorted(MARKS))
def test_marks_are_missing_in_all_but_text_and_never_strange(mark):
    for form in ("integer", "number", "boolean", "date", "%d.%m.%Y", "1.234,5", "epoch_seconds", "time"):
        assert evaluated(is_mark(column(form), '"v"'), f" {mark.upper()} ") is True
        assert evaluated(read_as(column(form), '"v"'), mark) is None
        assert evaluated(is_invalid(column(form), '"v"'), mark) is False
    assert evaluated(is_mark(column("text"), '"v"'), mark) is False


def test_what_is_not_written_so_is_strange():
    assert evaluated(is_invalid(column("integer"), '"v"'), "7.5") is True
    assert evaluated(is_invalid(column("integer"), '"v"'), "7") is False
    assert evaluated(is_invalid(column("text"), '"v"'), "7") is False
    assert evaluated(is_invalid(column("integer"), '"v"'), None) is False


@pytest.mark.parametrize(
    ("how", "declared", "value", "found"),
    [
        (column("typed", kind="DOUBLE"), "DOUBLE", 1.5, 1.5),
        (column("typed", "1.5", kind="DOUBLE"), "DOUBLE", 1.5, None),
        (column("integer"), "DOUBLE", 2.0, 2),
        (column("integer"), "DOUBLE", 2.5, None),
        (column("integer"), "DOUBLE", 1e300, None),
        (column("integer"), "VARCHAR", "2", 2),
        (column("number"), "INTEGER", 2, 2.0),
        (column("date"), "DATE", datetime.date(2021, 1, 2), datetime.date(2021, 1, 2)),
        (column("epoch_seconds"), "BIGINT", 0, datetime.datetime(1970, 1, 1)),
        (column("boolean"), "BOOLEAN", True, True),
        (column("text"), "BIGINT", 7, "7"),
    ],
)
def test_a_column_of_a_type_is_read_as(how, declared, value, found):
    expression = retyped(how, declared)
    [(read,)] = ENGINE.execute(f'SELECT {expression} FROM (SELECT ?::{declared} AS "v")', [value]).fetchall()
    assert (read, type(read)) == (found, type(found))


@pytest.mark.parametrize("text", ["text", "integer", "number", "boolean", "date", "%d/%m/%Y", "1.234,5 €", "time"])
def test_a_way_has_a_name(text):
    assert is_format(text)


@pytest.mark.parametrize("text", ["", "typed", "int", "%", "%Q", "dd/mm/yyyy", "1234", "Number"])
def test_other_words_name_none(text):
    assert not is_format(text)
