"""Errors in delimited files name the file, the line and what is expected there."""

import pytest

from penstock.core.errors import DataError
from penstock.tables.files import faults


def written(folder, content):
    file = folder / "rows.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(
    ("content", "line", "received"),
    [
        ("a,b\n1,2\n3\n", 3, "1: 3 (no value for 'b');"),
        ("a,b,c\n1\n", 2, "1: 1 (no value for 'b');"),
        ("a,b\n1,2,3\n", 2, "3: 1,2,3 ('3' beyond the last column 'b');"),
        ('a,b\n"x\ny",2\n3,4,5\n', 4, "3: 3,4,5 ('5' beyond the last column 'b');"),
        ('a,b\n1,"2"x\n', 2, "expected after '\"': 1,\"2\"x (the column 'b');"),
        ('a,b\n"1"x,"2"y\n', 2, 'expected after \'"\': "1"x,"2"y (the column \'a\');'),
        ('a,b,c\n1,"x\n2,"y"\n', 2, "expected after '\"': 1,\"x 2,\"y\" (the column 'b');"),
        ('a,b\n1,2\n3,"4\n5,6\n', 3, "end of data: 3,\"4 5,6 (the column 'b');"),
        ('a,b,c\n1,"x\ny","z\n', 2, 'end of data: 1,"x y","z (the column \'c\');'),
        ('a,b\n1,"' + "x" * 140_000 + "\n", 2, f'end of data: 1,"{"x" * 54}...;'),
        ("a,b\n1," + "x" * 140_000 + "\n2,3,4\n", 3, "3: 2,3,4 ('4' beyond the last column 'b');"),
        ('a,b\n1,"' + "x" * 2_100_000 + "\n", 2, "a longer one; shorten it, or close the quote before it."),
        ("a,b\r1,2\r3,4\r", 1, "\\r alone; save the file with \\n at the end of each line."),
        ("a,b\n1,2\r3,4\n", 2, "\\r alone; save the file with"),
        (b"a,b\n1,\xff\n", 2, "the byte 0xff at position 3: 1,\\xff (the column 'b');"),
        (b'a,b,c\n1,"x\ny,z,",\xff,\n', 3, "the byte 0xff at position 7: y,z,\",\\xff, (the column 'c');"),
        (b"a,b\n" + b"z" * 90 + b",\xe9t\xe9\n", 2, f"position 92: ...{'z' * 29},\\xe9t\\xe9 (the column 'b');"),
        (b"a,\xff\n1,2\n", 1, "the byte 0xff at position 3: a,\\xff;"),
        ("a,b\n".encode("utf-16"), 1, "the byte 0xff at position 1: \\xff\\xfea\\x00,\\x00b\\x00;"),
        ("a,b\n1,2\r\n", 2, "\\r\\n"),
        ("a,b\r\n1,2\n", 2, "\\n"),
    ],
)
def test_first_fault_is_named_with_its_line(tmp_path, content, line, received):
    file = written(tmp_path, content)
    found = str(faults.first_fault(file, ","))
    assert found.startswith(f"{file}, line {line}: expected")
    assert received in found
    assert "\n" not in found


@pytest.mark.parametrize("content", ["a,b\n1,2\n", 'a,b\n"x\ny",2\n', "a,b\n1,2\n\n", "\ufeffa,b\r\n1,2\r\n"])
def test_file_without_a_fault_has_none(tmp_path, content):
    assert faults.first_fault(written(tmp_path, content), ",") is None


def test_line_of_a_value_is_where_its_row_starts(tmp_path):
    file = written(tmp_path, 'note, amount\n"a\nb",1\n"c\nd",7\n')
    assert faults.line_of(file, ",", "amount", "7") == 4
    assert faults.line_of(file, ",", "amount", "8") is None
    assert faults.line_of(file, ",", "none", "7") is None


def test_header_and_first_line_are_read_without_a_byte_order_mark(tmp_path):
    file = written(tmp_path, "\ufeffa, b\r\n1,2\r\n")
    assert faults.header_of(file, ",") == ["a", "b"]
    assert faults.first_line(file) == "a, b"


def test_header_with_a_quote_that_never_ends_is_refused(tmp_path):
    with pytest.raises(DataError, match="line 1: expected values of at most 2,000,000"):
        faults.header_of(written(tmp_path, '"' + "x" * 2_200_000), ",")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Binder Error: no column x!\nCandidate bindings: y\nLINE 1", "no column x (Candidate bindings: y)"),
        ("CSV Error on Line: 3\nError when converting column a. x\nmore", "Error when converting column a. x"),
        ("", "ValueError"),
    ],
)
def test_what_the_engine_says_becomes_one_line(said, sentence):
    assert faults.engine_message(ValueError(said)) == sentence


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (MemoryError(), True),
        (OSError("Out of Memory Error: could not allocate block of size 256.0 KiB (9.5 MiB/9.5 MiB used)"), True),
        (OSError("Invalid Input Error: no such thing"), False),
    ],
)
def test_out_of_memory_is_distinguished_from_other_errors(error, is_it):
    assert bool(faults.out_of_memory(error)) == is_it


def test_header_with_carriage_returns_alone_is_an_error_of_line_endings(tmp_path):
    with pytest.raises(DataError) as refused:
        faults.header_of(written(tmp_path, "a,b\r1,2\r"), ",")
    assert "expected the line ending \\n or \\r\\n, received \\r alone" in str(refused.value)
