"""Support for a project that was moved or copied: the store and the artifacts contain absolute paths.

The location of the state folder is recorded next to it. If it has changed, all readers of the store replace the old
paths by the new ones, and the next run first writes the new paths into the store.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.core.errors import StoreError
from penstock.core.files import private_file
from penstock.metadata.connection import WAIT_SECONDS, connect, store_name, write_refusal
from penstock.metadata.store import Store

# The columns of ML Metadata that contain paths.
_COLUMNS = (
    ("Artifact", "uri"),
    ("ArtifactProperty", "string_value"),
    ("ExecutionProperty", "string_value"),
)


@dataclass(frozen=True)
class Move:
    """The folders of a project that were moved or copied.

    Attributes:
        folders: The old and the new path of each folder, the longest old path first.
    """

    folders: tuple[tuple[Path, Path], ...]

    def apply(self, text: str) -> str:
        """Return a path, or a text that contains paths, with the new paths."""
        for old, new in self.folders:
            if str(old) in text:
                text = _pattern(old, new).sub(lambda _, new=new: str(new), text)  # type: ignore[misc]
        return text

    def properties(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return properties with the new paths."""
        return {name: self.apply(value) if isinstance(value, str) else value for name, value in values.items()}


def detect_move(store: Store) -> Move | None:
    """Return how the state folder was moved since the last run, or None if it was not."""
    recorded = _read_location(store)
    if recorded is None or _is_same(recorded["state"], store.state):
        return None
    pairs = {(recorded["state"], store.state), (recorded["project"], store.root)}
    folders = sorted((pair for pair in pairs if pair[0] != pair[1]), key=lambda pair: -len(pair[0].parts))
    return Move(tuple(folders))


def follow_moved_project(store: Store) -> str | None:
    """Write the new paths into the store of a project that was moved or copied; return a message, None if it was not.

    The caller must hold the lock of the pipeline.

    Raises:
        StoreError: The store belongs to the folder that this one was copied from, or cannot be written.
    """
    move = detect_move(store)
    if move is not None:
        _check_store_moved(store, move)
        _rewrite(store, move)
    _write_location(store)
    return None if move is None else f"Moved from {move.folders[-1][0]}: the records now name {move.folders[-1][1]}."


def holds_store(store: Store) -> bool:
    """Return whether the metadata store is in the state folder, and so is used by this project only."""
    return store.file is not None and store.file.is_relative_to(store.state)


def below(path: Path, top: Path) -> Path | None:
    """Return a path relative to a folder above it, symbolic links resolved; None if it is not below the folder."""
    if path.is_relative_to(top):
        return path.relative_to(top)
    path, top = path.resolve(), top.resolve()
    return path.relative_to(top) if path.is_relative_to(top) else None


def _location_file(store: Store) -> Path:
    return store.state / f"{store.pipeline}.location.json"


def _read_location(store: Store) -> dict[str, Path] | None:
    try:
        values = json.loads(_location_file(store).read_text(encoding="utf-8"))
        return {name: Path(values[name]) for name in ("state", "project")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_location(store: Store) -> None:
    here = {"state": store.state, "project": store.root}
    if _read_location(store) != here:
        with private_file(_location_file(store)) as file:
            file.write_text(json.dumps({name: str(folder) for name, folder in here.items()}), encoding="utf-8")


def _is_same(one: Path, other: Path) -> bool:
    return one == other or (one.exists() and other.exists() and one.samefile(other))


def _check_store_moved(store: Store, move: Move) -> None:
    """Refuse a store that was not moved: its records are those of the original folder."""
    file = store.file
    old, new = next(pair for pair in move.folders if pair[1] == store.state)
    if file is not None and (not old.exists() or any(file.is_relative_to(place) for _, place in move.folders)):
        return
    raise StoreError(
        f"state.directory {new}",
        f"a folder that the metadata store {store_name(store)} was written for",
        f"a copy of {old}",
        "set metadata.uri to a store of its own, or state.directory to a new folder",
    )


def _rewrite(store: Store, move: Move) -> None:
    file = store.file
    opened = connect(store) if file is not None else None
    if file is None or opened is None:
        return
    opened.close()  # opening it checks the version of its schema
    try:
        with closing(sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for table, column in _COLUMNS:
                _rewrite_column(connection, table, column, move)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise write_refusal(str(file), str(error)) from None


def _rewrite_column(connection: sqlite3.Connection, table: str, column: str, move: Move) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
        return
    for old, _ in move.folders:
        # Table and column are constants of this module.
        query = f"SELECT rowid, {column} FROM {table} WHERE instr({column}, ?) > 0"  # noqa: S608
        found = connection.execute(query, (str(old),))
        changed = [(new, row) for row, text in found.fetchall() if (new := move.apply(text)) != text]
        connection.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", changed)  # noqa: S608


def _pattern(old: Path, new: Path) -> re.Pattern[str]:
    """Return the pattern of the old folder as a path or the beginning of one, but not where the new path is already."""
    rest = str(new)[len(str(old)) :] if new.is_relative_to(old) else ""
    already = rf"(?!{re.escape(rest)}(?:[/\"'\\]|$))" if rest else ""
    return re.compile(rf"(?<![\w./-]){re.escape(str(old))}{already}(?=[/\"'\\]|$)")
