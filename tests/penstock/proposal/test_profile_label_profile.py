"""The values of the label are counted over all rows."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.proposal.profile import MAX_COUNTED, label_profile
from penstock.tables.source import open_table


def counted(folder, values, name="c"):
    pq.write_table(pa.table({"c": values, "other": [0] * len(values)}), folder / "rows.parquet")
    with open_table(str(folder / "rows.parquet")) as table:
        return label_profile(table, name)


@pytest.mark.parametrize(
    ("values", "counts", "missing", "infinite"),
    [
        (["b", "a", "a", "", None], (("a", 2), ("b", 1)), 2, 0),
        ([2.0, 1.0, 2.0, float("nan"), None, float("inf"), -1e300], ((2.0, 2), (1.0, 1)), 2, 2),
        ([True, False, True, None], ((True, 2), (False, 1)), 1, 0),
        ([3, 1, 1, None], ((1, 2), (3, 1)), 1, 0),
    ],
)
def test_values_are_counted_the_most_frequent_first(tmp_path, values, counts, missing, infinite):
    found = counted(tmp_path, values)
    assert (found.counts, found.missing, found.infinite) == (counts, missing, infinite)
    assert (found.rows, found.present) == (len(values), len(values) - missing - infinite)


@pytest.mark.parametrize(
    ("values", "marks", "distinct"),
    [
        (["1.5", "2.5", "NA", " ? ", "unknown", "1.5", None], (" ? ", "NA", "unknown"), 2),
        (["yes", "no", "no", "N/A", "null", ""], ("N/A", "null"), 2),
        (["none", "low", "high", "unknown", "-"], ("-",), 4),
        (["none", "unknown", "none"], (), 2),
        ([f"{n}.5" for n in range(2 * MAX_COUNTED)] * 2 + ["?"], ("?",), 2 * MAX_COUNTED),
        ([1.5, 2.5], (), 2),
        (["+", "-", "+", "-"], (), 2),
        (["+", "-", "x", "+"], ("-",), 2),
        (["1", "0", "  ", "1"], ("  ",), 2),
    ],
)
def test_marks_of_what_is_missing_are_no_values(tmp_path, values, marks, distinct):
    found = counted(tmp_path, values)
    absent = sum(value in (None, "", *marks) for value in values)
    assert (found.marks, found.distinct, found.missing) == (marks, distinct, absent)
    assert not set(marks) & {value for value, _ in found.counts}


def test_many_values_are_only_known_to_be_many(tmp_path):
    found = counted(tmp_path, list(range(MAX_COUNTED + 100)))
    assert (found.distinct, len(found.counts)) == (MAX_COUNTED + 100, MAX_COUNTED + 1)


def test_a_name_that_is_no_column_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(DataError, match="did you mean 'other'"):
        counted(tmp_path, [1, 2], name="Other")


@pytest.mark.parametrize(
    ("values", "reads", "low", "high"),
    [
        (["1", "-2.5", "NA", "1e3", ""], True, -2.5, 1000.0),
        ([" 7 ", "unknown"], True, 7.0, 7.0),
        (["02139", "10001"], False, None, None),
        (["0.5", "0", "-0.25"], True, -0.25, 0.5),
        (["1", "x"], False, None, None),
        (["NA", ""], False, None, None),
        (["\uff11", "2"], False, None, None),
        ([*(f"{n}" for n in range(2 * MAX_COUNTED)), "many"], False, None, None),
        ([1.5, 2.5], False, 1.5, 2.5),
    ],
)
def test_text_of_numbers_is_known_by_every_value(tmp_path, values, reads, low, high):
    found = counted(tmp_path, values)
    assert (found.reads_as_numbers, found.low, found.high) == (reads, low, high)
