"""The page in Chromium: no request, no error in the console, axe without serious findings, no sideways scrolling."""

import json
import subprocess

import pytest

from penstock.registry.cards.texts import markdown
from penstock.reports.run import comparison
from penstock.reports.run.page import html
from tests.chromium import AXE, chromium, violations
from tests.environments import pages
from tests.penstock.reports.run.reports import bare, card, report

pytestmark = pytest.mark.slow

FOUND = """axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
    .filter(each => ["serious", "critical"].includes(each.impact))
    .map(each => [each.id, each.nodes.map(node => node.html.slice(0, 120))]))"""
WIDTHS = """[document.documentElement.scrollWidth, document.documentElement.clientWidth]"""
# Texts of drawings outside of these.
CUT_OFF = """[...document.querySelectorAll("svg text")].filter(each => {
    const [text, svg] = [each.getBoundingClientRect(), each.ownerSVGElement.getBoundingClientRect()]
    return text.left < svg.left - 1 || text.right > svg.right + 1 || text.bottom > svg.bottom + 1
}).map(each => each.textContent)"""
# What a script in the page would do.
RAN = """document.querySelectorAll("script, [onload], [onerror]").length"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


PAGES = {
    "whole": lambda: html(report()),
    "failed": lambda: html(bare()),
    "comparison": lambda: comparison.html(report(), report("x")),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_asks_for_nothing_logs_nothing_and_can_be_used_by_everyone(browser, tmp_path, name):
    file = tmp_path / "report.html"
    file.write_text(PAGES[name](), encoding="utf-8")
    page = browser.visit(file, f"{AXE.read_text()};0; {FOUND}")
    assert (page.requests, page.errors) == ([], [])
    assert page.found == []
    assert browser.visit(file, RAN).found == 0
    wide, visible = browser.visit(file, WIDTHS).found
    assert wide <= visible


@pytest.mark.parametrize("width", [360, 800, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_page_fits_a_phone_and_a_wide_screen_in_light_and_dark(browser, tmp_path, width, dark):
    file = tmp_path / "report.html"
    file.write_text(html(report()), encoding="utf-8")
    with browser.tab(width, dark=dark) as tab:
        page = tab.go(file, WIDTHS)
        assert (page.requests, page.errors, violations(tab)) == ([], [], [])
        assert page.found[0] <= page.found[1]
        assert tab.run(CUT_OFF) == []


def test_policy_of_the_page_blocks_scripts_styles_and_requests(browser, tmp_path):
    file = tmp_path / "report.html"
    evil = """<script>document.title = "ran"</script><img src="https://example.org/x" onerror="document.title = 'ran'">
        <p id="p" style="color: red">x</p><style>#p { color: red }</style>"""
    file.write_text(html(bare()).replace("<main", f"{evil}<main", 1), encoding="utf-8")
    page = browser.visit(file, "[document.title, getComputedStyle(document.getElementById('p')).color]")
    assert page.found[0] == "tips: run 20260101-000002"
    assert page.found[1] != "rgb(255, 0, 0)"
    assert len([error for error in page.errors if "Content Security Policy" in error]) >= 3


def test_page_is_printed_without_anything_cut_off(browser, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(html(report("x")), encoding="utf-8")
    with browser.tab(680) as tab:  # A4 without its margins, at 96 pixels an inch
        tab.go(file)
        tab.print_media()
        assert tab.run(WIDTHS)[0] <= 680
        assert tab.run(CUT_OFF) == []
        assert tab.run("getComputedStyle(document.querySelector('nav')).display") == "none"


def test_a_page_that_cannot_be_used_by_everyone_is_found(browser, tmp_path):
    file = tmp_path / "bad.html"
    bad = "<!doctype html><html><title>x</title><body><img src='data:,'><p style='color: #ccc; background: #fff'>text"
    file.write_text(bad, encoding="utf-8")
    found = {name for name, _ in browser.visit(file, f"{AXE.read_text()};0; {FOUND}").found}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= found


def test_card_is_read_by_the_hubs_own_library():
    program = """
import json, sys
from huggingface_hub import ModelCard
card = ModelCard(sys.stdin.read())
results = [[each.metric_type, each.metric_value] for each in card.data.eval_results]
print(json.dumps([card.data.license, card.data.model_name, results]))
"""
    done = subprocess.run([str(pages()), "-c", program], input=markdown(card()), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["apache-2.0", "tips", [["auc", 0.95]]]
