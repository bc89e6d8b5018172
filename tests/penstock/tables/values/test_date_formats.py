"""Dates and times are read by the one format that fits every value of the column."""

import datetime
import gzip
import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.values import date_formats
from tests.examples import examples
from tests.penstock.tables.columns import read_column, read_columns

YEAR_END, SECOND = datetime.date(2021, 12, 31), datetime.date(2021, 1, 2)


def read(folder, quarantine=None):
    with open_table(Input(str(folder), quarantine=quarantine)) as table:
        return [tuple(row.values()) for batch in table.batches() for row in batch.to_pylist()]


def write(folder, *texts, packed=False):
    for number, text in enumerate(texts, start=1):
        content = text.encode()
        (folder / f"{number}.csv{'.gz' if packed else ''}").write_bytes(gzip.compress(content) if packed else content)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("turned", [False, True])
def test_the_file_that_shows_the_format_shows_it_for_all(tmp_path, packed, turned):
    texts = ["d\n12/31/2021\n", "d\n01/02/2021\n"]
    write(tmp_path, *(reversed(texts) if turned else texts), packed=packed)
    assert read(tmp_path) == ([(SECOND,), (YEAR_END,)] if turned else [(YEAR_END,), (SECOND,)])


def test_a_format_is_found_next_to_a_quarantine_too(tmp_path):
    write(tmp_path, "d,n\n12/31/2021,1\n1\n", "d,n\n01/02/2021,1\n")
    assert read(tmp_path, "unused") == [(YEAR_END, 1), (SECOND, 1)]


def test_a_format_of_days_does_not_change_times(tmp_path):
    write(tmp_path, "d,t\n12/31/2021,2021-01-01 10:00:00\n", "d,t\n01/02/2021,2021-01-02\n")
    assert read(tmp_path) == [
        (YEAR_END, datetime.datetime(2021, 1, 1, 10)),
        (SECOND, datetime.datetime(2021, 1, 2)),
    ]


def test_text_that_looks_like_dates_in_some_files_stays_text(tmp_path):
    write(tmp_path, "d,t\n12/31/2021,2021-01-01\n", "d,t\nx,2021-01-01\n", "d,t\n31/12/2021,2021-01-01\n")
    assert [row[0] for row in read(tmp_path)] == ["12/31/2021", "x", "31/12/2021"]


