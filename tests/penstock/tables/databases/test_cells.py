"""Values of a driver as Arrow arrays: one type per column, for any values in a batch."""

import datetime
import decimal
import uuid

import pyarrow as pa
import pytest

from penstock.core.errors import DataError
from penstock.tables.databases.cells import common_type, to_array
from penstock.tables.databases.kinds import Place
from penstock.tables.input import Input

D = decimal.Decimal
SOURCE = Input("sqlite:///a", table="t")
INT_LIST, FLOAT_LIST, NULL_LIST = (pa.list_(kind) for kind in (pa.int64(), pa.float64(), pa.null()))


@pytest.mark.parametrize(
    ("values", "kind", "found"),
    [
        ([1, None], pa.int64(), [1, None]),
        ([1, 2.5], pa.float64(), [1.0, 2.5]),
        ([None, None], pa.null(), [None, None]),
        ([D("1"), None, D("1E+2")], pa.int64(), [1, None, 100]),
        ([D("1.00"), D("2.50")], pa.float64(), [1.0, 2.5]),
        ([D("NaN"), D("1")], pa.float64(), ["nan", 1.0]),
        ([D(2**64)], pa.float64(), [2.0**64]),
        ([[D("1.5")], None, [], [D("2"), D("3")]], FLOAT_LIST, [[1.5], None, [], [2.0, 3.0]]),
        ([[], None], NULL_LIST, [[], None]),
        ([{"a": D("1")}, None], pa.string(), ['{"a": "1"}', None]),
        ([[{"a": 1}], [2]], pa.string(), ['[{"a": 1}]', "[2]"]),
        ([uuid.UUID(int=1)], pa.string(), ["00000000-0000-0000-0000-000000000001"]),
        ([b"a", memoryview(b"b")], pa.binary(), [b"a", b"b"]),
        ([datetime.time(1)], pa.time64("us"), [datetime.time(1)]),
    ],
)
def test_values_have_the_type_that_holds_for_all(values, kind, found):
    array = to_array("x", values, Place(SOURCE))
    assert array.type == kind
    assert [str(value) if value != value else value for value in array.to_pylist()] == found


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            [1, "x", 2],
            "row 2 of the table t of sqlite:///a: the column 'x': expected numbers, as 2 of 3 values are, re",
        ),
        ([2**63], "row 1 of .*: expected whole numbers of at most 64 bits, received 9223372036854775808; cast the col"),
        ([True, 2], "expected true and false, as 1 of 2 values are, received 2 .numbers.;"),
        (
            [[1, "x"]],
            "the column 'x' of the table t of .*: expected values of one kind, at most 64 bits wide, received",
        ),
        ([[1], 2], "expected lists of numbers, as 1 of 2 values are, received 2 .numbers.;"),
        (["a", b"a"], "expected text, as 1 of 2 values are, received some bytes .bytes.; leave such rows out in"),
    ],
)
def test_values_of_several_kinds_are_refused_by_row_and_column(values, sentence):
    with pytest.raises(DataError, match=sentence):
        to_array("x", values, Place(SOURCE))


def test_whole_numbers_among_floats_are_rounded_as_they_are_between_batches():
    assert to_array("x", [2**60 + 1, 0.5], Place(SOURCE)).to_pylist() == [2.0**60, 0.5]


def test_a_list_with_a_missing_value_is_refused():
    with pytest.raises(DataError, match="expected lists of values, received a list with a missing value"):
        to_array("x", [[1, None]], Place(SOURCE))


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (pa.null(), pa.string(), pa.string()),
        (pa.string(), pa.null(), pa.string()),
        (pa.int64(), pa.float64(), pa.float64()),
        (pa.float64(), pa.int64(), pa.float64()),
        (NULL_LIST, INT_LIST, INT_LIST),
        (INT_LIST, FLOAT_LIST, FLOAT_LIST),
        (pa.null(), INT_LIST, INT_LIST),
    ],
)
def test_the_type_of_two_batches_holds_for_both(first, second, both):
    assert common_type("x", first, second) == both


@pytest.mark.parametrize("second", [pa.string(), pa.bool_(), INT_LIST])
def test_types_that_no_type_holds_are_refused(second):
    with pytest.raises(DataError, match="'x': expected values of one kind, received int64 and .*; cast it in data"):
        common_type("x", pa.int64(), second)
