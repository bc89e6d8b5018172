"""The dashboard as a process."""

import httpx
import pytest

from benchmarks.dashboard.site import started
from tests.dashboard_site import fill


@pytest.mark.slow
def test_process_answers_and_ends_with_a_signal(tmp_path):
    fill(tmp_path)
    with started(tmp_path) as (process, url):
        assert httpx.get(f"{url}/p/taxi/runs", trust_env=False).status_code == 200
        with httpx.stream("GET", f"{url}/p/taxi/runs/live", trust_env=False, timeout=60) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert next(answer.iter_lines()) == "event: part"
            process.terminate()
            assert process.wait(60) == 0
