"""A dashboard over a pipeline of which each state of a run is recorded, with hostile texts, and its registry."""

import csv
import re
import sys
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import numpy as np
from tensorflow_metadata.proto.v0 import schema_pb2

from penstock.core import artifact_types
from penstock.dashboard.app import create_app
from penstock.dashboard.sources import Shown, Sources
from penstock.registry.acceptance import AcceptedChange, SchemaAcceptance
from penstock.registry.opening import open_registry
from pipeline.cli.dashboard import nodes_of_each_time, nodes_with_upstream
from tests.metadata_store import CACHED, FAILED, RUNNING, StoreBuilder, configuration
from tests.penstock.reports.conftest import EVIL, WRITERS
from tests.penstock.serving.requests.logs import answer, write_log
from tests.pipeline.cli.registries import experiment_body, version_body
from tests.registry_server import serving

RUNS = [f"20260101-00000{number}" for number in range(1, 6)]
DIGEST = "f" * 64
# Nobody listens there: the port is reserved.
NOBODY = "http://127.0.0.1:1/metrics"
# Prints the hostile texts as the commands do, and the words that it got.
PRINTS = f"""
import json, os, sys
evil = {EVIL!r}
difference = dict(column=evil, allowed=evil, found=evil, change=evil, kinds=[])
text = dict(different=7, different_in_training=5, length=12.5, length_in_training=9.0)
column = dict(text=text, column=evil, measure=evil, distance=0.5, threshold=0.1, missing=0.1, missing_in_training=0.0,
              new_values=[evil], reason=evil, passed=False)
version = dict(version=1, rows=200, compared_rows=200, reason=evil, columns=[column])
print(evil, sys.argv[1:], file=sys.stderr)
print("owner of token", os.environ.get("PENSTOCK_REGISTRY__TOKEN", "")[-6:], file=sys.stderr)
print(json.dumps(dict(digest="0123456789abcdef", source=evil, schema=evil, differences=[difference],
                      accepted=[difference], left=[evil], versions=[version],
                      recorded=dict(by=evil, problem=""))))
"""
# What the pages start in place of a run.
COMMANDS = {
    "run": [sys.executable, "-c", "print('it\\x1b[1m ran <b>')"],
    "resume": [sys.executable, "-c", "import time; print('goes on', flush=True); time.sleep(600)"],
    **{verb: [sys.executable, "-c", PRINTS] for verb in ("schema diff", "schema accept", "drift")},
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
    sources = Sources.of([Shown(config, nodes_with_upstream(config), COMMANDS, nodes_of_each_time(config))])
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
    settings = ("data.quarantine=quarantine", "schema.file=schema.pbtxt", f"dashboard.metrics={NOBODY}")
    builder = StoreBuilder(configuration(folder, *settings))
    _with_quarantine(builder.config)
    _with_log(folder)
    first = builder.whole_run(RUNS[0], version=1)
    _write_schema(builder, first["schema"], EVIL)
    _with_documents(builder, RUNS[0], first["statistics"])
    builder.whole_run(RUNS[1], version=None)
    builder.node(RUNS[2], "ExampleGen", state=CACHED)
    builder.node(RUNS[2], "ExampleValidator", state=FAILED)
    builder.node(RUNS[3], "ExampleGen", state=CACHED)
    builder.node(RUNS[3], "StatisticsGen", state=RUNNING)
    last = builder.whole_run(RUNS[4], version=2)
    _write_schema(builder, last["schema"], "card", EVIL + "2")
    _with_documents(builder, RUNS[4], last["statistics"])
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


def _with_quarantine(config):
    """Write rows that no run left out, one in another file than the quarantine has."""
    folder = config.path("quarantine")
    folder.mkdir()
    with (folder / "dddddddddddddddd.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["file", "line", "text", "reason"], [EVIL, "7", f"{EVIL},x", f"{EVIL} reason"]])
    (folder / "broken.csv").write_text(EVIL)


def _with_log(folder):
    """Write a log of requests with hostile outputs, and a damaged file."""
    outputs = {"probability": np.array([0.1, 0.9]), f"{EVIL}o": np.array([EVIL.encode(), b"card"], object)}
    write_log(folder / "requests", replace(answer(model="taxi"), outputs=outputs))
    (folder / "requests" / "20990101-damaged.parquet").write_bytes(b"PAR1")


def _write_schema(builder, artifact, *values):
    """Write the schema of a run, also as the configured one."""
    message = schema_pb2.Schema()
    message.feature.add(name="miles", type=schema_pb2.FLOAT)
    message.feature.add(name=EVIL, type=schema_pb2.BYTES, domain=EVIL)
    message.string_domain.add(name=EVIL, value=values)
    [made] = builder.store.get_artifacts_by_id([artifact])
    Path(made.uri).mkdir(parents=True)
    for file in (Path(made.uri, "schema.pbtxt"), builder.config.path("schema.pbtxt")):
        file.write_text(str(message))


def _record(config):
    with open_registry(config, actor=EVIL[:40]) as registry:
        model = registry.create_model(registry.create_project("taxi").id, "taxi", description=EVIL)
        changes = (AcceptedChange(column=EVIL, change=EVIL), AcceptedChange(column="miles", change="may hold anything"))
        registry.accept_schema(model.id, SchemaAcceptance(file=EVIL, digest=DIGEST, changes=changes, user=EVIL))
        for number, run in ((1, RUNS[0]), (3, RUNS[1]), (2, RUNS[4])):
            body = experiment_body(model.id, number).model_copy(update={"run": run, "description": EVIL})
            experiment = registry.record_experiment(body)
            if number != 3:
                version = version_body(model.id, number, experiment.id)
                registry.record_version(version.model_copy(update={"description": EVIL, "tags": {"owner": EVIL}}))
