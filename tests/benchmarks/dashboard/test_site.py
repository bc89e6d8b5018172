import os

import pytest

from benchmarks.dashboard.site import cpu_seconds, started
from penstock.core.errors import NodeError


@pytest.mark.slow
def test_dashboard_that_does_not_start_is_an_error_with_what_it_said(tmp_path):
    with pytest.raises(NodeError, match=r"no configuration .*pipeline.toml"), started(tmp_path):
        pass


def test_processor_time_grows_with_work():
    before = cpu_seconds(os.getpid())
    while cpu_seconds(os.getpid()) < before + 0.02:
        sum(range(10_000))
    assert cpu_seconds(os.getpid()) < before + 10
