"""The documentation as a site: it builds without warnings, has every page, and loads nothing from another server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parent.parent
SETTINGS = yaml.safe_load((PROJECT / "mkdocs.yml").read_text())
# What a browser loads without a click.
LOADED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*?\bsrc=[\"']?(\S+?)[\"' >]|<link\b[^>]*?\bhref=[\"']?(\S+?)[\"' >]"
)

pytestmark = pytest.mark.slow


def pages(entries) -> list[str]:
    """Return the files of the navigation, in its order."""
    found = []
    for entry in entries:
        value = next(iter(entry.values())) if isinstance(entry, dict) else entry
        found += [value] if isinstance(value, str) else pages(value)
    return found


def build(folder: Path, configuration: Path = PROJECT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(configuration), "-d", str(folder)]
    return subprocess.run(command, cwd=PROJECT, env={"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = build(folder)
    assert result.returncode == 0, result.stderr
    return folder


def test_navigation_has_every_page_once():
    files = sorted(str(file.relative_to(PROJECT / "docs")) for file in (PROJECT / "docs").rglob("*.md"))
    assert sorted(pages(SETTINGS["nav"])) == files


def test_site_has_every_page_and_a_search_index(site):
    missing = [page for page in pages(SETTINGS["nav"]) if not (site / page).with_suffix(".html").is_file()]
    assert missing == []
    assert "slices_not_worse" in (site / "search" / "search_index.json").read_text()


def test_page_loads_nothing_from_another_server(site):
    loaded = {
        link
        for file in site.rglob("*.html")
        for found in LOADED.findall(file.read_text())
        for link in found
        if re.match(r"(https?:)?//", link)
    }
    assert loaded == set()
    assert [file.name for file in site.rglob("*.css") if re.search(r"url\([\"']?https?:", file.read_text())] == []


def test_broken_link_fails_the_build(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# One\n\n[nowhere](missing.md) [nor here](#missing)\n")
    (docs / "style.css").touch()
    settings = (PROJECT / "mkdocs.yml").read_text()
    (tmp_path / "mkdocs.yml").write_text(re.sub(r"\nnav:\n.*", "\n", settings, flags=re.DOTALL))
    result = build(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert result.returncode == 1
    assert "missing.md" in result.stderr
