"""Malformed rows are quarantined with file, line and reason; all others are read, and none is lost."""

import csv
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import DataError
from penstock.tables.files.find import find
from penstock.tables.files.quarantine import save_quarantine, separate
from penstock.tables.input import Input
from penstock.tables.source import open_table
from tests.file_limit import file_limit


def separated(source, query=None):
    """Return the rows that are read, and those that are not."""
    with open_table(Input(str(source), query, quarantine="unused")) as table:
        rows = [tuple(row.values()) for batch in table.batches() for row in batch.to_pylist()]
        with table.separated.file.open(newline="", encoding="utf-8") as file:
            aside = [(int(row["line"]), row["text"], row["reason"]) for row in csv.DictReader(file)]
        assert table.separated.quarantined == len(aside)
        return rows, aside


CASES = {
    "a row too long": (b"a,b\n1,2\n1,2,3\n4,5\n", [(1, 2), (4, 5)], [(3, "1,2,3", "3 values where the header has 2")]),
    "a row too short": (b"a,b\n1\n4,5\n", [(4, 5)], [(2, "1", "1 values")]),
    "a stray quote": (b'a,b\n1,"x"y\n2,z\n', [(2, "z")], [(2, '1,"x"y', "quotes")]),
    "an open quote": (b'a,b\n1,"x\n2,y\n3,z\n', [(2, "y"), (3, "z")], [(2, '1,"x', "quotes")]),
    "an open quote that a later one closes": (b'a,b\n1,"x\n2,"z"\n', [(2, "z")], [(2, '1,"x', "quotes")]),
    "not UTF-8": (b"a,b\n1,caf\xe9\n2,x\n", [(2, "x")], [(2, "1,caf\\xe9", "0xe9")]),
    "after quoted breaks": (b'a,b\n1,"x\n\ny"\n1,2,3\n', [(1, "x\n\ny")], [(5, "1,2,3", "3 values")]),
    "mixed line ends": (b"a,b\r\n1,2\n3,4\r\n", [(1, 2), (3, 4)], []),
    "numbers next to a bad row": (b"a,b\nx,y,z\n1,2.5\n", [(1, 2.5)], [(2, "x,y,z", "3 values")]),
    "nothing": (b"a,b\n1,2\n\n3,4", [(1, 2), (3, 4)], []),
    "spaces before quotes": (b'a,b\n1, "x,y"\n1,2,3\n', [(1, "x,y")], [(3, "1,2,3", "3 values")]),
    "two spaces before a quote": (b'a,b\n1,  "x,y"\n"z,  ""z""",2\n', [('z,  "z"', 2)], [(2, '1,  "x,y"', "space")]),
    "one column": (b"a\n1\n\n1,2\n3\n", [(1,), (None,), (3,)], [(4, "1,2", "2 values")]),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_malformed_rows_are_quarantined_and_the_others_read(tmp_path, name, packed):
    content, rows, aside = CASES[name]
    path = tmp_path / ("rows.csv.gz" if packed else "rows.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    found, refused = separated(path)
    assert found == rows
    assert [(line, text) for line, text, _ in refused] == [(line, text) for line, text, _ in aside]
    assert all(word in reason for (*_, reason), (*_, word) in zip(refused, aside, strict=True))


LINES = st.lists(
    st.text('1x," \n', max_size=8).map(str.encode) | st.sampled_from([b"1,2", b'1,"x\ny"', b"\xff,1", b"1,2,3"]),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(LINES, st.sampled_from([b"\n", b"\r\n"]))
def test_no_row_is_lost_whatever_the_file(tmp_path_factory, lines, end):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    path.write_bytes(b"".join(line + end for line in [b"a,b", b"7,8", *lines]))
    rows, aside = separated(path)
    written = path.read_bytes().decode("utf-8", "backslashreplace").splitlines(keepends=True)
    for first, text, _ in aside:
        taken = range(first - 1, first + text.count("\n"))
        assert "".join(written[number] for number in taken).rstrip("\r\n") == text
        # No line is quarantined twice, and none remains in the rows that are read.
        for number in taken:
            written[number] = ""
    reader = csv.reader((line for line in written if line), strict=True, skipinitialspace=True)
    assert len(rows) == sum(1 for row in reader if row) - 1


def test_several_files_are_named_with_their_own_lines(tmp_path):
    for name, row in (("1.csv", "1,2"), ("2.csv", "1,2,3"), ("3.csv", "1")):
        (tmp_path / name).write_text(f"a,b\n5,6\n{row}\n")
    with open_table(Input(str(tmp_path), quarantine="unused")) as table:
        kept = save_quarantine(table.separated, tmp_path / "deep" / "aside", "rows.csv")
        assert table.rows() == 4
    with kept.open(newline="") as file:
        found = [(row["file"], row["line"]) for row in csv.DictReader(file)]
    assert found == [(str(tmp_path / "2.csv"), "3"), (str(tmp_path / "3.csv"), "3")]
    assert [path.name for path in kept.parent.iterdir()] == ["rows.csv"]


@pytest.mark.slow
def test_an_open_quote_reaches_no_further_than_a_row_may(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n1,"x\n' + "2,y\n" * 700_000)
    rows, aside = separated(path, "SELECT count(*) FROM source")
    assert rows == [(700_000,)]
    assert [line for line, *_ in aside] == [2]


def test_a_broken_header_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,\xff\n1,2\n")
    with pytest.raises(DataError, match="line 1"):
        separated(path)


def test_without_a_quarantine_no_row_is_quarantined(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(DataError, match="line 3"), open_table(str(path)):
        pass


def test_a_copy_that_the_disk_does_not_take_is_one_sentence(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n" + "1,2\n" * 5_000 + "1\n")
    with pytest.raises(DataError) as caught, file_limit(10_000):
        separate(find(str(tmp_path / "rows.csv")), tmp_path)
    assert f"the folder {tmp_path}: expected free space for what is written" in str(caught.value)
