"""The application: each page and each link, errors, files, headers."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from penstock.dashboard import app
from penstock.dashboard.app import create_app
from penstock.dashboard.sources import Shown, Sources
from tests.dashboard_site import DIGEST, RUNS, Read, fill, site_of
from tests.metadata_store import StoreBuilder, configuration
from tests.penstock.reports.conftest import EVIL
from tests.registry_server import serving


def pages(site):
    """Return each page that can be reached by links from the first one, by its address."""
    found, waiting = {}, ["/p/taxi/runs", f"/p/taxi/files/{DIGEST}", "/p/taxi/search?q=2026"]
    while waiting:
        address = waiting.pop()
        answer = site.client.get(address)
        found[address] = answer
        if answer.status_code < 300 and "html" in answer.headers["content-type"]:
            inside = [link for link in Read(answer.text).links if not link.startswith("#")]
            assert all(link.startswith("/") for link in inside), (address, inside)
            waiting += [link for link in dict.fromkeys(inside) if link not in found and link not in waiting]
    return found


@pytest.fixture(scope="module")
def found(site):
    return pages(site)


@pytest.mark.slow
def test_each_link_leads_to_a_page(found):
    broken = {address: answer.status_code for address, answer in found.items() if answer.status_code not in (200, 307)}
    assert broken == {}
    kinds = {re.sub(r"\d+", "N", urlsplit(address).path.split("/")[3]) for address in found if address != "/"}
    assert kinds >= {
        "runs",
        "data",
        "schema",
        "quarantine",
        "traffic",
        "models",
        "experiments",
        "lineage",
        "artifacts",
        "files",
        "search",
    }


def test_dark_pages_have_other_colours_and_nothing_else():
    """So tests of the layout need not look at each width in both."""
    style = (Path(app.__file__).parent / "static" / "dashboard.css").read_text()
    [dark] = re.findall(r"prefers-color-scheme: dark\) \{\s*:root \{([^}]*)\}\s*\}", style)
    rules = [rule.strip() for rule in dark.split(";") if rule.strip()]
    assert len(rules) > 10
    assert [rule for rule in rules if not re.fullmatch(r"--[a-z-]+: #[0-9a-f]{6}", rule)] == []
    assert style.count("prefers-color-scheme") == 1


@pytest.mark.slow
def test_hostile_texts_are_escaped_on_each_page(found):
    assert sum("evil.example" in answer.text for answer in found.values()) > 5
    for address, answer in found.items():
        elements = re.findall(r"<script[^>]*>", answer.text)
        assert EVIL not in answer.text, address
        assert all('src="/static/live.js?v=' in each for each in elements), (address, elements)
        assert "javascript:" not in answer.text


@pytest.mark.slow
def test_each_page_has_a_language_a_title_one_heading_and_a_place_to_skip_to(found):
    for address, answer in found.items():
        if answer.status_code == 200:
            assert '<html lang="en">' in answer.text
            assert re.search(r"<title>[^<]+ Penstock</title>", answer.text), address
            assert len(re.findall(r"<h1[ >]", answer.text)) == 1, address
            assert 'href="#main"' in answer.text
            identifiers = re.findall(r'\bid="([^"]+)"', answer.text)
            assert len(identifiers) == len(set(identifiers)), address


def test_answers_limit_what_a_page_may_do(site):
    for path in ("/p/taxi/runs", "/nothing", "/static/live.js", "/health"):
        headers = site.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_page_is_stored_by_no_cache_and_a_file_by_all(site):
    page = site.get("/p/taxi/runs")
    assert page.headers["cache-control"] == "no-store"
    [style] = re.findall(r'href="(/static/dashboard.css\?v=[0-9a-f]{12})"', page.text)
    assert "immutable" in site.get(style).headers["cache-control"]
    assert site.get(style).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing", 404, "this address"),
        ("/p/other/runs", 404, "the pipeline 'other' Expected one of taxi"),
        ("/p/taxi/runs/2026", 404, "run 2026"),
        ("/p/taxi/runs/%3Cscript%3E", 404, "run <script>"),
        ("/p/taxi/runs?page=0", 422, "page in the address"),
        ("/p/taxi/runs?page=99999999999999999999", 422, "page in the address"),
        (f"/p/taxi/runs/{RUNS[0]}/nodes/Pushed", 404, "the node 'Pushed'"),
        ("/p/taxi/data/nothing", 404, "the column 'nothing'"),
        ("/p/taxi/models/99", 404, "the version 99 Expected one of 1, 2"),
        ("/p/taxi/models?model=x/y", 404, "the model"),
        ("/p/taxi/experiments?sort=auc", 422, "the order 'auc'"),
        ("/p/taxi/experiments?where=auc", 422, "the condition 'auc'"),
        ("/p/taxi/compare?e=taxi_1a2b3c4_1", 404, "2 to 10 experiments Received 1"),
        ("/p/taxi/lineage/7", 404, "version 7"),
        ("/p/taxi/artifacts/9999", 404, "artifact 9999"),
        ("/p/taxi/artifacts/x", 422, "id in the address"),
        ("/p/taxi/files/xyz", 422, "digest in the address"),
        ("/static/../app.py", 404, "this address"),
        ("/static/app.py", 404, "this address"),
    ],
)
def test_wrong_address_is_a_page_that_says_what_is_wrong(site, path, status, words):
    read = Read(site.get(path, status).text)
    assert words in read.text
    assert "Next step" in read.text


def test_only_what_reads_is_answered(site):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert site.client.request(method, "/p/taxi/runs").status_code == 405


@pytest.mark.slow
def test_first_page_is_that_of_the_only_pipeline_or_lists_them(site):
    assert site.get("/", 307).headers["location"] == "/p/taxi/runs"
    with serving(create_app(Sources.of(Shown(site.config) for _ in range(2)))) as client:
        text = client.get("/").text
    assert "/p/taxi/runs" in text
    assert "/p/taxi-2/runs" in text


@pytest.mark.slow
def test_pipeline_without_a_run_has_all_pages(tmp_path):
    with site_of(configuration(tmp_path)) as empty:
        for name in (
            *("runs", "data", "schema", "quarantine", "traffic"),
            *("models", "experiments", "lineage", "search?q=x"),
        ):
            empty.get(f"/p/taxi/{name}")
    assert not (tmp_path / "state").exists()


@pytest.mark.slow
def test_damaged_store_is_a_page_that_says_so(tmp_path):
    config = StoreBuilder(configuration(tmp_path)).config
    config.metadata_file.write_bytes(b"no database at all, and long enough to look like one" * 40)
    with site_of(config) as damaged:
        assert "an SQLite file that can be read" in damaged.page("/runs", 503).text


@pytest.mark.slow
def test_damaged_documents_leave_the_rest_of_a_page(tmp_path):
    config = fill(tmp_path)
    for file in (tmp_path / "state" / "artifacts").rglob("*.*"):
        if file.is_file():
            file.write_bytes(b"\xff{")
    with site_of(config) as site:
        read = site.page(f"/runs/{RUNS[4]}")
        assert "It cannot be read" in read.text
        assert "Nodes over time" in read.text
        assert "cannot be read" in site.page("/data").text
        assert all(run in site.page("/runs").text for run in RUNS)
