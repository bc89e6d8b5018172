"""Where a state's folder was written, and where it is now: the store and the artifacts name folders by absolute paths.

A project that was moved or copied finds its own artifacts at its own place. Whatever reads the store sees the new
paths at once; a run writes them into the store before anything else.
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
from penstock.metadata.connection import connect, store_name
from penstock.metadata.store import Store

# What ML Metadata keeps paths in.
_COLUMNS = (
    ("Artifact", "uri"),
    ("ArtifactProperty", "string_value"),
    ("ExecutionProperty", "string_value"),
)


@dataclass(frozen=True)
class Move:
    """From where to where the folders of a project went.

    Attributes:
        folders: The old place and the new one of each, the longest first.
    """

    folders: tuple[tuple[Path, Path], ...]

    def apply(self, text: str) -> str:
        """Return a text, be it a path or one that holds paths, with the new places."""
        for old, new in self.folders:
            if str(old) in text:
                text = _pattern(old, new).sub(lambda _, new=new: str(new), text)  # type: ignore[misc]
        return text

    def properties(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return properties with the new places."""
        return {name: self.apply(value) if isinstance(value, str) else value for name, value in values.items()}


def detect_move(store: Store) -> Move | None:
    """Return how the state's folder moved since it was last written, or None where it is where it was."""
    noted = _read_location(store)
    if noted is None or _is_same(noted["state"], store.state):
        return None
    pairs = {(noted["state"], store.state), (noted["project"], store.root)}
    folders = sorted((pair for pair in pairs if pair[0] != pair[1]), key=lambda pair: -len(pair[0].parts))
    return Move(tuple(folders))


def follow_moved_project(store: Store) -> str | None:
    """Write the new paths into the store of a project that was moved or copied, and return what is to be said of it.

    Only to be called by the one run that holds the pipeline's lock.

    Raises:
        StoreError: The store still belongs to the folder that this one was copied from, or cannot be written.
    """
    move = detect_move(store)
    if move is not None:
        _check_store_moved(store, move)
        _rewrite(store, move)
    _write_location(store)
    return None if move is None else f"Moved from {move.folders[-1][0]}: the records now name {move.folders[-1][1]}."


def holds_store(store: Store) -> bool:
    """Say whether the metadata store is in the state's folder, and so nobody else's."""
    return store.file is not None and store.file.is_relative_to(store.state)


def below(path: Path, top: Path) -> Path | None:
    """Return a path as seen from a folder above it, under whatever name that is known; None where it is elsewhere."""
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
    """Refuse a store that did not come along: its records are those of the folder that was left behind."""
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
    opened.close()  # its schema is one that can be rewritten
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for table, column in _COLUMNS:
                _rewrite_column(connection, table, column, move)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise StoreError(
            f"metadata store {file}", "an SQLite file that can be written", str(error), "see to its rights"
        ) from None


def _rewrite_column(connection: sqlite3.Connection, table: str, column: str, move: Move) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
        return
    for old, _ in move.folders:
        # Table and column are names that stand above.
        holding = f"SELECT rowid, {column} FROM {table} WHERE instr({column}, ?) > 0"  # noqa: S608
        found = connection.execute(holding, (str(old),))
        changed = [(new, row) for row, text in found.fetchall() if (new := move.apply(text)) != text]
        connection.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", changed)  # noqa: S608


def _pattern(old: Path, new: Path) -> re.Pattern[str]:
    """Match the old folder as a whole path or as the beginning of one, but not where the new one stands already."""
    rest = str(new)[len(str(old)) :] if new.is_relative_to(old) else ""
    already = rf"(?!{re.escape(rest)}(?:[/\"'\\]|$))" if rest else ""
    return re.compile(rf"(?<![\w./-]){re.escape(str(old))}{already}(?=[/\"'\\]|$)")
