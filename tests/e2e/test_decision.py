"""Runs with costs and a coverage: what is served follows the costs, and other costs train nothing again."""

import csv

import httpx
import numpy as np
import pytest

from penstock.core.documents.decision import Decision
from pipeline.nodes import NODES
from tests.prediction_server import started

pytestmark = pytest.mark.e2e

# A ride without the question costs eight times as much as asking in vain, then an eighth.
MANY, FEW = {"fp": 1, "fn": 8}, {"fp": 8, "fn": 1}
NUMBERS = ("fare", "trip_seconds", "trip_start_hour")
AFTER = NODES[NODES.index("Evaluator") :]


@pytest.fixture(scope="module")
def decided(continued):
    """Yield a project that was run with costs, then with others, and the JSON of both runs."""
    with continued.restored() as project:
        found = [
            project.run("run", "--set", f"decision.costs={{fp={fp}, fn={fn}}}", "--set", "decision.coverage=0.8")
            for fp, fn in (MANY.values(), FEW.values())
        ]
        yield project, found


@pytest.fixture(scope="module")
def rides(rows):
    """The complete rows as a server takes them, and whether each has a tip of more than a fifth."""
    with rows.open() as lines:
        found = [row for row in csv.DictReader(lines) if all(row[name] for name in (*NUMBERS, "payment_type", "tips"))]
    columns = [{**{name: float(row[name]) for name in NUMBERS}, "payment_type": row["payment_type"]} for row in found]
    return columns, np.array([float(row["tips"]) > 0.2 * float(row["fare"]) for row in found])


@pytest.fixture(scope="module")
def answers(decided, rides, tmp_path_factory):
    """The answers of a server of the models of both runs, by output."""
    project, found = decided
    options = ("--model", f"small-taxi={project.folder / 'models'}", "--versions", "all")
    with started(tmp_path_factory.mktemp("server"), *options, forked=True) as server:
        server.wait_until_ready()
        both = []
        for run in found:
            address = f"{server.url}/v1/models/small-taxi/versions/{run['pushed']['version']}:predict"
            answer = httpx.post(address, json={"instances": rides[0]}, timeout=60)
            assert answer.status_code == 200, answer.text
            rows = answer.json()["predictions"]
            both.append({name: np.array([row[name] for row in rows]) for name in rows[0]})
        return both


def test_first_decision_trains_again_and_other_costs_run_the_decision_and_what_follows(decided):
    project, (first, second) = decided
    assert [found["state"] for found in (first, second)] == ["pushed", "pushed"], first["stderr"] + second["stderr"]
    states = project.states(first)
    assert (states["Transform"], states["Trainer"], states["Decision"]) == ("cached", "ran", "ran")
    states = project.states(second)
    assert [states[node] for node in ("ExampleGen", "Transform", "Trainer")] == ["cached"] * 3
    assert {states[node] for node in ("Decision", *AFTER)} == {"ran"}
    assert [found["pushed"]["version"] for found in (first, second)] == [2, 3]


def test_gate_is_that_of_costs_and_of_the_coverage(decided):
    for found in decided[1]:
        promises = [(rule["metric"], rule["passed"]) for rule in found["thresholds"] if rule["kind"] == "promise"]
        assert promises == [("saving", True), ("coverage", True)]


def test_served_decision_has_the_threshold_of_the_costs(decided, answers, rides):
    project, truth = decided[0], rides[1]
    for version, costs, answer in zip((2, 3), (MANY, FEW), answers, strict=True):
        document = Decision.read(project.folder / "models" / str(version))
        assert document.policy.value == costs
        np.testing.assert_allclose(answer["threshold"], document.policy.threshold, rtol=1e-6)
        np.testing.assert_array_equal(answer["decision"], answer["probability"] >= answer["threshold"])

    def cost(answer, costs):
        yes = answer["decision"] == 1
        return costs["fp"] * (yes & ~truth).sum() + costs["fn"] * (~yes & truth).sum()

    many, few = answers
    np.testing.assert_array_equal(many["probability"], few["probability"])
    assert many["threshold"][0] < few["threshold"][0]
    assert many["decision"].sum() > few["decision"].sum() > 0
    assert cost(many, MANY) < cost(few, MANY)
    assert cost(few, FEW) < cost(many, FEW)


def test_served_sets_cover_the_rides(answers, rides):
    for answer in answers:
        assert answer["label_set"].shape == (len(rides[0]), 2)
        covered = answer["label_set"][np.arange(len(rides[0])), rides[1].astype(int)]
        assert 0.75 < covered.mean() < 0.95
