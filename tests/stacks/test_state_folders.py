"""A state folder that one stack wrote, read and continued by the other."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.stacks.comparing import differences
from tests.stacks.conftest import NEXT, OLD, Ran, both
from tests.stacks.stack import Stack
from tests.stacks.tables import source_of

pytestmark = [
    pytest.mark.stacks,
    pytest.mark.parametrize("writer", [OLD, NEXT], ids=lambda stack: f"written_by_{stack.tfx}"),
]

READERS = (("runs",), ("show",), ("lineage",), ("fsck", "--verify"))
# The version of the tables of ML Metadata, which each stack refuses if it is a later one than its own.
SCHEMA_VERSION = 10
# Nodes that TFX takes from the cache although the other stack ran them.
CACHED = {"ExampleGen", "StatisticsGen", "SchemaGen", "ExampleValidator", "AnomalyReport", "Transform", "Trainer"}
# Larger than any gain of a model: with it nothing is better than the pushed version.
UNREACHABLE = "evaluation.min_improvement=1000.0"

Reads = dict[str, tuple[dict[str, Any], dict[str, Any]]]


@dataclass(frozen=True)
class Continued:
    """A project that one stack wrote and the other one continued.

    Attributes:
        first: The run of the writer.
        schema_version: That of the metadata store, before the other stack opened it.
        before: What the commands that read print in each stack, before the other stack ran.
        again: The unchanged run of the other stack.
        refused: Its run over fewer rows, with a gate that no model passes.
        after: What the commands that read print in each stack afterwards.
    """

    first: Ran
    schema_version: int
    before: Reads
    again: dict[str, Any]
    refused: dict[str, Any]
    after: Reads


@pytest.fixture(scope="module")
def continuations(projects) -> dict[Stack, Continued]:
    """Continue the project of each stack with the other one; return the two by their writer."""
    old, new = projects.pair("linear")
    given = {OLD: new, NEXT: old}
    return {made.first.stack: made for made in both(lambda stack: continue_with(stack, given[stack]))}


def continue_with(stack: Stack, ran: Ran) -> Continued:
    version, before = schema_version(ran), read(ran)
    again = stack.penstock(ran.folder, "run")
    source = source_of(ran.folder)
    pq.write_table(pq.read_table(source).slice(0, 850), source)
    refused = stack.penstock(ran.folder, "run", "--set", UNREACHABLE)
    return Continued(ran, version, before, again, refused, read(ran))


def read(ran: Ran) -> Reads:
    """Return what each command that only reads prints in both stacks."""
    return {words[0]: tuple(stack.penstock(ran.folder, *words) for stack in (OLD, NEXT)) for words in READERS}


def schema_version(ran: Ran) -> int:
    with closing(sqlite3.connect(ran.folder / "state" / "metadata.sqlite")) as store:
        ((version,),) = store.execute("SELECT schema_version FROM MLMDEnv").fetchall()
    return int(version)


@pytest.fixture
def continued(continuations, writer) -> Continued:
    """Return the project that a stack wrote and the other one continued."""
    return continuations[writer]


def test_metadata_store_has_the_schema_that_both_stacks_know(continued):
    assert continued.schema_version == schema_version(continued.first) == SCHEMA_VERSION


@pytest.mark.parametrize("command", [words[0] for words in READERS])
def test_both_stacks_read_the_same_from_what_one_wrote(continued, command):
    one, other = continued.before[command]
    assert one["exit"] == other["exit"] == 0
    assert differences(one, other) == []
    assert continued.first.run["run_id"] in str(one) or one["state"] == "clean"


def test_unchanged_run_of_the_other_stack_compares_with_the_pushed_version_and_pushes(continued):
    first, again = continued.first.run, continued.again
    assert again["state"] == "pushed"
    assert not again["repairs"]
    # The model is that of the first stack, evaluated by the other one together with the baseline, which is the same.
    states = {node["id"]: node["state"] for node in again["nodes"]}
    assert {name for name, state in states.items() if state == "cached"} >= CACHED
    assert states["Evaluator"] == "ran"
    baselines = {name: values["baseline"] for name, values in again["baselines"].items()}
    assert baselines
    assert differences(baselines, first["metrics"]) == []
    assert differences(again["metrics"], first["metrics"]) == []


def test_changed_rows_are_read_and_trained_by_the_other_stack_and_its_gate_refuses(continued):
    found = continued.refused
    assert (found["exit"], found["state"], found["pushed"]) == (3, "refused", None)
    states = {node["id"]: node["state"] for node in found["nodes"]}
    assert {states[name] for name in ("ExampleGen", "Transform", "Trainer", "Evaluator")} == {"ran"}
    assert sum(found["rows"].values()) == 850
    # The baseline is the version of the first stack: on other rows, near what it reached on its own.
    baseline, before = found["baselines"]["rmse"]["baseline"], continued.first.run["metrics"]["rmse"]
    assert baseline == pytest.approx(before, rel=0.3)
    failed = [threshold["kind"] for threshold in found["thresholds"] if not threshold["passed"]]
    assert failed == ["min_improvement"]


def test_drift_is_measured_from_the_version_of_the_other_stack(continued):
    drift = continued.refused["drift"]
    assert drift["compared"]
    assert drift["version"] is not None
    assert any(column["distance"] for column in drift["columns"])


@pytest.mark.parametrize("command", [words[0] for words in READERS])
def test_both_stacks_read_the_same_from_what_both_wrote(continued, command):
    one, other = continued.after[command]
    assert one["exit"] == other["exit"] == 0
    assert differences(one, other) == []
    if command == "runs":
        assert [run["state"] for run in one["runs"]] == ["refused", "pushed", "pushed"]
