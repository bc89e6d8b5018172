"""A dashboard over a pipeline of which each state of a run is recorded, with hostile texts, and its registry."""

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import httpx

from penstock.core import artifact_types
from penstock.dashboard.app import create_app
from penstock.dashboard.sources import Shown, Sources
from penstock.registry.opening import open_registry
from pipeline.cli.dashboard import nodes_with_upstream
from tests.metadata_store import CACHED, FAILED, RUNNING, StoreBuilder, configuration
from tests.penstock.reports.conftest import EVIL, WRITERS
from tests.pipeline.cli.registries import experiment_body, version_body
from tests.registry_server import serving

RUNS = [f"20260101-00000{number}" for number in range(1, 6)]
DIGEST = "f" * 64
# What the pages start in place of a run.
COMMANDS = {
    "run": [sys.executable, "-c", "print('it\\x1b[1m ran <b>')"],
    "resume": [sys.executable, "-c", "import time; print('goes on', flush=True); time.sleep(600)"],
}


class Site:
    """The pages of a dashboard.

    Attributes:
        config: The configuration of its pipeline.
        source: Its pipeline.
        client: Asks for its pages.
    """

    def __init__(self, config, source, client):
        self.config, self.source, self.client = config, source, client

    def get(self, path, status=200, **options):
        """Return the answer to a request, which has the expected status."""
        answer: httpx.Response = self.client.get(path, **options)
        assert answer.status_code == status, answer.text[:2000]
        return answer

    def page(self, path, status=200):
        """Return a page of the pipeline, read."""
        return Read(self.get(f"/p/taxi{path}", status).text)


@contextmanager
def site_of(config):
    """Yield the dashboard of a pipeline, on a real server."""
    sources = Sources.of([Shown(config, nodes_with_upstream(config), COMMANDS)])
    with serving(create_app(sources)) as client:
        yield Site(config, sources.find(config.name), client)


class Read(HTMLParser):
    """A page: its text, its headings, the addresses of its links, its elements by name."""

    def __init__(self, markup):
        super().__init__()
        self.links, self.elements, self.markup = [], set(), markup
        self._texts = []
        self.feed(markup)
        self.text = " ".join(" ".join(self._texts).split())
        self.tables = re.findall(r"<table.*?</table>", markup, re.DOTALL)

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.links += [value for name, value in attributes if tag == "a" and name == "href"]

    def handle_data(self, data):
        self._texts.append(data)


def fill(folder):
    """Record a pushed, a refused, a failed, a killed and a second pushed run, and what the registry has of them.

    Return the configuration.
    """
    builder = StoreBuilder(configuration(folder))
    _with_documents(builder, RUNS[0], builder.whole_run(RUNS[0], version=1)["statistics"])
    builder.whole_run(RUNS[1], version=None)
    builder.node(RUNS[2], "ExampleGen", state=CACHED)
    builder.node(RUNS[2], "ExampleValidator", state=FAILED)
    builder.node(RUNS[3], "ExampleGen", state=CACHED)
    builder.node(RUNS[3], "StatisticsGen", state=RUNNING)
    _with_documents(builder, RUNS[4], builder.whole_run(RUNS[4], version=2)["statistics"])
    _record(builder.config)
    return builder.config


def _with_documents(builder, run, statistics):
    """Add artifacts with hostile texts, of the kinds that `whole_run` leaves out or empty."""
    made = {"ExampleStatistics": statistics}
    for node, kind in (("DriftReport", artifact_types.DRIFT_REPORT), ("AnomalyReport", artifact_types.ANOMALY_REPORT)):
        made[kind] = builder.node(run, node, outputs={"made": (kind, {})})["made"]
    for kind, id in made.items():
        [artifact] = builder.store.get_artifacts_by_id([id])
        Path(artifact.uri).mkdir(parents=True)
        WRITERS[kind](Path(artifact.uri), EVIL)


def _record(config):
    with open_registry(config, actor=EVIL[:40]) as registry:
        model = registry.create_model(registry.create_project("taxi").id, "taxi", description=EVIL)
        for number, run in ((1, RUNS[0]), (3, RUNS[1]), (2, RUNS[4])):
            body = experiment_body(model.id, number).model_copy(update={"run": run, "description": EVIL})
            experiment = registry.record_experiment(body)
            if number != 3:
                version = version_body(model.id, number, experiment.id)
                registry.record_version(version.model_copy(update={"description": EVIL, "tags": {"owner": EVIL}}))


@contextmanager
def started(folder, *options):
    """Start `penstock dashboard` as a process, and yield it with its URL."""
    command = [sys.executable, "-m", "pipeline.cli.main", "dashboard", "--port", "0", *options]
    with (folder / "out").open("w") as out:
        process = subprocess.Popen([*command, "--config", str(folder / "pipeline.toml")], stdout=out, stderr=out)
    try:
        while not (found := re.match(r"The dashboard is at (http://\S+)\.\n", (folder / "out").read_text())):
            assert process.poll() is None, (folder / "out").read_text()
            time.sleep(0.05)
        yield process, found[1]
    finally:
        process.terminate()
        process.wait(600)
