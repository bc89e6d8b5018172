"""The kinds of values, and the sentence for a column of several kinds."""

import datetime
import decimal
import uuid

import pyarrow as pa
import pytest

from penstock.core.errors import DataError
from penstock.tables.databases.kinds import Place, are_several, check_kind, fault, kind_of, kind_of_type
from penstock.tables.input import Input

DAY = datetime.date(2020, 1, 2)
VALUES = {
    "true and false": [True],
    "numbers": [1, 1.5, decimal.Decimal("1.5")],
    "text": ["a", "", uuid.UUID(int=1)],
    "bytes": [b"a", memoryview(b"a")],
    "dates": [DAY],
    "dates with times": [datetime.datetime(2020, 1, 2)],
    "times of day": [datetime.time(1)],
    "durations": [datetime.timedelta(1)],
    "lists of numbers": [[1, None, 2.5], (1,)],
    "lists of text": [["a"]],
    "lists of several kinds": [[1, "a"]],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in VALUES.items() for value in values])
def test_kind_of_a_value_is_that_of_the_type_that_arrow_gives_it(kind, value):
    assert kind_of(value) == kind
    if kind != "lists of several kinds" and not isinstance(value, uuid.UUID | memoryview | decimal.Decimal):
        assert kind_of_type(pa.array([value]).type) == kind


def test_missing_values_have_no_kind_and_empty_lists_that_of_any_list():
    assert kind_of_type(pa.null()) == ""
    assert kind_of_type(pa.list_(pa.null())) == kind_of([None]) == kind_of([]) == "lists"
    place = Place(Input("sqlite:///a", table="t"))
    for values in ([[]], [[1.5]], [[]], [None]):
        check_kind("a", values, pa.array(values), place)
    assert place.kinds == {"a": "lists of numbers"}
    with pytest.raises(DataError, match="expected lists of numbers, as the 0 rows before have, received .'b'."):
        check_kind("a", [["b"]], pa.array([["b"]]), place)


@pytest.mark.parametrize(
    ("types", "several"),
    [
        ({int, float, decimal.Decimal}, False),
        ({str, uuid.UUID}, False),
        ({bool, int}, True),
        ({str, bytes}, True),
        ({list, int}, True),
        ({list, tuple}, False),
        ({dict, int, str}, False),
        (set(), False),
    ],
)
def test_types_of_several_kinds_are_found(types, several):
    assert are_several(types) == several


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        (
            Input("sqlite:///a", "SELECT 1"),
            """leave such rows out in data.query with WHERE typeof("a b") IN ('integer', 'real'), """
            """or make all text with CAST("a b" AS TEXT).""",
        ),
        (Input("mysql://h/d", table="t"), "cast it to one type in data.query, or leave such rows out there."),
    ],
)
def test_rows_before_decide_the_kind_and_the_sentence_has_row_value_and_next_step(source, remedy):
    place = Place(source)
    check_kind("a b", [1, None], pa.array([1, None]), place)
    place.first = 2
    check_kind("a b", [None], pa.array([None]), place)
    place.first = 3
    with pytest.raises(DataError) as caught:
        check_kind("a b", [None, "12 km"], pa.array([None, "12 km"]), place)
    assert str(caught.value) == (
        f"row 5 of {source.name}: the column 'a b': expected numbers, as the 3 rows before have, "
        f"received '12 km' (text); {remedy}"
    )
    # Within a batch the kind of the rows before decides too, not that of most values.
    found = fault("a b", ["x", "y", 5], place)
    assert "row 4 of" in str(found)
    assert "expected numbers, as 1 of 3 values are, received 'x' (text)" in str(found)


def test_values_of_one_kind_are_no_fault():
    assert fault("a", [1, 2.5, None], Place(Input("sqlite:///a", table="t"))) is None
