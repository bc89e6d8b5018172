"""The dashboard in Chromium over what real runs and a real server left: each page, each link, each action.

The state has three pushed versions, a refusal, a failure at AnomalyGate, rows in the quarantine, a log of requests with
a challenger, and at its end a run in progress, which a form starts.
"""

import json
import re
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from filelock import FileLock

from benchmarks.dashboard.site import started
from penstock.config.loading import load
from penstock.registry.documents import TokenBody
from penstock.registry.opening import open_registry
from tests import prediction_server
from tests.chromium import chromium, text_of, violations, wait_until
from tests.dashboard_site import Read

pytestmark = pytest.mark.e2e

PICTURES = Path(__file__).resolve().parents[2] / ".pictures" / "real"
FITS = "document.documentElement.scrollWidth <= window.innerWidth"
# Dark pages have other colours and nothing else (tests/penstock/dashboard/test_app.py): each width in one of them.
LOOKS = [(360, False), (800, False), (1440, True)]
# Both colours are checked; what is narrow is the harder one to use.
CHECKED = [(360, False), (1440, True)]


class State:
    """The dashboard of a project with runs."""

    def __init__(self, project, url, process, token):
        self.project, self.url, self.process, self.token = project, url, process, token

    def address(self, path):
        return f"{self.url}/p/small-taxi{path}"


