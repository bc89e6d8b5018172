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
    settings = source if isinstance(source, Input) else Input(source, query)
    query = None if settings.is_remote else settings.query
    options = ReadOptions(
        settings.formats or {}, settings.missing or {}, (settings.roles or {}) if query is None else {}
    )
    with files_of(settings) as files, engine() as (connection, folder):
        separated = separate(files, folder) if settings.quarantine else None
        table = Table(files, query, connection, options, separated=separated)
        if options.roles and separated:
            with table.sentences():
                invalid = unreadable_rows(table, options.roles)
            if invalid:
                table = Table(files, None, connection, options, separated=separate(files, folder, invalid))
        yield table
