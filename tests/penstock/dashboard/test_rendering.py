"""URLs, times and files of the pages."""

import pytest

from penstock.dashboard.rendering import duration, link, megabytes, moment, page, static, static_file, with_query


def test_link_escapes_each_part_and_value():
    assert link("p", "a b", "x/y?") == "/p/a%20b/x%2Fy%3F"
    assert link("s", q="a&b=c", page=2, none=None, empty="", no=False) == "/s?q=a%26b%3Dc&page=2"
    assert link("s", e=["a", "b"]) == "/s?e=a&e=b"
    assert with_query({"q": "a", "page": 3}, "/p/x", page=4) == "/p/x?q=a&page=4"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (99.94, "99.9 s"), (99.96, "1 min 40 s"), (3599.6, "60 min 0 s"), (7200, "2 h 0 min")],
)
def test_duration_is_in_seconds_then_in_minutes_then_in_hours(seconds, words):
    assert duration(seconds) == words


def test_moment_is_in_utc_and_empty_if_unknown():
    assert moment(1767225600.9) == "2026-01-01 00:00:00"
    assert moment(0.0) == moment(None) == ""
    assert (megabytes(3e8), megabytes(None)) == ("300 MB", "")


def test_file_has_its_digest_in_its_address():
    assert static("live.js").startswith("/static/live.js?v=")
    assert static_file("report.css").read_text().startswith(".penstock")


def test_values_in_a_page_are_escaped():
    drawn = page("search.html", title="<b>", source=None, searched='"<script>', hits=[])
    assert "<script>" not in drawn.replace('<script src="/static', "")
    assert "&lt;b&gt;" in drawn


def test_characters_that_control_or_turn_text_are_shown_as_such_wherever_they_are():
    drawn = page("search.html", title="a\u202eb", source=None, searched="c\x1bd", hits=[])
    assert ("\u202e" in drawn, "\x1b" in drawn) == (False, False)
    assert "a\\u202eb" in drawn
