"""An SQLite file of a registry, read and written by the driver of Python, with its rows as the documents take them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from penstock.core.privacy import make_private
from penstock.registry.database import sqlite
from penstock.registry.database.file import REVISION
from penstock.registry.database.statements import Statement
from penstock.registry.database.transaction import Transaction, decoded, encoded, time_text
from penstock.registry.errors import unstorable


class Rows(Transaction):
    """An open file."""

    def __init__(self, file: Path) -> None:
        """Open a file, which has to exist.

        Raises:
            sqlite3.Error: It cannot be opened.
        """
        place = f"file:{quote(str(file))}?mode=rw"
        self._file = file
        self._connection = sqlite3.connect(place, uri=True, timeout=sqlite.WAIT_SECONDS, isolation_level=None)
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

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write within the block, while no other process and no other thread does; an error undoes all of it.

        Raises:
            StoreError: The file cannot be written.
        """
        try:
            with sqlite.turn(self._file):
                yield from self._written()
        except UnicodeEncodeError:
            raise unstorable() from None
        except sqlite3.Error as error:
            raise sqlite.refusal(str(self._file), str(error), is_file=True) from error

    def each(self, statement: Statement) -> Iterator[dict[str, Any]]:
        """Yield the rows of a statement, which may be many, with their values as the documents take them."""
        for row in self._executed(statement):
            yield decoded(dict(row))

    def all(self, statement: Statement) -> list[dict[str, Any]]:
        """Return the rows of a statement, read at once."""
        return list(self.each(statement))

    def run(self, statement: Statement) -> None:
        """Execute a statement that changes rows."""
        self._executed(statement)

    def now(self) -> datetime:
        """Return the time of the database, in UTC."""
        return datetime.fromisoformat(self._connection.execute(sqlite.NOW).fetchone()[0])

    def lock(self) -> None:
        """Take the turn of the writers: the begin of the transaction did."""

    def _written(self) -> Iterator[None]:
        sqlite.prepare(self._connection, self._file)
        if not sqlite.has_begun(self._connection):
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _executed(self, statement: Statement) -> sqlite3.Cursor:
        values = tuple(time_text(encoded(value)) for value in statement.parameters)
        return self._connection.execute(statement.text, values)


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
