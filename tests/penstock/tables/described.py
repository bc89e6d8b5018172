"""The columns of a source, as tests look at them."""

from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.table import Column


def describe(source: str | Input, query: str | None = None) -> tuple[Column, ...]:
    """Return the columns and their types, after the query."""
    with open_table(source, query) as table:
        return table.columns
