"""The columns of a source, as tests look at them."""

from tables.input import Input
from tables.source import Column, open_table


def describe(source: str | Input, query: str | None = None) -> tuple[Column, ...]:
    """Return the columns and their types, after the query."""
    with open_table(source, query) as table:
        return table.columns
