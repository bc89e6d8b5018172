"""Open a source: its files are found or its rows fetched, and rows that cannot be read are set aside."""

from collections.abc import Iterator
from contextlib import contextmanager

from penstock.tables.connection import engine
from penstock.tables.files.quarantine import separate
from penstock.tables.input import Input
from penstock.tables.rows import files_of
from penstock.tables.table import Table
from penstock.tables.unreadable import unreadable
from penstock.tables.values.inference import Given


@contextmanager
def open_table(source: str | Input, query: str | None = None) -> Iterator[Table]:
    """Open a source and apply a query, in which the table is called `source`; a database has applied its own.

    Args:
        source: A file, a folder or a glob, or all that can be said of an input.
        query: One SQL query where `source` is a text; by default all rows and columns.

    Raises:
        DataError: The source or the query cannot be read; the sentence names the file, line and column.
    """
    given = source if isinstance(source, Input) else Input(source, query)
    query = None if given.is_remote else given.query
    how = Given(given.formats or {}, given.missing or {}, (given.roles or {}) if query is None else {})
    with files_of(given) as files, engine() as (connection, folder):
        separated = separate(files, folder) if given.quarantine else None
        table = Table(files, query, connection, how, separated=separated)
        if how.roles and separated:
            with table.sentences():
                odd = unreadable(table, how.roles)
            if odd:
                table = Table(files, None, connection, how, separated=separate(files, folder, odd))
        yield table
