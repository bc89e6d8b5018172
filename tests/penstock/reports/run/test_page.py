"""The page: escaped, without scripts, with a policy that its own style satisfies, and the same for the same report."""

import base64
import hashlib
import re

import pytest
from hypothesis import given, settings

from penstock.reports.run.page import SECTIONS, html, policy, style
from tests.penstock.reports.conftest import HOSTILE, Reader
from tests.penstock.reports.run.reports import EVIL, bare, report

REPORTS = {"whole": report(), "bare": bare()}


@pytest.mark.parametrize("name", REPORTS)
def test_page_loads_and_runs_nothing(name):
    page = html(REPORTS[name])
    read = Reader(page)
    assert (
        not {"script", "link", "img", "iframe", "object", "embed", "form", "input", "base", "foreignobject"}
        & read.elements
    )
    assert not [name for name in read.attributes if name.startswith("on") or name in ("src", "style", "action")]
    assert {value for name, value in read.attributes.items() if name == "href"} <= {f"#{key}" for key in SECTIONS}
    assert not re.search(r"url\(|@import|javascript:(?!x)", style())


def test_policy_allows_the_style_of_the_page_alone():
    [content] = re.findall("<style>(.*?)</style>", html(REPORTS["whole"]), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    assert policy() == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert Reader(html(REPORTS["bare"])).attributes["content"]
    assert "unsafe" not in html(REPORTS["whole"])


def test_page_of_the_same_report_is_the_same_also_after_it_was_written():
    again = type(REPORTS["whole"]).parse(REPORTS["whole"].text(), "here")
    assert html(again) == html(REPORTS["whole"])


def test_control_characters_and_marks_of_direction_are_shown_as_escapes():
    page = html(REPORTS["whole"])
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", page)
    assert "\\u202e" in page
    assert "\\u001b[31m" in page


@pytest.mark.slow
@settings(max_examples=8)
@given(HOSTILE)
def test_no_text_changes_the_elements_of_the_page(evil):
    names = {
        "auc",
        "",
        "miles",
        "precision",
        "ExampleGen",
        "a.list",
        "a.flag",
        "a.none",
        "evaluation.confidence",
        "tfx",
    }
    if evil in names:
        return
    plain = {tag for tag, _ in Reader(html(report("harmless"))).tags}
    assert {tag for tag, _ in Reader(html(report(evil))).tags} <= plain


def test_sections_are_in_the_order_of_a_reviewer_with_one_heading_each():
    page = html(REPORTS["whole"])
    assert re.findall(r'<h2 id="(\w+)">', page) == ["verdict", "data", "model", "lineage", "card"]
    assert page.count("<h1>") == 1
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_each_drawing_has_a_label_and_each_table_has_headings():
    page = html(REPORTS["whole"])
    assert all('aria-label="' in tag or 'aria-hidden="true"' in tag for tag in re.findall("<svg[^>]*>", page))
    assert page.count("<table") <= page.count("<thead>")
    assert page.count('class="scroll"') == page.count('tabindex="0"')


def test_missing_part_says_why_and_the_others_remain():
    text = Reader(html(report("x", problems=({"part": "analysis", "reason": "the file is damaged"},)))).text
    assert "This part cannot be shown: the file is damaged" in text
    assert "Worst slices" in text


def test_failed_run_has_a_page_with_its_error():
    text = Reader(html(REPORTS["bare"])).text
    assert "failed" in text
    assert "no disk" in text
    assert "No version was pushed before this run" in text


def test_page_of_a_hundred_columns_is_small():
    whole = report("x")
    column = whole.data.columns[0]
    bucket = column.values[0].buckets[0]
    values = tuple(each.model_copy(update={"buckets": (bucket,) * 10}) for each in column.values)
    columns = tuple(column.model_copy(update={"name": f"column_{n}", "values": values}) for n in range(100))
    page = html(whole.model_copy(update={"data": whole.data.model_copy(update={"columns": columns})}))
    assert len(page.encode()) < 2_000_000
    assert page.count('class="card"') == 100


def test_evil_text_is_on_the_page():
    assert "alert(&#34;1&#34;)" in html(REPORTS["whole"])
    assert EVIL not in html(REPORTS["whole"])
