"""Several delimited files in one of which a column has no value: its type is that of the others."""

import gzip

import pytest

from tables.source import describe, open_table

MANY = 3_000  # more than are looked at first


def write(folder, *columns):
    """Write a file for each list of values of the column `x`."""
    for number, values in enumerate(columns):
        rows = "".join(f"{place},{value}\n" for place, value in enumerate(values))
        (folder / f"{number}.csv").write_text(f"n,x\n{rows}")
    return str(folder)


def type_of(source):
    return {column.name: column.type for column in describe(source)}["x"]


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ([["0.5"], [""]], "DOUBLE"),
        ([[""], ["0.5"]], "DOUBLE"),
        ([["1"], [""], ["0.5"]], "DOUBLE"),
        ([["1"], ['""']], "BIGINT"),
        ([["true"], [""]], "BOOLEAN"),
        ([["2021-12-31"], [""]], "VARCHAR"),
        ([["1"], [""] * MANY], "BIGINT"),
        ([["1"], [""] * MANY + ["x"]], "VARCHAR"),
        ([["1"], [""] * MANY + ["2"]], "BIGINT"),
        ([["x"], [""]], "VARCHAR"),
        ([["1"], ["x"], [""]], "VARCHAR"),
        ([[""], [""]], "VARCHAR"),
    ],
)
def test_type_is_that_of_the_files_with_values(tmp_path, columns, kind):
    assert type_of(write(tmp_path, *columns)) == kind


def test_rows_of_all_files_are_read_in_order(tmp_path):
    source = write(tmp_path, ["0.5", ""], ["", ""], ["2"])
    with open_table(source) as table:
        assert table.select("n, x") == [(0, 0.5), (1, None), (0, None), (1, None), (0, 2.0)]


def test_other_columns_may_be_dates(tmp_path):
    (tmp_path / "0.csv").write_text("x,day\n1,12/31/2021\n")
    (tmp_path / "1.csv").write_text("x,day\n,01/02/2021\n")
    with open_table(str(tmp_path)) as table:
        assert [(x, str(day)) for x, day in table.select("x, day")] == [(1, "2021-12-31"), (None, "2021-01-02")]


def test_compressed_files_are_looked_into_as_well(tmp_path):
    for number, value in enumerate(("0.5", "")):
        (tmp_path / f"{number}.csv.gz").write_bytes(gzip.compress(f"n,x\n1,{value}\n".encode()))
    assert type_of(str(tmp_path)) == "DOUBLE"
