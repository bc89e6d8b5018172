import math

import pytest

from pipeline.rendering.markup import Markup, Page, escape, measure, number, percent, stacked, table, tag


def test_text_is_escaped_and_markup_is_not():
    assert escape("<b>") == "&lt;b&gt;"
    assert escape(Markup("<b>")) == "<b>"
    assert tag("p", "<", tag("b", "&")) == "<p>&lt;<b>&amp;</b></p>"


def test_attributes_are_written_as_html_has_them():
    assert tag("td", class_="n", stroke_width=2, title='"', style=None) == (
        '<td class="n" stroke-width="2" title="&quot;"></td>'
    )


def test_table_cells_are_escaped_and_numbers_set_flush_right():
    assert table(("a", "b"), [("<", 1)], {1}) == (
        '<table><thead><tr><th>a</th><th class="n">b</th></tr></thead>'
        '<tbody><tr><td>&lt;</td><td class="n">1</td></tr></tbody></table>'
    )


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        table(("a", "b"), [("only one",)])


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


def test_large_measures_are_written_with_a_power_of_ten():
    assert [measure(value) for value in (17031345866, 1234, None)] == ["1.703e+10", "1,234", number(None)]


@pytest.mark.parametrize(
    ("share", "written"),
    [(0, "0.0 %"), (0.0001, "< 0.1 %"), (0.5, "50.0 %"), (0.9999, "> 99.9 %"), (1, "100.0 %")],
)
def test_percentages_hide_neither_few_nor_missing(share, written):
    assert percent(share) == written


def test_stacked_lines_are_escaped_one_by_one():
    assert stacked(["<", Markup("<b>")]) == "&lt;<br><b>"


def test_a_page_carries_its_style_and_is_brief_in_a_terminal():
    page = Page(Markup("<p></p>"))
    assert page._repr_html_().startswith("<style>")
    assert repr(page) == "<page of 7 characters>"