@pytest.fixture(scope="module")
def state(first_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard")
    project = first_run.copied(folder / "project")
    assert project.run("run", "--set", "model.epochs=9")["state"] == "pushed"
    assert project.run("run", "--from", "Trainer", "--set", "model.epochs=7")["state"] == "pushed"
    assert project.run("run", "--from", "Evaluator", "--set", "evaluation.min=0.999")["exit"] == 3
    fail(project)
    with serving(project, folder), open_registry(load(project.folder / "pipeline.toml")) as registry:
        _, token = registry.create_token(TokenBody(name="ann", scopes=("write", "promote")))
        with started(project.folder) as (process, url):
            opened = State(project, url, process, token)
            yield opened
            end_run_of(process)


def fail(project):
    """Fail a run: a value that the schema does not allow, and a malformed row that goes into the quarantine."""
    assert project.penstock("schema", "show", "--write", "schema.pbtxt").returncode == 0
    schema = project.folder / "schema.pbtxt"
    text = schema.read_text()
    assert text.count('value: "Cash"') == 1
    schema.write_text(re.sub(r'\n *value: "Cash"', "", text))
    file = project.folder / "pipeline.toml"
    settings = '[data]\nquarantine = "quarantine"\n'
    file.write_text(file.read_text().replace("[data]\n", settings, 1) + '[schema]\nfile = "schema.pbtxt"\n')
    with (project.folder / "trips.csv").open("a") as rows:
        rows.write("<script>alert(1)</script>,too,short\n")
    found = project.run("run")
    assert (found["exit"], found["state"]) == (1, "failed"), found


class serving:  # noqa: N801
    """A server with a challenger that logs the requests of `penstock verify`; the configuration names it."""

    def __init__(self, project, folder):
        self.project, self.folder = project, folder

    def __enter__(self):
        options = ["--config", str(self.project.folder / "pipeline.toml"), "--versions", "1", "--challenger", "2"]
        options += ["--challenger-share", "1", "--sample", "1", "--sample-seconds", "1"]
        options += ["--sample-to", str(self.project.folder / "requests")]
        self.server = prediction_server.started(self.folder, *options, forked=True)
        server = self.server.__enter__()
        server.wait_until_ready()
        address = f"{server.url}/v1/models/small-taxi"
        done = self.project.penstock("verify", "1", "--url", address)
        assert done.returncode == 0, done.stderr
        file = self.project.folder / "pipeline.toml"
        file.write_text(f'{file.read_text()}[dashboard]\nmetrics = "{server.url}/monitoring/prometheus/metrics"\n')
        while not any((self.project.folder / "requests").rglob("[!.]*.parquet")):
            time.sleep(0.1)

    def __exit__(self, *error):
        self.server.__exit__(*error)


def end_run_of(process):
    """End the run that a page started: it would go on."""
    for child in psutil.Process(process.pid).children(recursive=True):
        child.kill()


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def kind_of(address):
    path = urlsplit(address).path
    path = re.sub(r"/(runs)/\d[^/]*", r"/\1/RUN", path)
    path = re.sub(r"/(lineage|models|artifacts)/\d+", r"/\1/N", path)
    path = re.sub(r"/nodes/\w+", "/nodes/NODE", path)
    path = re.sub(r"/(experiments|files|data)/.+", r"/\1/ONE", path)
    return path.removeprefix("/p/small-taxi/").replace("/", "-")


@pytest.fixture(scope="module")
def found(state):
    """The code of the answer at each address that links lead to, from the first page on."""
    answers, waiting = {}, ["/p/small-taxi/runs", "/p/small-taxi/search?q=fare", "/nothing"]
    with httpx.Client(base_url=state.url, trust_env=False, timeout=60) as client:
        while waiting:
            address = waiting.pop(0)
            answer = client.get(address)
            answers[address] = answer.status_code
            if answer.status_code == 200:
                links = [link for link in Read(answer.text).links if not link.startswith("#")]
                assert all(link.startswith("/") for link in links), address
                waiting += [link for link in dict.fromkeys(links) if link not in answers and link not in waiting]
    return answers


@pytest.fixture(scope="module")
def kinds(state, found):
    """The address of one page of each kind."""
    first = {}
    for address in found:
        first.setdefault(kind_of(address), address)
    # Its sandbox runs no script, not even ours: tests/penstock/reports/run/test_page_chromium.py looks at reports.
    del first["runs-RUN-report"]
    first["failed"] = next(address for address in found if is_failed(state, address))
    return first


def test_each_link_leads_to_a_page_of_this_dashboard(found, kinds):
    broken = {address: code for address, code in found.items() if code not in (200, 307)}
    assert broken == {"/nothing": 404}
    names = {"runs", "runs-RUN", "runs-RUN-nodes-NODE", "data", "data-ONE", "schema", "quarantine", "models"}
    names |= {"experiments", "experiments-ONE", "lineage", "lineage-N", "artifacts-N", "files-ONE", "traffic", "search"}
    assert set(kinds) >= {*names, "models-N", "session"}
    assert Counter(kind_of(address) for address in found)["lineage-N"] == 3


def is_failed(state, address):
    return kind_of(address) == "runs-RUN" and "failed at AnomalyGate" in httpx.get(state.url + address, timeout=60).text


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_pages_load_nothing_else_and_have_no_error(state, kinds, browser, width, dark):
    seen = {}
    with browser.tab(width, dark=dark) as tab:
        for name, path in kinds.items():
            page = tab.go(state.url + path, FITS)
            errors = [each for each in page.errors if "404" not in each]
            faults = violations(tab) if (width, dark) in CHECKED else []
            seen[name] = (page.found, page.requests, errors, faults)
            tab.picture(PICTURES / f"{name or 'start'}-{width}-{'dark' if dark else 'light'}.png")
    assert {name: each for name, each in seen.items() if each != (True, [], [], [])} == {}


def test_pictures_for_the_documentation_are_small(state, browser):
    runs = Read(httpx.get(state.address("/runs?q=version+3"), trust_env=False, timeout=60).text)
    run = next(link for link in runs.links if re.fullmatch(r"/p/small-taxi/runs/\d[^/]*", link))
    with browser.tab(1100) as tab:
        for name, path, height in (("run", run, 760), ("traffic", "/p/small-taxi/traffic", 880)):
            tab.go(state.url + path)
            tab.picture(PICTURES.parent / "documentation" / f"dashboard-{name}.png", height)
            assert (PICTURES.parent / "documentation" / f"dashboard-{name}.png").stat().st_size < 150_000


def test_pages_say_what_the_runs_and_the_server_did(state, kinds):
    def page(path):
        return Read(httpx.get(state.address(path), trust_env=False, timeout=60).text)

    for _ in range(60):  # the page asks the server within a second, which may be busy
        traffic = page("/traffic").text
        if "Champion and challenger" in traffic:
            break
    assert "Champion and challenger" in traffic
    assert re.search(r"OK REST predict [\d,]+ \d", traffic), traffic
    assert "probability: mean" in traffic
    assert "the label in training data" in traffic
    quarantine = page("/quarantine").text
    assert "1 malformed row, left out by run" in quarantine
    assert "<script>alert(1)</script>,too,short" in quarantine
    assert "3 values where the header has" in quarantine
    run = page(kinds["failed"].removeprefix("/p/small-taxi"))
    assert "new Examples since run" in run.text
    schema = page("/schema").text
    assert "payment_type: changed, no longer Cash" in schema


@pytest.fixture
def tab(state, browser):
    """A tab that is signed in."""
    with browser.tab(1280) as opened:
        opened.go(state.address("/session"))
        # The tabs of a browser share the session.
        if opened.run("document.querySelector('[name=token]') !== null"):
            opened.submit(f"document.querySelector('[name=token]').value = '{state.token}'; {press('Sign in')}")
        yield opened


def test_change_of_the_schema_is_accepted(state, tab):
    tab.go(state.address("/schema"))
    tab.submit(press("Compare the rows"))
    wait_for(tab, "Accept payment_type")
    assert "Cash" in text_of(tab)
    assert violations(tab) == []
    tab.picture(PICTURES / "schema-differences.png")
    tab.submit(press("Accept payment_type"))
    wait_for(tab, "accepted payment_type: may hold also Cash")
    for words in ("The registry records that ann accepted it.", "Who accepted changes", "ann, as user"):
        assert words in text_of(tab)
    assert 'value: "Cash"' in (state.project.folder / "schema.pbtxt").read_text()


def test_log_is_compared_with_the_training_data(state, tab):
    tab.go(state.address("/traffic"))
    tab.submit(press("Compare the columns"))
    wait_for(tab, "rows compared")
    assert "payment_type" in text_of(tab)
    assert violations(tab) == []
    tab.picture(PICTURES / "traffic-columns.png")


def test_version_is_promoted_and_rolled_back(state, tab):
    config = load(state.project.folder / "pipeline.toml")
    tab.go(state.address("/models/3"))
    tab.submit(f"document.querySelector('[name=why]').value = 'better'; {press('Point it')}")
    with open_registry(config) as registry:
        assert registry.alias(1, "default").version == 3
    tab.submit(f"document.querySelector('form.action [name=why]').value = 'worse'; {press('Roll back default')}")
    with open_registry(config) as registry:
        assert registry.alias(1, "default").version != 3
    tab.go(state.address("/session"))
    tab.submit(press("Sign out"))
    tab.go(state.address("/models/3"))
    assert tab.run("document.querySelectorAll('form[method=post]').length") == 0


def test_run_is_started_and_watched(state, tab):
    with FileLock(state.project.folder / "models" / ".lock"):  # the push waits here, so that the run goes on
        tab.go(state.address("/runs"))
        tab.submit(press("Run again"))
        # The list moves by itself.
        tab.go(wait_until(tab, "document.querySelector('main tbody tr:has(.state.running) a')?.href"))
        wait_for(tab, "running for")
        assert tab.run("document.querySelector('[data-live]') !== null")
        assert violations(tab) == []
        tab.picture(PICTURES / "run-in-progress.png")


def wait_for(tab, words):
    """Wait until a text is on the page."""
    wait_until(tab, f"document.body?.innerText.includes({json.dumps(words)})")


def press(words):
    return f"[...document.querySelectorAll('button')].find(each => each.textContent.startsWith('{words}')).click()"
