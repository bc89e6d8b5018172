"""Untrusted text for the screen: no control character is left, and everything else is unchanged."""

import io
import json
import math
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import DataError
from penstock.core.text import PrintableStream, counted, did_you_mean, guard_streams, number, printable, shorten

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ANY = st.text(st.characters() | st.characters(categories=["Cc", "Cs"]) | st.sampled_from(f"{BIDI}\x1b\x9b\u2028"))


def controls(text):
    """Return the characters of a text that a terminal obeys, or that cannot be written."""
    return {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in BIDI}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x9b2J", "\\u009b2J"),
        ("a\nb\tc\r", "a\\u000ab\\u0009c\\u000d"),
        ("\x7f\x00", "\\u007f\\u0000"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("\udcff", "\\udcff"),
        ("a\u2028b", "a\\u2028b"),
        ("déjà vu, 価格, 👩‍👩‍👧, می‌خواهم, \\u0041 [red]", "déjà vu, 価格, 👩‍👩‍👧, می‌خواهم, \\u0041 [red]"),
    ],
)
def test_control_characters_are_escaped_and_others_are_not(text, shown):
    assert printable(text) == shown


@given(ANY)
def test_no_control_character_is_left_of_any_text(text):
    assert controls(printable(text)) == set()
    assert controls(printable(text, lines=True)) <= set("\n\t")
    assert printable(printable(text)) == printable(text)


@given(ANY)
def test_text_of_several_lines_keeps_lines_and_tabs_alone(text):
    shown = printable(text, lines=True)
    assert [shown.count(sign) for sign in "\n\t"] == [text.count(sign) for sign in "\n\t"]


@given(st.dictionaries(ANY, ANY))
def test_json_that_is_escaped_once_more_says_the_same(values):
    assert json.loads(printable(json.dumps(values))) == values


@given(ANY, ANY)
def test_no_control_character_is_left_in_an_error(name, value):
    error = DataError(f"the column {name}", name, value, value, (name,))
    assert controls(str(error)) == set()
    assert error.as_dict()["received"] == value


@given(st.lists(ANY))
def test_no_control_character_passes_a_stream_that_is_guarded(texts):
    below = io.BytesIO()
    stream = PrintableStream(below, encoding="utf-8")
    for text in texts:
        assert stream.write(text) == len(text)
    stream.flush()
    assert controls(below.getvalue().decode()) <= set("\n\t")


def test_streams_of_the_process_are_guarded_once_and_keep_the_wrapped_stream(monkeypatch, tmp_path):
    with (tmp_path / "out").open("w", encoding="utf-8") as out, (tmp_path / "err").open("w", encoding="utf-8") as err:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        guard_streams()
        guard_streams()
        assert sys.stdout.plain is out
        assert (sys.stdout.fileno(), sys.stderr.errors) == (out.fileno(), err.errors)
        sys.stdout.write("\x1b[2Jone\n")
        sys.stderr.write("\x1b[2Jtwo\n")
        sys.stdout.flush()
        sys.stderr.flush()
    assert [(tmp_path / name).read_text() for name in ("out", "err")] == ["\\u001b[2Jone\n", "\\u001b[2Jtwo\n"]


def test_stream_that_is_no_text_wrapper_is_unchanged(monkeypatch):
    held = io.StringIO()
    monkeypatch.setattr(sys, "stdout", held)
    monkeypatch.setattr(sys, "stderr", held)
    guard_streams()
    assert sys.stdout is held


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),  # noqa: RUF001
        (math.nan, "–"),  # noqa: RUF001
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (0, "0"),
        (1234567, "1,234,567"),
        (12.0, "12"),
        (0.123456, "0.1235"),
        (12345.6, "12,346"),
        (1e20, "1e+20"),
    ],
)
def test_numbers_are_written_for_people(value, written):
    assert number(value) == written


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("Evalutor", ["Trainer", "Evaluator"], " (did you mean 'Evaluator'?)"),
        ("Fare", ["fares", "fare"], " (did you mean 'fare'?)"),
        ("fair", ["fare", "miles"], " (did you mean 'fare'?)"),
        ("zone", ["fare", "miles"], ""),
        ("x", [], ""),
        ("", ["fare"], ""),
    ],
)
def test_nearest_known_name_is_suggested_if_one_is_similar(name, known, hint):
    assert did_you_mean(name, known) == hint


@pytest.mark.parametrize(
    ("text", "longest", "short"),
    [
        ("a\n b " * 40, 60, ("a b " * 40)[:57] + "..."),
        ("abcd", 4, "abcd"),
        ("abcde", 4, "a..."),
        ("ab\tcd", 5, "ab cd"),
        ("", 60, ""),
    ],
)
def test_text_is_one_line_and_cut_where_it_is_too_long(text, longest, short):
    assert shorten(text, longest) == short


def test_sentences_cut_at_sixty_characters():
    assert (shorten("x" * 60), len(shorten("x" * 61))) == ("x" * 60, 60)


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [(1, ["row"], "1 row"), (0, ["row"], "0 rows"), (12_345, ["category", "categories"], "12,345 categories")],
)
def test_number_of_things_has_the_plural_but_for_one(number, words, text):
    assert counted(number, *words) == text
