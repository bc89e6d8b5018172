"""Columns that only capitals tell apart: DuckDB, to which they are one name, renames all but the first."""

from collections.abc import Iterable

from pipeline.errors import DataError
from tables.faults import header_of
from tables.reading import delimiter_of, parquet_names
from tables.table import Table


def check_capitals(table: Table, wanted: Iterable[str] | None = None) -> None:
    """Refuse columns of the source that only capitals tell apart.

    Args:
        table: The table.
        wanted: The columns that matter; by default all.

    Raises:
        DataError: Two columns differ in nothing else.
    """
    matter = None if wanted is None else {name.lower() for name in wanted}
    names = _names(table)
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        other = first.setdefault(name.lower(), place)
        if name and other != place and (matter is None or name.lower() in matter):
            raise DataError(
                f"the columns of {table.files.source}",
                "names that differ by more than capitals",
                f"{names[other]!r} and {name!r}",
                "rename one",
            )


def _names(table: Table) -> list[str]:
    """Return the columns' names as the first file has them."""
    delimiter = delimiter_of(table.files)
    if delimiter:
        return header_of(table.files.paths[0], delimiter)
    return parquet_names(table.files.paths[0])
