"""Numbers are read by format: decimal mark, grouping, currency and unit are those of the column."""

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.tables.values.number_formats import NumberFormat, candidates
from tests.examples import examples
from tests.penstock.tables.columns import read_column, read_columns

READ = {
    "plain": (["1", "-2.5", "+3", ".5", "4.", "1e3", " 7 "], "number", [1, -2.5, 3, 0.5, 4, 1000, 7]),
    "a currency before": (["$12.50", "-$3.00", "$-4", "$ 5"], "$1234.5", [12.5, -3, -4, 5]),
    "a currency beyond ASCII": (["€12", "€1.5"], "€1234.5", [12, 1.5]),
    "a currency after": (["12 €", "3,5€"], "1234,5 €", [12, 3.5]),
    "a code of a currency": (["USD 12", "USD 1.5"], "USD1234.5", [12, 1.5]),
    "a code of a currency after": (["12 EUR", "3,5 EUR"], "1234,5 EUR", [12, 3.5]),
    "a percentage": (["15.0%", "-3 %"], "1234.5%", [15, -3]),
    "commas between groups": (["1,234.5", "12", "1,234,567"], "1,234.5", [1234.5, 12, 1_234_567]),
    "points between groups": (["1.234,5", "12", "1.234.567"], "1.234,5", [1234.5, 12, 1_234_567]),
    "spaces between groups": (["1 234,5", "-2 000"], "1 234,5", [1234.5, -2000]),
    "no-break spaces between groups": (["1\u00a0234,5"], "1\u00a0234,5", [1234.5]),
    "apostrophes between groups": (["1'234.5", "12"], "1'234.5", [1234.5, 12]),
    "curled apostrophes between groups": (["1’234"], "1’234.5", [1234]),
    "a currency and groups": (["$1,234.50", "$5"], "$1,234.5", [1234.5, 5]),
    "a unit": (["1.2 kg", "3 kg", "4kg"], "1234.5 kg", [1.2, 3, 4]),
    "a unit beyond ASCII": (["12 °C", "-3.5 °C"], "1234.5 °C", [12, -3.5]),
    "a comma before the fraction": (["3,14"], "1234,5", [3.14]),
    "a comma after nothing": (["0,123", "0,456"], "1234,5", [0.123, 0.456]),
    "one comma before three digits": (["1,234"], "1,234.5", [1234]),
    "one point before three digits": (["1.234"], "number", [1.234]),
    "groups after many others": (["1.5"] * 3000 + ["1,234.5"], "1,234.5", [1.5] * 3000 + [1234.5]),
    "a fraction after many others": (["1"] * 5000 + ["2.5"], "number", [1] * 5000 + [2.5]),
    "a comma after many others": (["1"] * 5000 + ["1,5"], "1234,5", [1] * 5000 + [1.5]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_a_number_is_read_as(tmp_path, name):
    texts, form, values = READ[name]
    found = read_column(tmp_path, texts)
    assert (found.format, found.values) == (form, values)


TEXT = {
    "two units": ["1.2 kg", "3 g"],
    "two currencies": ["$1", "€2"],
    "some with a currency": ["1"] * 5000 + ["$5"],
    "parentheses": ["(12.5)", "3"],
    "a minus of typography": ["−5", "3"],
    "beyond all numbers": ["1e400", "1"],
    "underscores": ["1_000", "2"],
    "hexadecimal": ["0x10", "0x20"],
    "groups of other lengths": ["1,23,456.5"],
    "two decimal marks": ["1.5", "2,5"],
    "ordinals": ["1st", "1st"],
}


@pytest.mark.parametrize("name", TEXT)
def test_what_is_not_written_alike_stays_text(tmp_path, name):
    found = read_column(tmp_path, TEXT[name])
    assert (found.format, found.values) == ("text", TEXT[name])


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_a_column_that_shows_the_decimal_mark_shows_it_for_the_others(tmp_path, names):
    columns = {"a": ["1.234"], "b": ["3,14"]}
    found = read_columns(tmp_path, {name: columns[name] for name in names})["a"]
    assert (found.values, found.finding.others) == ([1234], ("number",))
    assert found.finding.reason.startswith("other columns")


@pytest.mark.parametrize(
    ("text", "others"),
    [("1,234", ("1234,5",)), ("1.234", ("1.234,5",)), ("12 °C", ()), ("1’234", ()), ("12.5", ()), ("1,234.5", ())],
)
def test_a_number_is_ambiguous_only_where_another_way_gives_another_number(tmp_path, text, others):
    assert read_column(tmp_path, [text]).finding.others == others


@pytest.mark.parametrize("text", ["number", "1,234.5", "1.234,5 €", "$1234.5", "1234,5 kg", "1\u00a0234.5%"])
def test_an_example_names_a_way(text):
    assert NumberFormat.of(text).example == text


@pytest.mark.parametrize("text", ["", "text", "1,234,5", "1234", "12345", "-1234.5", "US-1234.5", "1234.5 m2"])
def test_other_text_names_none(text):
    assert NumberFormat.of(text) is None


def test_nothing_is_no_number():
    assert candidates([]) == candidates(["", "."]) == candidates(["-", "kg"]) == []


ENGINE = duckdb.connect()
DECIMALS = [(".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", "\u00a0"), (".", "'"), (",", "’")]
AFFIXES = ["", "$", "€", "%", " kg", " °C", "^", "km/h", "(", "[a]", "\\", "{2", "|"]
WAYS = st.builds(
    lambda marks, prefix, suffix: NumberFormat(*marks, re.sub(r"\d", "", prefix), re.sub(r"\d", "", suffix)),
    st.sampled_from(DECIMALS),
    st.sampled_from(AFFIXES),
    st.sampled_from(AFFIXES),
)


@pytest.mark.slow
@settings(max_examples=examples(200), deadline=None)
@given(WAYS, st.text("0123456789.,-+eE $€%kg°C'\u00a0’()", max_size=9))
def test_python_and_the_engine_agree_on_what_has_the_shape_of_a_way(way, text):
    [(matches,)] = ENGINE.execute("SELECT regexp_full_match(?, ?)", [text, way.pattern]).fetchall()
    assert matches == bool(re.fullmatch(way.pattern, text, re.ASCII))


@pytest.mark.slow
@settings(max_examples=examples(200), deadline=None)
@given(WAYS, st.integers(-(10**9), 10**9), st.integers(0, 999))
def test_a_number_comes_back_from_any_way(way, whole, fraction):
    digits = f"{abs(whole):,}".replace(",", way.group)
    text = f"{'-' if whole < 0 else ''}{way.prefix}{digits}{way.decimal}{fraction:03}{way.suffix}"
    expression = way.sql("value")
    [(found,)] = ENGINE.execute(f"SELECT {expression} FROM (SELECT ? AS value)", [text]).fetchall()
    assert found == float(f"{whole}.{fraction:03}")
