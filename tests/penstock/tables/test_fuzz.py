"""Any delimited file is read as the standard library reads it by the rules of the manual, or refused in a sentence.

`make fuzz` goes on for ten minutes with other examples each time.
"""

import csv
import datetime
import gzip
import io
import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import DataError
from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.values import conversion
from tests.penstock.tables import strict_reading
from tests.penstock.tables.strict_reading import Malformed, is_missing, table_of, value_of

# Enough for each change; the profile `fuzz` sets more.
EXAMPLES = settings.default.max_examples // 2
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])
DIGITS = st.integers(-(10**20), 10**20).map(str) | st.integers(-99, 99).map(str)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr) | st.decimals(-9999, 9999, places=3).map(
    str
)
DATES = st.dates()
# What an offset moves out of the first year is no time of Python.
YEAR_1600 = datetime.datetime(1600, 1, 1)
NOISE = st.text("0123456789.,-+/:eE $€%kgTZ'\u00a0\u2212\ufeffNAa\"\n\r\t;|#\\_ü’", max_size=7)


def formatted(form):
    return DATES.map(lambda day: f"{day.day:02}{form}{day.month:02}{form}{day.year:04}")


def written(prefix, group, decimal, suffix):
    number = st.tuples(st.integers(-(10**7), 10**7), st.integers(0, 99))
    return number.map(
        lambda parts: (
            f"{'-' if parts[0] < 0 else ''}{prefix}{abs(parts[0]):,}".replace(",", group)
            + f"{decimal}{parts[1]:02}{suffix}"
        )
    )


KINDS = [
    DIGITS,
    NUMBERS,
    DIGITS | NUMBERS,
    st.integers(0, 999).map("{:03}".format),
    st.sampled_from(["yes", "No", "TRUE", "f", " t "]),
    DATES.map(str),
    st.datetimes().map(str) | DATES.map(str),
    st.datetimes(YEAR_1600).map(lambda moment: moment.isoformat(timespec="minutes") + "+02:00"),
    st.times().map(str),
    formatted("/"),
    formatted("."),
    DATES.map(lambda day: f"{day.month}-{day.day}-{day.year % 100:02}"),
    written("$", ",", ".", ""),
    written("", ".", ",", " €"),
    written("€", " ", ",", ""),
    written("", "’", ".", "%"),
    written("", ",", ".", " kg"),
    NOISE,
    st.text(max_size=6).filter(lambda text: "\0" not in text),
]
# Blanks next to quotes are left to the tests of the quarantine: there the engine is laxer than the library.
PIECES = [*"ab1,;.-é#\\", "\n", "\r", '"', '"', '""', ",,", ",\n", '",', ',"', '"\n', "\r\n", "1,2\n", "1;2\n", "\n\n"]
MARKS = st.sampled_from(["NA", "?", "", " ", "null", "-", "N/A", "none", "\u00a0"])


@st.composite
def columns(draw):
    """Return columns of one length: of one kind with marks and, now and then, something else."""
    length = draw(st.integers(0, 12))
    found = []
    for _ in range(draw(st.integers(2, 4))):
        value = draw(st.sampled_from(KINDS))
        odd = draw(st.sampled_from([value, value | MARKS, value | MARKS, value | NOISE]))
        found.append(draw(st.lists(odd, min_size=length, max_size=length)))
    return found


def encoded(table, delimiter, end, quoting, mark):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow([f"c{number}" for number in range(len(table))])
    if quoting != csv.QUOTE_ALL:
        # The writer leaves a carriage return without quotes, which makes no table.
        table = [[value.replace("\r", " ") for value in column] for column in table]
    writer.writerows(zip(*table, strict=True))
    return (mark + stream.getvalue()).encode("utf-8", "surrogatepass")


def opened(content, delimiter, name="rows.csv"):
    """Return the formats and the values of a file, or the sentence by which it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(gzip.compress(content, 1) if name.endswith("gz") else content)
        try:
            with open_table(Input(str(path), delimiter=delimiter)) as table:
                names = [column.name for column in table.columns]
                rows = [tuple(column.to_pylist() for column in batch.columns) for batch in table.batches()]
                values = [sum((batch[place] for batch in rows), []) for place in range(len(names))]
                return table.interpretation.columns, values
        except DataError as error:
            sentence = str(error)
        assert str(path) in sentence
        assert "\n" not in sentence
        return sentence


def check(content, delimiter, found):
    """Compare what was read with the strict reading."""
    _, rows = table_of(content, delimiter)
    how, values = found
    texts = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in how]
    assert len(how) == len(texts)
    for column, written, read in zip(how, texts, values, strict=True):
        assert len(read) == len(written)
        for text, value in zip(written, read, strict=True):
            known = value_of(column.format, text)
            same = (
                math.isclose(known, value, rel_tol=1e-15)
                if isinstance(known, float) and value is not None
                else known == value
            )
            assert same, (column, text, value, known)
        if column.format == "text":
            check_text(written)


def check_text(texts):
    """Assert that a text column fits none of the plain formats."""
    for form in ("integer", "number", "boolean", "date", "timestamp", "time"):
        present = [text for text in texts if not is_missing(form, text)]
        codes = any(text.strip().lstrip("+-")[:1] == "0" and len(text.strip()) > 2 for text in present)
        beyond = all(text.strip(" \t\r\n").lstrip("+-").isdigit() for text in present)
        if present and not (form in ("integer", "number") and (codes or beyond)):
            with pytest.raises(ValueError):  # noqa: PT011 whichever value it is
                [value_of(form, text) for text in present]


@pytest.mark.slow
@settings(deadline=None, max_examples=EXAMPLES)
@given(
    columns(),
    DELIMITERS,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(["rows.csv", "rows.csv.gz"]),
)
def test_a_table_that_is_written_well_is_read_as_it_was_written(table, delimiter, end, quoting, mark, name):  # noqa: PLR0913
    content = encoded(table, delimiter, end, quoting, mark)
    found = opened(content, delimiter, name)
    assert not isinstance(found, str), found
    check(content, delimiter, found)


@pytest.mark.slow
@settings(deadline=None, max_examples=EXAMPLES)
@given(st.lists(st.sampled_from(PIECES), max_size=20), st.sampled_from([",", ";"]), st.sampled_from([None, 0, 25_000]))
def test_any_text_is_read_as_by_the_standard_library_or_refused(pieces, delimiter, before):
    # What comes after many rows is not what the engine looks at to find out how a file is written.
    header = "" if before is None else f"a{delimiter}b\n" + f"1{delimiter}x\n" * before
    content = (header + "".join(pieces)).encode()
    if not content:
        return
    found = opened(content, delimiter)
    one_column_of_two_ends = len(found[0]) == 1 and b"\r" in content
    if isinstance(found, str) or one_column_of_two_ends:
        return
    check(content, delimiter, found)


def test_the_strict_reading_knows_the_marks_of_the_reader():
    assert (conversion.MARKS, conversion.WORDS) == (strict_reading.MARKS, strict_reading.WORDS)
    with pytest.raises(Malformed):
        table_of(b"a,b\n1\n", ",")
