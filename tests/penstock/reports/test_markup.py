"""Markup of any values: escaped by the templates, found in the wheel, and drawn only when it is asked for."""

import math
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from penstock.core.text import UNKNOWN, number
from penstock.reports import graph, page
from penstock.reports.markup import (
    TEMPLATES,
    Page,
    code,
    drawn,
    environment,
    joined,
    mark,
    measure,
    percent,
    stacked,
    strong,
    table,
    to_scale,
)
from pipeline.schema import review

PROJECT = Path(__file__).resolve().parents[3]
HOSTILE = """<b>&"'</b>"""


def python(program, folder):
    """Return what a program prints that runs in a folder."""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


class Attributes(HTMLParser):
    """Notes the attributes of each element."""

    def __init__(self, markup):
        super().__init__()
        self.found = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, attrs))


@pytest.mark.parametrize("make", [code, strong, lambda text: mark("bad", text), lambda text: joined([text])])
def test_text_is_escaped_and_markup_is_not(make):
    assert "&lt;b&gt;&amp;&#34;&#39;&lt;/b&gt;" in make(HOSTILE)
    assert "<i>&</i>" in make(Markup("<i>&</i>"))


@pytest.mark.parametrize("source", ['<p title="{{ value }}">', "<p title='{{ value }}'>"])
def test_value_in_a_quoted_attribute_stays_in_it(source):
    markup = environment().from_string(source).render(value="\" onload='x' \"")
    assert Attributes(markup).found == [("p", [("title", "\" onload='x' \"")])]


def test_templates_switch_no_escaping_off_and_run_and_load_nothing():
    files = [*TEMPLATES.glob("*.html")]
    assert len(files) >= 6
    forbidden = re.compile(r"\|\s*safe|autoescape|<script|\bon\w+=|https?:|url\(|@import|\bsrc=|\bhref=", re.IGNORECASE)
    assert [file.name for file in [*files, TEMPLATES / "style.css"] if forbidden.search(file.read_text())] == []


def test_every_value_within_a_tag_is_in_quotes():
    bare = re.compile(r"=\s*\{\{")
    assert [file.name for file in TEMPLATES.glob("*.html") if bare.search(file.read_text())] == []


def test_value_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError, match="sentence"):
        drawn("checks.html", "no_anomaly")


@pytest.mark.slow
def test_jinja_is_imported_when_something_is_drawn_and_not_before():
    program = f"""
import sys
import {graph.__name__}, {page.__name__}
print("jinja2" in sys.modules)
{page.__name__}.overview([])._repr_html_()
print("jinja2" in sys.modules)
"""
    assert python(program, PROJECT).split() == ["False", "True"]


@pytest.mark.slow
def test_schema_is_reviewed_without_the_drawing_of_artifacts():
    package = page.__name__.rpartition(".")[0]
    program = f"import sys, {review.__name__}; print([m for m in sys.modules if m.startswith({package!r})])"
    assert python(program, PROJECT).strip() == "[]"


@pytest.mark.slow
def test_templates_are_in_the_wheel_and_found_wherever_it_is_unpacked(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "elsewhere")
    program = f"import {page.__name__} as page; print(page.__file__, page.overview([])._repr_html_())"
    printed = python(program, tmp_path / "elsewhere")
    assert printed.startswith(str(tmp_path / "elsewhere"))
    assert ".penstock table" in printed


def test_table_cells_are_escaped_and_numbers_aligned_right():
    assert table(("a", "b"), [("<", 1)], {1}) == (
        '<table><thead><tr><th>a</th><th class="n">b</th></tr></thead>'
        '<tbody><tr><td>&lt;</td><td class="n">1</td></tr></tbody></table>'
    )


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        table(("a", "b"), [("only one",)])


def test_large_measures_are_written_with_a_power_of_ten():
    assert [measure(value) for value in (17031345866, 1234, None)] == ["1.703e+10", "1,234", number(None)]


@pytest.mark.parametrize(
    ("value", "spread", "written"),
    [
        (2013.7213, 3.2145, "2,013.72"),
        (3.2145, 3.2145, "3.21"),
        (2017.0, 3.2145, "2,017"),
        (0.0, 3.2145, "0"),
        (-0.0, 3.2145, "0"),
        (-7.0, 3.2145, "-7"),
        (0.031254, 0.0021, "0.03125"),
        (12.34567, 1234.0, "12"),
        (0.0012, 3.2, "0.0012"),
        (-0.0012, 3.2, "-0.0012"),
        (123456.789, 4567.0, "123,457"),
        (12345678.25, 1.5, "12,345,678.25"),
        (1420070400.0, 2.5e6, "1.42007e+09"),
        (1.4e9, 2.5e9, "1.4e+09"),
        (5.0000000012, 3e-10, "5.0000000012"),
        (5.0, 3e-10, "5"),
        (3e-10, 3e-10, "3e-10"),
        (1e300, 1e299, "1e+300"),
        (123.456, 0.0, "123.5"),
        (123.456, None, "123.5"),
        (123.456, math.inf, "123.5"),
        (None, 1.0, UNKNOWN),
        (math.nan, 1.0, UNKNOWN),
        (-math.inf, 1.0, "-∞"),
    ],
)
def test_numbers_have_the_digits_that_matter_next_to_a_spread(value, spread, written):
    assert to_scale(value, spread) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [(0, "0.0 %"), (0.0001, "< 0.1 %"), (0.5, "50.0 %"), (0.9999, "> 99.9 %"), (1, "100.0 %")],
)
def test_percentages_round_neither_to_zero_nor_to_all(share, written):
    assert percent(share) == written


def test_stacked_lines_are_escaped_one_by_one():
    assert stacked(["<", Markup("<b>")]) == "&lt;<br><b>"


def test_a_page_carries_its_style_and_is_brief_in_a_terminal():
    drawn_page = Page(Markup("<p></p>"))
    assert drawn_page._repr_html_().startswith("<style>")
    assert repr(drawn_page) == "<page of 7 characters>"
