"""Values that differ in spelling only are found, and the suggested SQL unifies them and no others."""

import unicodedata
from collections import Counter

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.tables.spellings import MAX_DISTINCT, spellings
from tests.examples import examples

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


def found(*values, column="c"):
    return spellings(column, Counter(values).items())


def fixed(fix, values, column="c"):
    """Return the result of the engine for each value, by a query as in a configuration."""
    name = '"' + column.replace('"', '""') + '"'
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE source AS SELECT unnest(?) AS {name}", [list(values)])
        made = connection.execute(f"SELECT * REPLACE ({fix} AS {name}) FROM source").fetchall()
    return [value for (value,) in made]


CASES = {
    "capitals": (["Yes", "YES", "no"], "lower("),
    "blanks": (["yes", "yes ", " yes", "no"], "trim("),
    "a tab": (["yes", "yes\t", "no"], "trim(regexp_replace("),
    "blanks within": (["New York", "New  York", "Rome"], "trim(regexp_replace("),
    "a blank that does not break": (["yes", "yes\u00a0", "no"], "trim("),
    "forms": ([COMPOSED, DECOMPOSED, "cafe"], "nfc_normalize("),
    "capitals and blanks": (["Yes", "yes ", "YES"], "lower(trim("),
    "all": ([COMPOSED, " " + DECOMPOSED.upper(), "x"], "lower(nfc_normalize(trim("),
    "a sign for two": (["\ufb01n", "fin", "x"], "CASE "),
    "sharp s": (["Stra\u00dfe", "STRASSE", "x"], "CASE "),
    "full width": (["\uff21", "A", "x"], "CASE "),
    "a quote": (["it's", "It's"], "lower("),
    "a quote by name": (["it's \ufb01", "it's fi"], "CASE "),
    # In the engine's lower case the first two would be one.
    "a dotted capital": (["\u0130", "i", "x", "X"], "CASE "),
}


@pytest.mark.parametrize("column", ["c", 'a "b"', "größe"])
@pytest.mark.parametrize("name", CASES)
def test_the_least_change_that_makes_them_one_is_named_and_works(name, column):
    values, start = CASES[name]
    known = found(*values, column=column)
    assert known.fix.startswith(start), known.fix
    assert "\\" not in known.fix
    made = dict(zip(values, fixed(known.fix, values, column), strict=True))
    for group in known.groups:
        assert len({made[value] for value, _ in group}) == 1
    assert len(set(made.values())) == len(values) - sum(len(group) - 1 for group in known.groups)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.text("aAbB \t\u00e9\u00c9e\u0301\u00df\u0130iI\ufb01\u00a0'", max_size=4), max_size=12))
def test_whatever_the_values_the_fix_joins_what_differs_in_spelling_and_nothing_else(values):
    known = found(*values)
    if known is None:
        return
    every = sorted({value for value in values if value.strip()})
    made = dict(zip(every, fixed(known.fix, every), strict=True))
    grouped = [{value for value, _ in group} for group in known.groups]
    alone = [{value} for value in every if not any(value in group for group in grouped)]
    assert all(len({made[value] for value in group}) == 1 for group in grouped)
    assert len(set(made.values())) == len(grouped) + len(alone)


@pytest.mark.parametrize("values", [(), ("a",), ("a", "b"), ("a", "\u00e4"), ("", " "), ("1", "1.0")])
def test_values_that_differ_by_more_are_none(values):
    assert found(*values) is None


def test_each_spelling_is_shown_with_its_rows_the_most_frequent_first():
    known = found(*["Oslo"] * 9, *["oslo "] * 2, "OSLO", "Rome", column="city")
    assert known.groups == ((("Oslo", 9), ("oslo ", 2), ("OSLO", 1)),)
    assert known.sentence() == (
        "'city' has values that differ in spelling only: 'Oslo' 9, 'oslo ' 2, 'OSLO' 1; "
        'to make them one, write lower(trim("city")) AS "city" in data.query.'
    )
    assert known.sentence(sql=False).endswith("to make them one, write them alike in data.query.")


def test_values_that_look_alike_are_shown_by_their_signs():
    assert r"'caf\xe9' 2, 'cafe\u0301' 1" in found(COMPOSED, COMPOSED, DECOMPOSED).sentence()
    assert r"'x\xa0' 2, 'x' 1" in found("x\u00a0", "x\u00a0", "x").sentence()


def test_of_many_groups_some_are_shown():
    values = [spelling for n in range(9) for spelling in (f"v{n}", f"V{n}")]
    sentence = found(*values).sentence()
    assert sentence.count(" 1, ") == 3
    assert "; and 6 more; to make them one, write lower(" in sentence


def test_a_fix_that_names_very_many_values_is_left_to_the_person():
    values = [spelling for n in range(40) for spelling in (f"\ufb01{n}", f"fi{n}")]
    known = found(*values)
    assert known.sentence().endswith("write them alike in data.query.")
    assert len(set(fixed(known.fix, values))) == 40


def test_of_very_many_values_nothing_is_said():
    assert spellings("c", ((f"{'vV'[n % 2]}{n // 2}", 1) for n in range(MAX_DISTINCT + 2))) is None
    assert spellings("c", ((f"{'vV'[n % 2]}{n // 2}", 1) for n in range(MAX_DISTINCT))) is not None


def test_forms_of_one_text_are_one_to_python():
    assert unicodedata.normalize("NFC", DECOMPOSED) == COMPOSED
