"""What a summary says of a run: its outcome, its costs, its times."""

import pytest

from penstock.metadata.lineage import Artifact, Node, Run
from penstock.reports.run.facts import Recorded
from penstock.reports.run.summary import costs, moment, nodes, place, previous, state_of
from tests.penstock.reports.run.runs import EXPERIMENT


def run(**properties):
    pushed = Artifact(2, "PushedModel", "pushed_model", "x", properties)
    maker = Node("Trainer", "ran", 1, 100.0, 2.0, (), (Artifact(1, "Model", "model", "x"),))
    return Run("run-1", "taxi", (maker, Node("Pusher", "running", 2, 103.0, 1.0, (1, 9), (pushed,))))


@pytest.mark.parametrize(
    ("experiment", "state"),
    [({"state": "refused"}, "refused"), ({"state": "failed"}, "failed"), ({}, "failed"), ({"state": "odd"}, "failed")],
)
def test_recorded_outcome_counts_before_that_of_the_nodes(experiment, state):
    assert state_of(Recorded(run(), experiment)) == state


def test_node_that_was_running_has_failed_and_starts_after_the_first():
    trainer, pusher = nodes(Recorded(run(), EXPERIMENT))
    assert (pusher.state, pusher.start, pusher.after) == ("failed", 3.0, ("Trainer",))
    assert (trainer.start, trainer.peak_bytes, pusher.peak_bytes) == (0.0, 5_000_000, None)


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [({}, (1, 1)), ({"decision": {"costs": {"fp": 2, "fn": 8}}}, (2, 8)), ({"decision": {"costs": None}}, (1, 1))],
)
def test_costs_are_those_of_the_decision(configuration, expected):
    assert costs(configuration) == expected


def test_place_has_no_key_and_a_version_its_metric():
    assert "key" not in place(Recorded(run(), EXPERIMENT))
    assert place(Recorded(run())) == {}
    assert previous(None, "auc") is None
    assert previous(Recorded(run()), "auc") is None
    found = previous(Recorded(run(pushed=1, pushed_version="3"), EXPERIMENT), "auc")
    assert (found.version, found.value) == (3, 0.95)


def test_time_is_in_utc():
    assert moment(0) == "1970-01-01T00:00:00Z"
