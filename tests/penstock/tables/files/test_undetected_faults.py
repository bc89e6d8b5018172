"""Errors that DuckDB does not detect are refused with the line; similar valid rows are read."""

import gzip

import pytest

from penstock.core.errors import DataError
from penstock.tables.source import open_table

# What comes after so many rows is not what the engine looks at to find out how a file is written.
BEFORE = 25_000


def write(folder, tail, before=BEFORE, packed=False, end="\n"):
    path = folder / f"rows.csv{'.gz' if packed else ''}"
    content = (f"a,b{end}" + f"1,x{end}" * before + tail).encode()
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    return str(path)


FAULTS = {
    "a value too many, which is empty": ("Smith, John,\n2,y\n", "2 values, as in the header, received 3"),
    "a value too many between quotes": ('Smith, John,""\n2,y\n', "2 values, as in the header, received 3"),
    "a value too many at the end": ("1,,", "2 values, as in the header, received 3"),
    "a value too many next to quotes": ('"1","y",\n', "2 values, as in the header, received 3"),
    "a value too many after quotes of two lines": ('1,"\n",\n', "2 values, as in the header, received 3"),
    "a quote that is never closed after a stray one": ('"x"a,"y\n3,z\n4,z\n', "quotes in pairs"),
    "text after quotes and before others": ('",,"a",,"\n3,z\n4,z\n', "quotes in pairs"),
    "text after quotes, twice": ('"x"a,"y\n1,2\n"b,3\n3,4\n1,2\n', "quotes in pairs"),
    "text after quotes and a blank": ('"q" a,"', "quotes in pairs"),
    "a quote that is never closed": ('1,"y\n3,z\n', "quotes in pairs"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("before", [0, BEFORE])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_the_engine_overlooks_is_refused_by_its_line(tmp_path, name, before, packed):
    tail, expected = FAULTS[name]
    source = write(tmp_path, tail, before, packed)
    with pytest.raises(DataError, match=f"rows.csv.*line {before + 2}: expected {expected}"), open_table(source):
        pass


SOUND = {
    "empty values at the end": ("1,\n,\n", [("1", None), (None, None)]),
    "separators between quotes": ('"1,2,3",\n', [("1,2,3", None)]),
    "lines that end with a separator between quotes": ('1,"x,\ny,,,\nz"\n', [("1", "x,\ny,,,\nz")]),
    "a line end of another kind between quotes": ('1,"x\ry"\n"\r\n",\n', [("1", "x\ry"), ("\r\n", None)]),
    "a quote inside a value": ('5" pipe,x\n', [('5" pipe', "x")]),
    "a blank before quotes": ('1, "x"\n "2",y\n', [("1", "x"), ("2", "y")]),
    "blanks after quotes": ('"1" ,"x"  \n', [("1", "x")]),
    "quotes in quotes": ('"5"" pipe",\n', [('5" pipe', None)]),
}


@pytest.mark.parametrize("before", [0, BEFORE])
@pytest.mark.parametrize("name", SOUND)
def test_what_looks_like_a_fault_is_read(tmp_path, name, before):
    tail, rows = SOUND[name]
    with open_table(write(tmp_path, tail + "q,q\n", before)) as table:
        assert table.select("*", f"OFFSET {before}") == [*rows, ("q", "q")]


def test_line_ends_of_two_kinds_are_refused_in_one_column_alone(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a\n\r\n1\n")
    with pytest.raises(DataError, match="line end"), open_table(str(path)):
        pass
    path.write_bytes(b"a,b\n\r\n1,2\n")
    with open_table(str(path)) as table:
        assert table.select("*") == [(1, 2)]


def test_line_endings_of_two_characters_are_not_part_of_a_value(tmp_path):
    with open_table(write(tmp_path, "2,\r\n", 3, end="\r\n")) as table:
        assert table.rows() == 4
    for tail in ("2,,\r\n", "2,,\r"):
        with pytest.raises(DataError, match="line 5: expected 2 values"), open_table(write(tmp_path, tail, 3)):
            pass
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\r1,\r2,,\r")
    with pytest.raises(DataError), open_table(str(path)):
        pass