DAY, TIME = datetime.date, datetime.datetime
READ = {
    "two digits of a year, the day first": (["25/12/21", "1/2/21"], [DAY(2021, 12, 25), DAY(2021, 2, 1)]),
    "two digits of a year, not 31": (["31/01/22"], [DAY(2022, 1, 31)]),
    "two digits of a year, which can only be first": (["99-12-31"], [DAY(1999, 12, 31)]),
    "the last year of this century": (["31/01/68"], [DAY(2068, 1, 31)]),
    "the first year of the last century": (["31/01/69"], [DAY(1969, 1, 31)]),
    "the month first between slashes": (["02/05/2021"], [DAY(2021, 2, 5)]),
    "the day first between hyphens": (["02-05-2021"], [DAY(2021, 5, 2)]),
    "the day first between points": (["02.05.2021", "1.2.2021"], [DAY(2021, 5, 2), DAY(2021, 2, 1)]),
    "the day first where one value shows it": (["02/05/2021", "13/05/2021"], [DAY(2021, 5, 2), DAY(2021, 5, 13)]),
    "the year first between slashes": (["2021/5/2"], [DAY(2021, 5, 2)]),
    "a half day": (["1/2/2021 3:04 PM", "1/2/2021 12:04 am"], [TIME(2021, 1, 2, 15, 4), TIME(2021, 1, 2, 0, 4)]),
    "a half day with seconds": (["12/31/2021 10:00:00 PM"], [TIME(2021, 12, 31, 22)]),
    "the name of a month": (["2-Jan-2021", "03-feb-2021"], [DAY(2021, 1, 2), DAY(2021, 2, 3)]),
    "the name of a month, before the day": (["May 3, 2021"], [DAY(2021, 5, 3)]),
    "the name of a day": (["Sat, 02 Jan 2021"], [DAY(2021, 1, 2)]),
    "a fraction of a second": (["31.12.2021 10:00:00.25"], [TIME(2021, 12, 31, 10, 0, 0, 250_000)]),
    "digits alone": (["20210102"], [20_210_102]),
    "ISO 8601": (["2021-01-02", "2021-1-3"], [DAY(2021, 1, 2), DAY(2021, 1, 3)]),
    "ISO 8601 with offsets from UTC": (
        ["2021-01-01T10:00:00Z", "2021-01-01T10:00:00.5+02:00", "2021-01-01 10:00-0530", "2021-01-01 10:00 UTC"],
        [TIME(2021, 1, 1, 10), TIME(2021, 1, 1, 8, 0, 0, 500_000), TIME(2021, 1, 1, 15, 30), TIME(2021, 1, 1, 10)],
    ),
    "times of day": (["9:15", "09:15:30", "23:59:59.25"], [
        datetime.time(9, 15), datetime.time(9, 15, 30), datetime.time(23, 59, 59, 250_000)
    ]),
    "times of half a day": (["9:15 pm"], [datetime.time(21, 15)]),
    "a mark for a missing one": (["NA", "2021-01-02", "?", " ", "unknown"], [None, DAY(2021, 1, 2), None, None, None]),
    "moments after days": (
        ["2021-01-02"] * 5000 + ["2021-01-02 10:00"], [TIME(2021, 1, 2)] * 5000 + [TIME(2021, 1, 2, 10)]
    ),
    "days after nothing": ([""] * 5000 + ["31.12.2021"], [None] * 5000 + [YEAR_END]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_date_or_time_is_read_as(tmp_path, name):
    texts, values = READ[name]
    assert read_column(tmp_path, texts).values == values


TEXT = {
    "digits that are no date": ["1-2-3"],
    "days in two orders": ["12/31/2021", "31/12/2021"],
    "days, some as in ISO 8601": ["2021-12-31", "12/31/2021"],
    "moments in two ways": ["2021-12-31 10:00:00", "31/12/2021 10:00:00"],
    "a day that there is not": ["2021-02-28", "2021-02-30"],
    "a year that there is not": ["0000-01-01", "2021-01-01"],
    "a time that there is not": ["23:59", "24:00"],
    "an hour beyond the half day": ["1/2/2021 13:00 PM"],
    "days and times": ["2021-12-31", "10:00"],
}


@pytest.mark.parametrize("name", TEXT)
def test_what_no_format_fits_stays_text(tmp_path, name):
    assert read_column(tmp_path, TEXT[name]).values == TEXT[name]


@pytest.mark.parametrize("place", [0, 50, 99])
def test_one_mistyped_date_leaves_text_with_the_evidence(tmp_path, place):
    texts = [f"2021-01-{1 + number % 28:02}" for number in range(99)]
    texts.insert(place, "2021-13-45")
    found = read_column(tmp_path, texts)
    assert found.values == texts
    assert found.finding.best_match == ("date", 99)
    assert found.finding.present == 100


@pytest.mark.parametrize("names", ["ab", "ba"])
@pytest.mark.parametrize(
    ("proof", "day"),
    [("13/05/2021", DAY(2021, 5, 2)), ("12/13/2021", DAY(2021, 2, 5)), ("31/01/22", DAY(2021, 5, 2))],
)
def test_a_column_that_proves_the_order_proves_it_for_the_others_at_any_position(tmp_path, names, proof, day):
    columns = {"a": ["02/05/2021"], "b": [proof]}
    found = read_columns(tmp_path, {name: columns[name] for name in names})["a"]
    assert found.values == [day]
    assert found.finding.reason.startswith("other columns")
    assert len(found.finding.others) == 1


def test_columns_that_show_both_orders_leave_it_to_the_rule(tmp_path):
    found = read_columns(tmp_path, {"a": ["02/05/2021"], "b": ["13/05/2021"], "c": ["05/13/2021"]})["a"]
    assert (found.format, found.finding.others) == ("%m/%d/%Y", ("%d/%m/%Y",))
    assert "between slashes" in found.finding.reason


MOMENT = TIME(2020, 9, 13, 12, 26, 40)


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("1600000000", "epoch_seconds", MOMENT),
        ("1600000000000", "epoch_milliseconds", MOMENT),
        ("1600000000000000", "epoch_microseconds", MOMENT),
        ("20210102", "%Y%m%d", SECOND),
        ("1600000000000000000", "integer", 1_600_000_000_000_000_000),
        ("100", "integer", 100),
    ],
)
def test_whole_numbers_are_times_by_their_size_where_the_role_asks_for_times(tmp_path, text, form, value):
    found = read_column(tmp_path, [text, text, "NA"], "timestamp")
    assert (found.format, found.values) == (form, [value, value, None])
    assert read_column(tmp_path, [text]).values == [int(text)]


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("%d/%m/%Y", "02/05/2021", DAY(2021, 5, 2)),
        ("%Y%m%d", "20210502", DAY(2021, 5, 2)),
        ("epoch_milliseconds", "-1500", TIME(1969, 12, 31, 23, 59, 58, 500_000)),
        ("epoch_seconds", "32503680000", TIME(3000, 1, 1)),
        ("date", "2021-05-02", DAY(2021, 5, 2)),
        ("%d. of %B %Y", "2. of May 2021", DAY(2021, 5, 2)),
        ("100%% %Y|%m", "100% 2021|05", DAY(2021, 5, 1)),
        ("%H.%M", "10.30", datetime.time(10, 30)),
        ("%d/%m/%Y %H:%M %z", "02/05/2021 10:00 +02:00", TIME(2021, 5, 2, 8)),
    ],
)
def test_a_configured_format_is_used(tmp_path, form, text, value):
    found = read_column(tmp_path, [text, "NA", " "], formats={"a": form})
    assert (found.format, found.values) == (form, [value, None, None])


ENGINE = duckdb.connect()
FORMS = [*date_formats._FORMATS, "date", "timestamp", "time", *date_formats.EPOCHS]


@pytest.mark.slow
@settings(max_examples=examples(150), deadline=None)
@given(
    st.sampled_from(FORMS),
    st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)),
    st.text("0123456789/-.:, TZAPMJan+", max_size=4),
)
def test_python_and_the_engine_agree_on_what_has_the_shape_of_a_format(form, moment, noise):
    text = (moment.strftime(form) if "%" in form else moment.isoformat(" ")) + noise
    [(matches,)] = ENGINE.execute("SELECT regexp_full_match(?, ?)", [text, date_formats.pattern(form)]).fetchall()
    assert matches == bool(re.compile(date_formats.pattern(form), re.ASCII).fullmatch(text))


@pytest.mark.slow
@settings(max_examples=examples(150), deadline=None)
@given(
    st.sampled_from([form for form in date_formats._FORMATS if "%Y" in form or "%y" in form]),
    st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2068, 1, 1)),
)
def test_a_date_is_the_one_that_python_reads(form, moment):
    text = moment.strftime(form)
    expression = date_formats.sql(form, "value")
    [(found,)] = ENGINE.execute(f"SELECT {expression} FROM (SELECT ? AS value)", [text]).fetchall()
    known = datetime.datetime.strptime(text, form)
    assert found == (known.date() if date_formats.type_of(form) == "DATE" else known)
