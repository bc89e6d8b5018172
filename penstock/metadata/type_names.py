"""Gives the artifact types in a store of an earlier release their current names.

Readers of the store accept both names. TFX does not: a partial run would not find the outputs of an earlier release.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from penstock.core.artifact_types import NAMES, recorded_names
from penstock.core.urls import mask_password, server_url
from penstock.metadata.connection import WAIT_SECONDS, Rows, connect, reason_of, write_refusal
from penstock.metadata.store import Store

# 1 is ML Metadata's number of types of artifacts.
_OF = "SELECT id FROM Type WHERE name = :name AND type_kind = 1"
_RENAME = "UPDATE Type SET name = :name WHERE id = :id"
_MOVE = "UPDATE Artifact SET type_id = :target WHERE type_id = :id"

Change = tuple[str, dict[str, Any]]


def rename_earlier_types(store: Store) -> None:
    """Rename the types in the store that have earlier names; the caller must hold the lock of the pipeline.

    Raises:
        StoreError: The store cannot be read or written.
    """
    changes = _changes(store)
    if changes and store.file is not None:
        _write_file(store.file, changes)
    elif changes:
        _write_server(store.uri, changes)


def _changes(store: Store) -> list[Change]:
    """Return the changes; none if the store has only current names."""
    connection = connect(store)
    if connection is None:
        return []
    try:
        return [
            change for name in NAMES for change in _changes_of(lambda of: connection.select(_OF, {"name": of}), name)
        ]
    finally:
        connection.close()


def _changes_of(find: Callable[[str], Rows], current: str) -> Iterator[Change]:
    target = next((id for (id,) in find(current)), None)
    for earlier in recorded_names(current)[1:]:
        for (id,) in find(earlier):
            # A release that was installed again in between may have recorded the earlier name once more.
            yield (_RENAME, {"name": current, "id": id}) if target is None else (_MOVE, {"target": target, "id": id})


def _write_file(file: Path, changes: list[Change]) -> None:
    try:
        with closing(sqlite3.connect(file, timeout=WAIT_SECONDS)) as connection, connection:
            for sql, values in changes:
                connection.execute(sql, values)
    except sqlite3.Error as error:
        raise write_refusal(str(file), str(error)) from None


def _write_server(uri: str, changes: list[Change]) -> None:
    import sqlalchemy

    engine = sqlalchemy.create_engine(server_url(uri))
    try:
        with engine.begin() as connection:
            for sql, values in changes:
                connection.execute(sqlalchemy.text(sql), values)
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise write_refusal(mask_password(uri), reason_of(error, uri)) from None
    finally:
        engine.dispose()
