"""What is said of an interrupted run, by how far it came."""

import pytest

from pipeline.plan import RunOptions
from pipeline.stopped import stopped
from tests.pipeline.metadata_store import FAILED, StoreBuilder, configuration

RUN = RunOptions("20260101-000000")


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([], "before its first node; nothing of it was kept, start it again."),
        ([("ExampleGen", FAILED)], "during ExampleGen; `penstock resume` goes on from there."),
        ([("ExampleGen", 3), ("StatisticsGen", FAILED)], "during StatisticsGen; `penstock resume` goes on from there."),
        ([("ExampleGen", 3)], "after ExampleGen; `penstock resume` goes on from there."),
    ],
)
def test_interrupted_run_is_told_with_its_node_and_how_to_go_on(tmp_path, nodes, said):
    config = configuration(tmp_path)
    builder = StoreBuilder(config)
    for name, state in nodes:
        builder.node(RUN.run_id, name, state=state)
    error = stopped(config, RUN)
    assert str(error) == f"run {RUN.run_id} was interrupted: received SIGINT {said}"
    assert error.exit_code == 130


def test_run_that_came_to_its_end_is_shown_and_not_resumed(tmp_path):
    config = configuration(tmp_path)
    pushed = {"pushed_model": ("PushedModel", {"pushed": 1, "pushed_version": "1", "pushed_destination": "models/1"})}
    StoreBuilder(config).node(RUN.run_id, "Pusher", outputs=pushed)
    assert "`penstock show 20260101-000000` shows what came out" in str(stopped(config, RUN))
