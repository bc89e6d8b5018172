"""Rows of cells as aligned lines of at most 80 columns."""

import pytest

from pipeline.cli.text.columns import WIDTH, clip, columns, number, shortest_path


def test_columns_are_as_wide_as_their_widest_cell():
    assert columns([["a", "1"], ["bcd", "22"]], right=[1]) == ["a     1", "bcd  22"]


def test_wide_characters_take_two_columns_and_combining_characters_none():
    assert columns([["日本", "x"], ["e\u0301", "y"], ["abcde", "z"]]) == ["日本   x", "e\u0301      y", "abcde  z"]
    assert clip("日本日本", 5) == "日本…"


def test_no_rows_are_no_lines():
    assert columns([]) == []


def test_gaps_shrink_before_text_is_cut():
    rows = [["a" * 30, "b" * 29, "c" * 19]]
    assert columns(rows) == [" ".join(rows[0])]
    assert len(columns(rows)[0]) == WIDTH
    assert columns([["a" * 50, "b" * 50]])[0].endswith("…")


@pytest.mark.parametrize(("line", "cut"), [("abc", "abc"), ("abcd", "ab…")])
def test_line_is_cut_where_it_is_too_long(line, cut):
    assert clip(line, 3) == cut


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (0.95, "0.9500"), (12.34567, "12.3457")])
def test_value_that_is_missing_is_a_dash(value, text):
    assert number(value) == text


def test_path_is_relative_if_that_is_shorter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shortest_path(str(tmp_path / "state" / "log")) == "state/log"
    assert shortest_path("/a") == "/a"
    assert shortest_path("trips.csv") == "trips.csv"
