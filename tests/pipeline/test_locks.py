"""The locks of a pipeline; how a run meets them is tested with its execution."""

import threading

import pytest

from pipeline.errors import StoreError
from pipeline.locks import only_run
from tests.pipeline.metadata_store import configuration


def test_a_process_may_hold_its_pipeline_once_more_and_nobody_else_meanwhile(tmp_path):
    config, refused = configuration(tmp_path), []

    def another() -> None:
        with pytest.raises(StoreError, match="expected no other run of it"), only_run(config):
            pass
        refused.append(True)

    with only_run(config):
        with only_run(config):
            pass
        thread = threading.Thread(target=another)
        thread.start()
        thread.join()
    assert refused == [True]
    with only_run(config):
        pass
