"""Columns whose names differ in case only are refused if they are used."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.tables.files.reading import check_capitals
from penstock.tables.source import open_table


@pytest.fixture(params=["rows.csv", "rows.parquet"])
def source(request, tmp_path):
    file = tmp_path / request.param
    if file.suffix == ".csv":
        file.write_text("Fare,fare,miles\n1,2,3\n4,5,6\n")
    else:
        pq.write_table(pa.table([[1], [2], [3]], names=["Fare", "fare", "miles"]), file)
    return str(file)


@pytest.mark.parametrize("wanted", [None, ["fare"], ["miles", "FARE"]])
def test_two_names_that_differ_in_case_only_are_refused(source, wanted):
    with open_table(source) as table, pytest.raises(DataError) as error:
        check_capitals(table.files, wanted)
    assert str(error.value).endswith("received 'Fare' and 'fare'; rename one.")


@pytest.mark.parametrize("wanted", [["miles"], []])
def test_names_that_do_not_matter_are_let_be(source, wanted):
    with open_table(source) as table:
        check_capitals(table.files, wanted)


@pytest.mark.parametrize(("header", "twice"), [("b,b,a", "b"), ("miles,fare,fare", "fare")])
def test_a_duplicate_name_is_refused_however_short(tmp_path, header, twice):
    file = tmp_path / "rows.csv"
    file.write_text(f"{header}\n1,2,3\n")
    with open_table(str(file)) as table, pytest.raises(DataError, match=f"received '{twice}' and '{twice}'"):
        check_capitals(table.files)
