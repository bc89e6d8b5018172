"""Values of a driver as Arrow arrays: one type per column, for any values in a batch."""

import datetime
import decimal
import uuid

import pyarrow as pa
import pytest

from penstock.core.errors import DataError
from penstock.tables.databases.cells import common_type, to_array

D = decimal.Decimal
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
    array = to_array("x", values)
    assert array.type == kind
    assert [str(value) if value != value else value for value in array.to_pylist()] == found


@pytest.mark.parametrize("values", [[1, "x"], [2**63], [True, 2], [[1, "x"]], [[1], 2]])
def test_values_of_several_kinds_are_refused_by_column(values):
    with pytest.raises(DataError, match="the column 'x': expected values of one kind, at most 64 bits wide"):
        to_array("x", values)


def test_a_list_with_a_missing_value_is_refused():
    with pytest.raises(DataError, match="expected lists of values, received a list with a missing value"):
        to_array("x", [[1, None]])


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
