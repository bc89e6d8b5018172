import re
import shutil
import subprocess

import pytest

from penstock.registry.http.app import create_app
from penstock.registry.http.page import POLICY, document_page
from tests.registry_server import serving


@pytest.fixture
def place():
    return "sqlite"


def test_page_has_each_path_and_document_and_nothing_from_another_host(registry):
    document = create_app(registry).openapi()
    page = document_page(document)
    for path in document["paths"]:
        assert path in page
    links = set(re.findall('href="#([^"]+)"', page))
    assert links <= set(re.findall('id="([^"]+)"', page))
    assert not re.search(r"(src|href)=.?(https?:)?//|url\(|@import|<script", page)
    assert POLICY.startswith("default-src 'none'")


def test_text_of_the_document_is_no_markup():
    document = {
        "info": {"title": "<b>x", "description": ""},
        "paths": {"/<i>": {"get": {"description": "<u>", "responses": {}}}},
        "components": {"schemas": {}},
    }
    assert not re.search("<[biu]>", document_page(document))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium here")
def test_page_is_shown_by_a_browser_with_its_style(registry, tmp_path):
    with serving(create_app(registry)) as http:
        command = ["chromium", "--headless=new", "--no-sandbox", f"--user-data-dir={tmp_path}", "--dump-dom"]
        url = f"{http.base_url}/docs"
        shown = subprocess.run([*command, url], capture_output=True, text=True, timeout=600, check=True)
    assert "/api/experiments/evaluations/{id}" in shown.stdout
    assert "Content Security Policy" not in shown.stderr
