"""The split of a row depends on its values and on nothing else."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import DataError
from penstock.tables.source import open_table
from penstock.tables.splits import Splits, train_eval
from penstock.tables.splitting import assignment
from tests.examples import examples

TAXI = Path(__file__).parents[3] / "data" / "taxi" / "trips.csv"


def positions(source, splits, query=None):
    with open_table(str(source), query) as table:
        return [row[-1] for row in table.select(f"*, {assignment(splits, table.columns)}")]


def write(path, header, rows):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.slow
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


GOLDEN = "000100001100101000011101"


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


@pytest.mark.slow
@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20))
def test_duplicates_are_in_the_same_split_whatever_the_number(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    source = write(path, "n,z", [f"{number!r},x" for number in numbers * 2])
    found = positions(source, train_eval(0.5))
    assert found[: len(numbers)] == found[len(numbers) :]


def pairs(path, count=500):
    """Write rows in pairs that differ in a column of their own and in a moment."""
    rows = [f"{n},2024-01-01 00:00:{n % 60:02},{n // 2},t{n // 2},{n // 2 % 2}" for n in range(2 * count)]
    return write(path, "id,at,a,b,label", rows)


@pytest.mark.slow
def test_rows_that_the_model_sees_alike_are_in_one_split(tmp_path):
    splits = train_eval(0.33).of(["a", "b"], "label")
    found = positions(pairs(tmp_path / "rows.csv"), splits)
    assert found[::2] == found[1::2]
    assert abs(sum(found) / len(found) - 0.33) < 0.05
    # With all columns hashed, as here, they are not.
    whole = positions(pairs(tmp_path / "rows.csv"), train_eval(0.33))
    assert whole[::2] != whole[1::2]


@pytest.mark.slow
def test_columns_that_are_no_features_do_not_move_a_row(tmp_path):
    splits = train_eval(0.33).of(["a", "b"], "label")
    source = pairs(tmp_path / "rows.csv")
    assert positions(source, splits) == positions(source, splits, "SELECT b, a, 1 - label AS label, 7 AS x FROM source")


VALUES = """
    SELECT n AS i, n / 7 AS d, n % 2 = 0 AS b, 't' || n AS t, DATE '2020-01-01' + n::INTEGER AS day,
      TIMESTAMP '2020-01-01 10:00:00' + n * INTERVAL 1 HOUR AS at
    FROM source
"""


@pytest.mark.parametrize("key", [None, "i", "d", "b", "t", "day", "at"])
@pytest.mark.parametrize("options", ["FORMAT csv, HEADER", "FORMAT parquet"])
def test_the_format_of_the_file_does_not_matter(tmp_path, key, options):
    source = write(tmp_path / "rows.csv", "n", map(str, range(300)))
    splits = train_eval(0.5, key).of(["i", "d", "b", "t", "day", "at"], "label")
    with open_table(str(source), VALUES) as table:
        before = [row[-1] for row in table.select(assignment(splits, table.columns))]
        path = tmp_path / f"copy.{options.split()[1].rstrip(',')}"
        table._connection.execute(f"COPY penstock_result TO '{path}' ({options})")
    assert positions(path, splits) == before


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_does_not_matter(tmp_path, threads):
    source = write(tmp_path / "rows.csv", "a,b", [f"{n},{n / 3}" for n in range(5000)])
    splits = train_eval(0.5).of(["a", "b"], "label")
    with open_table(str(source)) as table:
        table._connection.execute(f"SET threads = {threads}")
        found = table.select(f"md5(string_agg({assignment(splits, table.columns)}, ''))")
    assert found == [("98dd126812e1924325c2877096d547dc",)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NULL::VARCHAR", "''"),
        ("NULL::DOUBLE", "'nan'::DOUBLE"),
        ("NULL::DOUBLE", "'-inf'::DOUBLE"),
        ("0.1::FLOAT", "0.1::DOUBLE"),
        ("0.1::DECIMAL(3, 1)", "0.1::DOUBLE"),
        ("3::BIGINT", "3::FLOAT"),
        ("-0.0::DOUBLE", "0"),
        ("true", "1"),
        ("TIMESTAMP '2020-01-01 10:00:00.25'", "TIMESTAMP_NS '2020-01-01 10:00:00.75'"),
        ("TIMESTAMP '1969-12-31 23:59:59'", "TIMESTAMP '1969-12-31 23:59:59.5'"),
        ("[1, 2]", "[1.0, 2.0]::DOUBLE[]"),
        ("[0.1]::FLOAT[]", "[0.1]::DOUBLE[]"),
    ],
)
def test_values_that_an_example_holds_alike_are_alike(tmp_path, one, other):
    source = write(tmp_path / "rows.csv", "n", map(str, range(200)))
    splits = train_eval(0.5).of(["a", "n"], "label")
    found = [positions(source, splits, f"SELECT n, {value} AS a FROM source") for value in (one, other)]
    assert found[0] == found[1]
    assert 0 < sum(found[0]) < 200


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("VARCHAR", "NULL"), ("VARCHAR", "''"), ("VARCHAR", "'  '"), ("DOUBLE", "'nan'"), ("BIGINT", "NULL")],
)
def test_rows_without_a_key_follow_the_shares(tmp_path, kind, missing):
    source = write(tmp_path / "rows.csv", "n,k", [f"{n},{n // 10 if n % 3 else ''}" for n in range(3000)])
    query = f"SELECT n, CASE WHEN n % 3 = 0 THEN {missing}::{kind} ELSE k::{kind} END AS k FROM source"
    found = positions(source, train_eval(0.33, "k").of(["n"], "label"), query)
    keyless = found[::3]
    assert abs(sum(keyless) / len(keyless) - 0.33) < 0.05
    homes = {n // 10: set() for n in range(3000)}
    for n, split in enumerate(found):
        if n % 3:
            homes[n // 10].add(split)
    assert all(len(splits) == 1 for splits in homes.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("n::VARCHAR", "n"),
        ("n::VARCHAR || '.0'", "n::DOUBLE"),
        ("'-' || n || '.00'", "(-n)"),
        ("'ab' || n", "' AB' || n || chr(9)"),
        ("'é' || n", "'e' || chr(769) || n"),
        ("'É' || n", "'e' || chr(769) || n"),
        ("(n + 0.5)::DOUBLE", "(n + 0.5)::FLOAT"),
        ("n::HUGEINT", "n::UTINYINT"),
    ],
)
def test_keys_that_are_written_differently_are_one(tmp_path, one, other):
    source = write(tmp_path / "rows.csv", "n", map(str, range(1, 200)))
    found = [positions(source, train_eval(0.5, "k"), f"SELECT {value} AS k FROM source") for value in (one, other)]
    assert found[0] == found[1]
    assert 0 < sum(found[0]) < 199


def test_long_numbers_as_keys_stay_distinct(tmp_path):
    source = write(tmp_path / "rows.csv", "n", map(str, range(200)))
    found = positions(source, train_eval(0.5, "k"), "SELECT 1e18 + n * 1e6 AS k FROM source")
    assert 0 < sum(found) < 200
