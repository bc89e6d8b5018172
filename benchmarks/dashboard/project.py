"""A project with many runs: two real runs of a wide table, of which the stores have copies, and one in progress."""

import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dashboard import table, traffic
from benchmarks.measuring import measure
from benchmarks.metadata_rows import FAR, copy_rows, multiply
from benchmarks.systems import check, penstock
from penstock.config.config import Config
from penstock.config.loading import load
from penstock.core import marked_folders
from penstock.core.artifact_types import ANOMALY_REPORT, DRIFT_REPORT, MODEL_VERDICT
from penstock.metadata import lineage

_REAL = 2
# So many copies have artifacts of their own: a page reads at most 50 runs.
_OWN = 30
_SMALL = ("ExampleStatistics", "Schema", DRIFT_REPORT, MODEL_VERDICT, ANOMALY_REPORT)
_HOUR = 3_600_000


@dataclass(frozen=True)
class Size:
    """The size of a project: its runs, and the columns and rows of its table."""

    runs: int = 1_000
    columns: int = 100
    rows: int = 2_000


def build(folder: Path, size: Size) -> Config:
    """Make the project in a new folder, and return its configuration.

    Raises:
        NodeError: A run failed.
    """
    marked_folders.recreate(folder)
    (folder / "pipeline.toml").write_text(configuration(size), encoding="utf-8")
    for part in range(_REAL):
        table.write(folder / "rows.csv", size.rows, size.columns, part)
        command = penstock(folder, "run", "--json")
        check(command, measure(command).code)
    config = load(folder / "pipeline.toml", environment={})
    times = size.runs // _REAL
    multiply_store(config, times)
    multiply_registry(config, times)
    begin_run(config)
    return config


def store_of(config: Config) -> Path:
    """Return the file of the metadata store."""
    return config.path(config.store_uri.removeprefix("sqlite:///"))


def configuration(size: Size, metrics: str = "") -> str:
    """Return the configuration: every page of the dashboard has something to show; the traffic with metrics."""
    features = "\n".join(f'{name} = "{role}"' for name, role in table.roles(size.columns).items())
    return f"""\
name = "wide"

[data]
source = "rows.csv"
label = "{table.LABEL}"
quarantine = "quarantine"

[data.split]
eval = 0.33

[features]
{features}

[model]
family = "linear"

[validation]
fail_on = "never"

[evaluation]
metric = "auc"
min = 0.5
slices = ["c002"]

[push]
directory = "models"
{_dashboard(metrics) if metrics else ""}"""


def _dashboard(metrics: str) -> str:
    return f"""
[dashboard]
metrics = "{metrics}"
requests = "{traffic.FOLDER}"
served_as = "{traffic.SERVED_AS}"
"""


def multiply_store(config: Config, times: int) -> None:
    """Copy the runs of the metadata store; the copies are older, and the last ones have files of their own."""
    multiply(store_of(config), times)
    with closing(sqlite3.connect(store_of(config))) as connection, connection:
        for kind in ("Context", "Execution"):
            times_of = ("create_time_since_epoch", "last_update_time_since_epoch")
            older = ", ".join(f"{name} = {name} - (id / {FAR}) * {_HOUR}" for name in times_of)
            connection.execute(f"UPDATE {kind} SET {older} WHERE id >= {FAR}")
        connection.execute(
            f"UPDATE ArtifactProperty SET string_value = CAST(string_value + {_REAL} * (artifact_id / {FAR}) AS TEXT) "
            f"WHERE name = 'pushed_version' AND artifact_id >= {FAR}"
        )
        kinds = ", ".join(f"'{kind}'" for kind in _SMALL)
        of_kinds = f"type_id IN (SELECT id FROM Type WHERE name IN ({kinds}))"
        folders = [uri for (uri,) in connection.execute(f"SELECT uri FROM Artifact WHERE id < {FAR} AND {of_kinds}")]
        for number in range(1, min(_OWN, times - 1) + 1):
            for each in folders:
                shutil.copytree(each, f"{each}-{number}")
        own = f"id >= {FAR} AND id < {(_OWN + 1) * FAR}"
        connection.execute(f"UPDATE Artifact SET uri = uri || '-' || (id / {FAR}) WHERE {own} AND {of_kinds}")


def multiply_registry(config: Config, times: int) -> None:
    """Copy the experiments and the versions of the registry; the numbers of the copies follow those of the first."""
    file = config.path(config.registry_uri.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as connection, connection:
        moved = {name: f"{name} + k * {FAR}" for name in ("id", "experiment_id")}
        number = {"number": f"number + k * {_REAL}"}
        names = {"run": "run || '-' || k", "name": "name || '-' || k"}
        copy_rows(connection, "experiments", times, {"id": moved["id"], **names, **number})
        copy_rows(connection, "experiment_values", times, {"experiment_id": moved["experiment_id"]})
        copy_rows(connection, "versions", times, {**moved, **number})


def begin_run(config: Config) -> str:
    """Make the oldest run the newest, with Trainer running and no node after it; return its name."""
    run = lineage.runs(config.store)[-1]
    nodes = [node.id for node in run.nodes]
    begun = run.nodes[: nodes.index("Trainer") + 1]
    now = int(time.time() * 1000)
    shift = now - int(1000 * (begun[-1].started + 60))
    with closing(sqlite3.connect(store_of(config))) as connection, connection:
        connection.execute("UPDATE Context SET create_time_since_epoch = ? WHERE name = ?", (now, run.id))
        for node in run.nodes:
            if node in begun:
                connection.execute(
                    "UPDATE Execution SET create_time_since_epoch = create_time_since_epoch + ?, "
                    "last_update_time_since_epoch = last_update_time_since_epoch + ? WHERE id = ?",
                    (shift, shift, node.execution),
                )
            else:
                connection.execute("DELETE FROM Association WHERE execution_id = ?", (node.execution,))
        trainer = begun[-1].execution
        connection.execute("UPDATE Execution SET last_known_state = 2 WHERE id = ?", (trainer,))
        connection.execute("DELETE FROM Event WHERE type = 4 AND execution_id = ?", (trainer,))
    return run.id


def touch(config: Config) -> None:
    """Write to the metadata store, as a run does when a node starts or ends."""
    with closing(sqlite3.connect(store_of(config))) as connection, connection:
        now = int(time.time() * 1000)
        connection.execute("UPDATE Execution SET last_update_time_since_epoch = ? WHERE last_known_state = 2", (now,))
