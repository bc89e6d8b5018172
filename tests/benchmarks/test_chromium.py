"""The browser of the benchmarks and of the tests."""

import pytest

from benchmarks.chromium import BrowserError
from tests.chromium import chromium

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><title>page</title><p id=a style="height: 3000px">text</p>
<script>console.error("wrong"); fetch("http://example.com/").catch(() => null)</script>"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def test_page_is_loaded_drawn_and_noted(browser, tmp_path):
    (tmp_path / "page.html").write_text(PAGE)
    page = browser.visit(tmp_path / "page.html", "document.title")
    assert page.found == "page"
    assert page.height >= 3000
    assert page.requests == ["http://example.com/"]
    assert "wrong" in page.errors


def test_fault_of_a_script_and_a_page_that_is_not_there_are_errors(browser, tmp_path):
    with browser.tab(360) as tab:
        assert tab.run("window.innerWidth") == 360
        with pytest.raises(BrowserError, match="the script"):
            tab.run("nothing.at.all")
        with pytest.raises(BrowserError, match="ERR_FILE_NOT_FOUND"):
            tab.go(tmp_path / "nothing.html")
