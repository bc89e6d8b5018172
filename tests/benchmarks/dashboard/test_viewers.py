import os

import pytest

from benchmarks.dashboard import viewers
from penstock.integrity.run_locks import hold_lock
from tests.dashboard_site import site_of
from tests.metadata_store import RUNNING, StoreBuilder, configuration


@pytest.mark.slow
def test_viewers_of_a_run_in_progress_get_events_and_cost_processor_time(tmp_path, monkeypatch):
    monkeypatch.setattr(viewers, "_WARM_SECONDS", 0.2)
    builder = StoreBuilder(configuration(tmp_path))
    builder.node("run-1", "ExampleGen", state=RUNNING)
    with hold_lock(builder.config, "run-1"), site_of(builder.config) as site:
        url = f"{site.client.base_url}/p/taxi/runs/run-1/live"
        found = viewers.share(builder.config, url, os.getpid(), 2, 3.0)
    assert found["viewers"] == 2
    assert 0 < found["share"] < 1
    assert found["events"] > 0
