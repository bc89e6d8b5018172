"""Chromium for the tests: Debian's package, installed if needed, and what axe-core finds in a page."""

import shutil
import time
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from benchmarks import chromium as driver
from tests.servers import installed

AXE = Path(str(files("axe_core_python"))) / "axe.min.js"


@contextmanager
def chromium():
    """Start Chromium; it ends with the block."""
    with driver.chromium(installed("chromium", lambda: shutil.which("chromium"))) as browser:
        yield browser


def violations(tab):
    """Return what axe-core finds that is serious or critical for people who cannot see or use a mouse."""
    tab.run(AXE.read_text() + ";null")
    script = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
    found = tab.run(script)
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0].get('failureSummary', '')}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def text_of(tab):
    """Return the text that is shown; empty while a page is loaded."""
    return tab.run("document.body?.innerText") or ""


def wait_until(tab, script):
    """Return what a script finds, once it finds something; the page may move or load itself again.

    The time of waiting has an end, so that a test that fails says what was on the page.
    """
    for _ in range(3000):
        if found := tab.run(script):
            return found
        time.sleep(0.2)
    raise AssertionError(f"{script}\n{text_of(tab)}")
