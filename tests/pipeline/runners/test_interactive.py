"""The nodes one by one, outside of a notebook; the notebook itself is run by tests/notebooks."""

import gc
import json
import sqlite3
import tempfile
from pathlib import Path

import pytest

from penstock.config.loading import load
from penstock.core.errors import ConfigError, GateError
from penstock.integrity.artifacts import damaged_artifacts
from pipeline.nodes import NODES
from pipeline.runners.interactive import LOG_FILE, InteractiveRun

pytestmark = pytest.mark.slow

CONFIGURATION = """
name = "taxi"
data = { source = "trips.csv", label = "tip" }
features = { miles = "numeric" }
evaluation = { metric = "auc", min = 0.9 }
push = { directory = "models" }
schema = { file = "schema.pbtxt" }
"""

SCHEMA = """
feature { name: "miles" type: FLOAT presence { min_count: 1 } float_domain { min: 0 max: 5 } }
feature { name: "tip" type: INT presence { min_fraction: 1.0 min_count: 1 } }
"""


@pytest.fixture
def config(tmp_path):
    rows = "\n".join(f"{number / 10},{number % 2}" for number in range(200))
    (tmp_path / "trips.csv").write_text(f"miles,tip\n{rows}\n")
    (tmp_path / "schema.pbtxt").write_text(SCHEMA)
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    return load(tmp_path / "pipeline.toml", ["metadata.uri=sqlite://"], {})


def test_nodes_run_one_by_one_in_memory_until_a_gate_refuses(config, tmp_path, capfd):
    before = {path.name for path in tmp_path.iterdir()}
    run = InteractiveRun(config, tmp_path / "artifacts")
    assert run.nodes == NODES
    assert run.current.nodes == ()

    given = run.step("ExampleGen")
    assert (given.state, given.output("Examples").key) == ("ran", "examples")
    assert sum(run.current.rows().values()) == 200
    # A node can run again, and later nodes read its last outputs.
    again = run.step("ExampleGen")
    assert again.output("Examples").id != given.output("Examples").id
    assert run.step("StatisticsGen").inputs == (again.output("Examples").id,)

    with pytest.raises(GateError, match="the data does not match the schema") as refused:
        run.run()
    assert any("miles" in detail for detail in refused.value.details)
    assert [node.id for node in run.current.nodes] == list(NODES[: NODES.index("AnomalyGate")])
    with pytest.raises(ConfigError, match="AnomalyGate, DriftGate to have run before it"):
        run.step("Transform")

    assert capfd.readouterr() == ("", "")
    assert (tmp_path / "artifacts" / LOG_FILE).is_file()
    assert {path.name for path in tmp_path.iterdir()} == before | {"artifacts"}


def test_temporary_folder_belongs_to_the_run_and_ends_with_it(config, tmp_path, monkeypatch):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    run = InteractiveRun(config)
    run.step("ExampleGen")
    assert run.root.is_relative_to(tmp_path / "scratch")
    assert (run.root / LOG_FILE).is_file()
    del run
    gc.collect()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_artifacts_whose_metadata_is_kept_are_in_the_folder_of_the_configuration(tmp_path, config):
    kept = load(tmp_path / "pipeline.toml", [], {})
    node = InteractiveRun(kept).step("ExampleGen")
    [artifact] = node.outputs
    assert Path(artifact.uri).is_relative_to(kept.artifacts)
    assert damaged_artifacts(kept) == []


def test_store_that_cannot_record_a_run_is_refused(tmp_path, config):
    with pytest.raises(ConfigError, match="to which ML Metadata cannot write a backslash"):
        InteractiveRun(load(tmp_path / "pipeline.toml", ["metadata.uri=postgresql://ada@host/meta"], {}))


@pytest.mark.parametrize("call", ["step", "run"])
def test_an_unknown_node_is_refused_with_the_nearest_name(call, config, tmp_path):
    run = InteractiveRun(config, tmp_path / "artifacts")
    with pytest.raises(ConfigError, match="did you mean 'Trainer'"):
        getattr(run, call)("Trainr")
    assert run.current.nodes == ()


def test_rows_of_a_database_are_fetched_again_by_each_example_gen(config, tmp_path):
    config = load(
        tmp_path / "pipeline.toml",
        ["metadata.uri=sqlite://", "data.source=sqlite:///rows.db", "data.table=trips"],
        {},
    )
    with sqlite3.connect(tmp_path / "rows.db") as connection:
        connection.execute("CREATE TABLE trips (miles REAL, tip INTEGER)")
        connection.executemany("INSERT INTO trips VALUES (?, ?)", [(n / 10, n % 2) for n in range(200)])
        connection.commit()
        run = InteractiveRun(config, tmp_path / "artifacts")
        first = run.step("ExampleGen").output("Examples").properties
        connection.execute("DELETE FROM trips WHERE miles > 15")
        connection.commit()
        second = run.step("ExampleGen").output("Examples").properties
    connection.close()
    assert [json.loads(noted["rows"])["source"] for noted in (first, second)] == [200, 151]
    assert first["digest"] != second["digest"]
    assert (first["source"], first["table"]) == (f"sqlite:///{tmp_path}/rows.db", "trips")
