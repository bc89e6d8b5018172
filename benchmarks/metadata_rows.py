"""Fills a metadata store with runs by SQL, for measurements and tests: the API would take minutes."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

# What copies add to the ids of a row: the k-th copy of row 7 has the id 7 + k * FAR.
FAR = 100_000

_KINDS = ("Context", "Execution", "Artifact")
_IDS = {
    **dict.fromkeys(_KINDS, ("id",)),
    "Event": ("id", "artifact_id", "execution_id"),
    "EventPath": ("event_id",),
    "ExecutionProperty": ("execution_id",),
    "ArtifactProperty": ("artifact_id",),
    "ParentContext": ("context_id",),
    "Association": ("execution_id",),
}


def multiply(file: Path, times: int) -> None:
    """Copy all runs of an SQLite store of one pipeline until it has so many times as many.

    Args:
        file: The store, whose ids are below `FAR`.
        times: The number of each run, the original included.
    """
    with closing(sqlite3.connect(file)) as connection, connection:
        runs = ", ".join(
            str(id)
            for (id,) in connection.execute(
                "SELECT c.id FROM Context c JOIN Type t ON t.id = c.type_id WHERE t.name = 'pipeline_run'"
            )
        )
        for table, columns in _IDS.items():
            changed = {name: f"{name} + k * {FAR}" for name in columns}
            where = f"id IN ({runs})" if table == "Context" else ""
            if table == "ParentContext":
                where = f"context_id IN ({runs})"
            if table in _KINDS:  # the names of a type differ
                changed["name"] = "name || '-' || k"
            if table == "Association":
                changed["id"] = "NULL"
                changed["context_id"] = f"context_id + CASE WHEN context_id IN ({runs}) THEN k * {FAR} ELSE 0 END"
            copy_rows(connection, table, times, changed, where)


def copy_rows(
    connection: sqlite3.Connection, table: str, times: int, changed: Mapping[str, str], where: str = ""
) -> None:
    """Copy rows of a table until each is there so many times.

    Args:
        connection: The database.
        table: The table.
        times: How many there are of each row, the original included.
        changed: The expression of each column that is not copied as it is; `k` is the number of the copy, from 1.
        where: The condition of the rows that are copied.
    """
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join(changed.get(name, f'"{name}"') for name in names)
    copies = "WITH RECURSIVE copy(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copy WHERE k < :last) "
    condition = f"WHERE {where}" if where else ""
    if times > 1:
        statement = f"{copies}INSERT INTO {table} SELECT {chosen} FROM {table}, copy {condition}"
        connection.execute(statement, {"last": times - 1})
