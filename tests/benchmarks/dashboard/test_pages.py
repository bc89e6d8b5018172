"""Where the pages of a project are, and how long they take."""

import os

import pytest

from benchmarks.dashboard.pages import Seconds, complete, first_bytes, lines, paths
from penstock.core.errors import NodeError
from penstock.registry.opening import open_registry
from tests.chromium import chromium
from tests.dashboard_site import site_of
from tests.metadata_store import RUNNING, StoreBuilder, configuration
from tests.pipeline.cli.registries import record


@pytest.fixture
def config(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    for number in (1, 2):
        builder.whole_run(f"run-{number}", version=number)
    builder.node("run-3", "ExampleGen", state=RUNNING)
    with open_registry(builder.config) as registry:
        record(registry, (1, 2))
    return builder.config


def test_summary_of_seconds():
    found = Seconds.of([0.3, 0.1, 0.2] + [0.25] * 17, 4.0, 2.0)
    assert found == Seconds(0.25, 0.3, 0.2, 0.1)
    assert Seconds.of([1.0], 0.5) == Seconds(1.0, 1.0, 0.5)


# Of this project there is no statistics of columns, no report, and one part of the list of runs.
MISSING = {"column of numbers", "column of categories", "report"}


@pytest.mark.slow
def test_every_page_of_a_project_answers(config):
    with site_of(config) as site:
        named = paths(config)
        assert named["run in progress"] == "/p/taxi/runs/run-3"
        assert named["run"] == "/p/taxi/runs/run-2"
        for name, path in named.items():
            site.get(path, 404 if name in MISSING else 200)


@pytest.mark.slow
def test_pages_are_measured_by_requests_and_in_a_browser(config):
    named = {"runs": "/p/taxi/runs", "session": "/p/taxi/session"}
    with site_of(config) as site, chromium() as browser:
        url = str(site.client.base_url)
        first = first_bytes(url, os.getpid(), named, 2)
        whole = complete(url, os.getpid(), named, 2, browser)
        with pytest.raises(NodeError, match="expected status 200, received 404"):
            first_bytes(url, os.getpid(), {"nothing": "/p/taxi/nothing"}, 1)
    for line in lines(first, whole):
        assert 0 < line["first_byte"]["median"] < line["complete"]["p95"] < 60
        assert line["complete"]["browser"] > 0
    assert lines(first, {})[0]["complete"] is None
