"""Open a source: find its files or fetch its rows, and quarantine rows that cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager

from penstock.tables.connection import engine
from penstock.tables.files.quarantine import separate
from penstock.tables.input import Input
from penstock.tables.rows import files_of
from penstock.tables.table import Table
from penstock.tables.unreadable import unreadable_rows
from penstock.tables.values.inference import ReadOptions


@contextmanager
def open_table(source: str | Input, query: str | None = None) -> Iterator[Table]:
    """Open a source and apply a query, in which the table is called `source`; a database applies the query itself.

    Args:
        source: A file, a folder or a glob, or an input with all of its settings.
        query: One SQL query if `source` is a string; by default all rows and columns.

    Raises:
        DataError: The source or the query cannot be read; the sentence names the file, line and column.
    """
    given = source if isinstance(source, Input) else Input(source, query)
    query = None if given.is_remote else given.query
    how = ReadOptions(given.formats or {}, given.missing or {}, (given.roles or {}) if query is None else {})
    with files_of(given) as files, engine() as (connection, folder):
        separated = separate(files, folder) if given.quarantine else None
        table = Table(files, query, connection, how, separated=separated)
        if how.roles and separated:
            with table.sentences():
                invalid = unreadable_rows(table, how.roles)
            if invalid:
                table = Table(files, None, connection, how, separated=separate(files, folder, invalid))
        yield table
