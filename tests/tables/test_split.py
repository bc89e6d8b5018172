"""The split of a row depends on what it holds and on nothing else."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DataError
from tables.shares import Splits, train_eval
from tables.source import open_table
from tables.split import assignment

TAXI = Path(__file__).parents[2] / "data" / "taxi" / "trips.csv"


def positions(source, splits, query=None):
    with open_table(str(source), query) as table:
        return [row[-1] for row in table.select(f"*, {assignment(splits, table.columns)}")]


def write(path, header, rows):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.skipif(not TAXI.exists(), reason="the taxi rows are made by `make data`")
@pytest.mark.parametrize("share", [0.1, 0.33, 0.5])
def test_the_share_is_close_to_what_was_asked_for(share):
    found = positions(TAXI, train_eval(share))
    assert abs(sum(found) / len(found) - share) < 0.01


def test_order_of_rows_and_columns_does_not_matter(tmp_path):
    rows = [(number, f"text {number % 700}") for number in range(3000)]
    source = write(tmp_path / "rows.csv", "a,b", [f"{a},{b}" for a, b in rows])
    before = dict(zip(rows, positions(source, train_eval(0.3)), strict=True))
    random.Random(1).shuffle(rows)
    source = write(tmp_path / "shuffled.csv", "b,a", [f"{b},{a}" for a, b in rows])
    assert dict(zip(rows, positions(source, train_eval(0.3)), strict=True)) == before


def test_a_column_that_grows_from_integer_to_float_keeps_its_rows_in_place(tmp_path):
    integers = write(tmp_path / "integers.csv", "a,b", [f"{number},x" for number in range(500)])
    floats = write(tmp_path / "floats.csv", "a,b", [*(f"{number},x" for number in range(500)), "0.5,x"])
    assert positions(integers, train_eval(0.5)) == positions(floats, train_eval(0.5))[:-1]


def test_a_date_and_its_midnight_are_in_the_same_split(tmp_path):
    dates = [f"20{number:02}-01-01" for number in range(60)]
    as_dates = write(tmp_path / "dates.csv", "a", dates)
    as_times = write(tmp_path / "times.csv", "a", [f"{date} 00:00:00" for date in dates])
    assert positions(as_dates, train_eval(0.5)) == positions(as_times, train_eval(0.5))


def test_the_assignment_is_the_same_on_every_machine(tmp_path):
    source = write(tmp_path / "rows.csv", "a,b,c,d", [f"{n},{n / 3},t{n},{n % 2 == 0}" for n in range(24)])
    assert "".join(map(str, positions(source, train_eval(0.4)))) == GOLDEN


GOLDEN = "000101000000001001011110"


def test_rows_with_one_key_stay_together(tmp_path):
    source = write(tmp_path / "rows.csv", "key,n", [f"k{number % 50},{number}" for number in range(2000)])
    found = positions(source, train_eval(0.3, key="key"))
    by_key = [{split for number, split in enumerate(found) if number % 50 == key} for key in range(50)]
    assert all(len(splits) == 1 for splits in by_key)
    assert len(set(found)) == 2


def test_any_number_of_named_splits_share_the_rows(tmp_path):
    source = write(tmp_path / "rows.csv", "n", [str(number) for number in range(20_000)])
    splits = Splits((("train", 7), ("test", 1), ("eval", 2)))
    counts = Counter(positions(source, splits))
    assert [round(counts[index] / 20_000, 1) for index in range(3)] == [0.7, 0.1, 0.2]


def test_a_larger_share_keeps_what_evaluated_before(tmp_path):
    source = write(tmp_path / "rows.csv", "n", [str(number) for number in range(2000)])
    small, large = positions(source, train_eval(0.2)), positions(source, train_eval(0.4))
    assert all(after for before, after in zip(small, large, strict=True) if before)


def test_a_key_that_is_no_column_is_refused_with_the_nearest_name(tmp_path):
    source = write(tmp_path / "rows.csv", "customer,n", ["a,1"])
    with pytest.raises(DataError, match="data.split.key.*'custmer'.*did you mean 'customer'"):
        positions(source, train_eval(0.3, key="custmer"))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20))
def test_duplicates_are_in_the_same_split_whatever_the_number(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    source = write(path, "n,z", [f"{number!r},x" for number in numbers * 2])
    found = positions(source, train_eval(0.5))
    assert found[: len(numbers)] == found[len(numbers) :]
