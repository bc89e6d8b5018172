"""An SQLite file of a registry, read by the driver of Python, with its rows as the documents take them."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from penstock.core.privacy import make_private
from penstock.registry.database.file import REVISION
from penstock.registry.light.statements import Statement

_WAIT_SECONDS = 30
_JSON = {"configuration", "data", "evaluations", "artifacts", "details", "signature", "tags", "subject", "document"}
_TIMES = {"created", "archived", "changed", "at"}


class Rows:
    """An open file."""

    def __init__(self, file: Path) -> None:
        """Open a file, which has to exist.

        Raises:
            sqlite3.Error: It cannot be opened.
        """
        place = f"file:{quote(str(file))}?mode=rw"
        self._connection = sqlite3.connect(place, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        make_private(file)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def revision(self) -> str | None:
        """Return the revision of the tables; None if there are none.

        Raises:
            sqlite3.Error: The file cannot be read.
        """
        if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        found = self._connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if found is None else str(found[0])

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read one state of the file within the block."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def all(self, statement: Statement) -> list[dict[str, Any]]:
        """Return the rows of a statement."""
        found = self._connection.execute(statement.text, statement.parameters)
        return [{name: _value(name, row[name]) for name in row.keys()} for row in found]  # noqa: SIM118

    def one(self, statement: Statement) -> dict[str, Any] | None:
        """Return the first row of a statement; None if there is none."""
        return next(iter(self.all(statement)), None)


def open_rows(file: Path) -> Rows | None:
    """Open a file; None if it cannot be read, or its tables are not those of this release."""
    try:
        found = Rows(file)
    except sqlite3.Error:
        return None
    try:
        if found.revision() == REVISION:
            return found
    except sqlite3.Error:
        pass
    found.close()
    return None


def _value(name: str, value: Any) -> Any:
    if name in _JSON:
        return json.loads(value)
    if name in _TIMES and value is not None:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value
