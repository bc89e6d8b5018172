"""Rows with a value that does not fit its role are quarantined; no other rows are."""

import csv
import datetime
import gzip

import pytest

from penstock.tables.input import Input
from penstock.tables.source import open_table

NUMBERS = [str(number / 4) for number in range(20)]
DAYS = [f"{day}/12/2021" for day in range(10, 30)]


def write(path, rows, header="n,t", packed=False):
    content = "\n".join([header, *rows, ""]).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def separated(source, roles):
    """Return the table's columns by kind, its first column, and file, line, text and reason of the quarantined rows."""
    with open_table(Input(str(source), quarantine="unused", roles=roles)) as table:
        kinds = [column.kind for column in table.columns]
        values = [row[0] for row in table.select("*")]
        with table.separated.file.open(newline="", encoding="utf-8") as file:
            aside = [(row["file"], int(row["line"]), row["text"], row["reason"]) for row in csv.DictReader(file)]
        assert table.separated.quarantined == len(aside)
        assert table.rows() == table.separated.valid_rows == len(values)
        return kinds, values, aside


@pytest.mark.parametrize("packed", [False, True])
def test_a_row_with_a_word_among_numbers_is_quarantined_with_its_line_and_the_reason(tmp_path, packed):
    rows = [f'{number},"a\nb"' for number in NUMBERS]
    rows[5:5] = ["oops,x", "1,2,3"]
    source = write(tmp_path / ("rows.csv.gz" if packed else "rows.csv"), rows, packed=packed)
    kinds, values, aside = separated(source, {"n": "numeric"})
    assert kinds == ["number", "text"]
    assert values == [float(number) for number in NUMBERS]
    assert aside == [
        (str(source), 12, "oops,x", "'oops' in the column 'n' is no number"),
        (str(source), 13, "1,2,3", "3 values where the header has 2"),
    ]


def test_rows_are_found_in_each_of_several_files(tmp_path):
    write(tmp_path / "1.csv", ["1,x", "2,x", "+,x"])
    write(tmp_path / "2.csv", ["3,x", "4,x"])
    write(tmp_path / "3.csv", ["*,x", "5,x", "6", "7,x", "8_0,x"])
    _, values, aside = separated(tmp_path, {"n": "numeric"})
    assert values == [1, 2, 3, 4, 5, 7]
    assert [(file[-5:], line) for file, line, *_ in aside] == [("1.csv", 4), ("3.csv", 2), ("3.csv", 4), ("3.csv", 6)]


@pytest.mark.slow
def test_rows_are_found_wherever_they_stand_in_a_long_file(tmp_path):
    odd = {70_000, 199_999, 200_001, 399_999}
    rows = [f"{'oops' if number in odd else number},{'x' * 40}" for number in range(400_000)]
    _, values, aside = separated(write(tmp_path / "rows.csv", rows), {"n": "numeric"})
    assert [line for _, line, *_ in aside] == [number + 2 for number in sorted(odd)]
    assert values == [number for number in range(400_000) if number not in odd]


def test_a_row_is_quarantined_once_however_many_of_its_values_are_wrong(tmp_path):
    source = write(tmp_path / "rows.csv", ["1,2021-01-01", "2,2021-01-02", "a,b", "3,c"])
    kinds, values, aside = separated(source, {"n": "numeric", "t": "timestamp"})
    assert kinds == ["integer", "timestamp"]
    assert values == [1, 2]
    assert [reason for *_, reason in aside] == [
        "'a' in the column 'n' is no number",
        "'c' in the column 't' is no timestamp",
    ]


@pytest.mark.parametrize(
    ("rows", "kind", "first"),
    [
        (DAYS, "timestamp", datetime.date(2021, 12, 10)),
        ([f"{day} 10:00:00" for day in DAYS], "timestamp", datetime.datetime(2021, 12, 10, 10)),
        (["2021-12-10 10:00:00+02", "2021-12-11", "2021-12-12"], "timestamp", datetime.datetime(2021, 12, 10, 8)),
        (["1600000000", "1600000001", "-7"], "integer", 1_600_000_000),
    ],
)
def test_timestamps_of_one_format_are_read_and_others_quarantined(tmp_path, rows, kind, first):
    source = write(tmp_path / "rows.csv", [f"{row},x" for row in ["", *rows, "yesterday"]])
    kinds, values, aside = separated(source, {"n": "timestamp"})
    assert kinds == [kind, "text"]
    # A missing value is no fault.
    assert values[:2] == [None, first]
    assert [(line, text) for _, line, text, _ in aside] == [(len(rows) + 3, "yesterday,x")]


@pytest.mark.parametrize(
    ("values", "role"),
    [
        # Most is not what was configured.
        (["1", "a", "b"], "numeric"),
        (["", "", "", "", "1", "a", "b"], "numeric"),
        # So might numbers.
        ([*NUMBERS, "$1.5"], "numeric"),
        # Dates that are written in two ways might be read wrongly.
        ([*DAYS, "2021-12-10"], "timestamp"),
        ([*DAYS, "12/31/2021"], "timestamp"),
        (["1600000000", "1600000001", "2021-12-10"], "timestamp"),
    ],
)
def test_a_column_that_is_not_as_configured_is_left_to_the_checks(tmp_path, values, role):
    source = write(tmp_path / "rows.csv", [f"{value},x" for value in values])
    kinds, found, aside = separated(source, {"n": role})
    assert kinds == ["text", "text"]
    assert found == [value or None for value in values]
    assert aside == []


@pytest.mark.parametrize("roles", [None, {"t": "numeric"}, {"none": "numeric"}])
def test_columns_of_which_nothing_is_demanded_may_hold_anything(tmp_path, roles):
    source = write(tmp_path / "rows.csv", [f"{number},7" for number in [*NUMBERS, "oops"]])
    kinds, values, aside = separated(source, roles)
    assert kinds == ["text", "integer"]
    assert values == [*NUMBERS, "oops"]
    assert aside == []
