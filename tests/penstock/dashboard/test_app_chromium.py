"""The pages in Chromium: widths, colours, accessibility, requests; a run that moves; a form that is sent."""

from pathlib import Path

import pytest

from penstock.integrity.run_locks import hold_lock
from penstock.registry.documents import TokenBody
from penstock.registry.opening import open_registry
from tests.chromium import chromium, violations, wait_until
from tests.dashboard_site import DIGEST, RUNS, fill, site_of
from tests.metadata_store import RUNNING, StoreBuilder, configuration

pytestmark = pytest.mark.slow

PICTURES = Path(__file__).resolve().parents[3] / ".pictures"
PAGES = {
    "runs": "/runs",
    "run": f"/runs/{RUNS[4]}",
    "failed": f"/runs/{RUNS[2]}",
    "node": f"/runs/{RUNS[4]}/nodes/StatisticsGen",
    "data": "/data",
    "column": "/data/miles",
    "schema": "/schema",
    "quarantine": "/quarantine",
    "traffic": "/traffic",
    "models": "/models",
    "version": "/models/2",
    "experiments": "/experiments",
    "compare": "/compare?e=taxi_1a2b3c4_1&e=taxi_1a2b3c4_2",
    "lineage": "/lineage/2",
    "artifact": "/artifacts/1",
    "file": f"/files/{DIGEST}",
    "search": "/search?q=2026",
    "session": "/session",
    "error": "/nothing",
}
# The page itself never scrolls sideways: what is wide scrolls inside.
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.mark.parametrize(("width", "dark"), [(360, False), (800, True), (1440, False)])
def test_pages_fit_load_nothing_else_and_are_accessible(site, browser, width, dark):
    found = {}
    with browser.tab(width, dark=dark) as tab:
        for name, path in PAGES.items():
            page = tab.go(f"{site.client.base_url}/p/taxi{path}", FITS)
            errors = [each for each in page.errors if "404" not in each]
            found[name] = (page.found, page.requests, errors, violations(tab))
            tab.picture(PICTURES / f"{name}-{width}.png")
    assert {name: each for name, each in found.items() if each != (True, [], [], [])} == {}


def test_run_moves_while_its_page_is_shown(browser, tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    with hold_lock(builder.config, "run-1"), site_of(builder.config) as site, browser.tab() as tab:
        builder.node("run-1", "ExampleGen", state=RUNNING)
        tab.go(f"{site.client.base_url}/p/taxi/runs/run-1")
        tab.run("window.kept = true; document.querySelector('main a[href$=ExampleGen]').focus()")
        shown = "document.querySelector('[role=status]').textContent"
        assert tab.run(shown) == f"0 of {len(site.source.nodes)} nodes done"
        builder.node("run-1", "StatisticsGen")
        assert wait_until(tab, f"{shown}.startsWith('1 of')")
        assert tab.run("window.kept") is True
        assert tab.run("document.activeElement.getAttribute('href')").endswith("nodes/ExampleGen")


def test_version_is_promoted_by_the_forms_of_the_pages(browser, tmp_path):
    config = fill(tmp_path)
    with open_registry(config) as registry:
        _, text = registry.create_token(TokenBody(name="ann", scopes=("promote",)))
    with site_of(config) as site, browser.tab() as tab:
        tab.go(f"{site.client.base_url}/p/taxi/session")
        tab.submit(f"document.querySelector('[name=token]').value = '{text}'; {_press('Sign in')}")
        assert "As ann, who may promote." in tab.run("document.body.innerText")
        tab.go(f"{site.client.base_url}/p/taxi/models/2")
        tab.submit(f"document.querySelector('[name=why]').value = 'better'; {_press('Point it')}")
        assert violations(tab) == []
        with open_registry(config) as registry:
            assert registry.alias(1, "default").version == 2


def _press(words: str) -> str:
    return f"[...document.querySelectorAll('button')].find(each => each.textContent.startsWith('{words}')).click()"
