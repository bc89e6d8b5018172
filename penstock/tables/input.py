"""The configured source of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from penstock.core.urls import is_remote, mask_password


@dataclass(frozen=True)
class Input:
    """The source of a table and how it is read.

    Attributes:
        source: A file, a folder or a glob: CSV, TSV or Parquet; or the URL of a database or of BigQuery.
        query: One SQL query over the files, in which the table is called `source`; by default all rows and columns. For
            a database it is a query in the database's SQL dialect.
        delimiter: The delimiter of a delimited file; by default it is detected from the header.
        quarantine: The folder for malformed rows of delimited files; by default such a row is an error.
        table: The table of a database, if there is no query.
        snapshot: The folder with the rows that were fetched from a database at the start of the run; without it they
            are fetched each time they are read.
        formats: The format of a column's values, by column, where it is not inferred.
        missing: Texts that mark a missing value, by column, in addition to the usual ones.
        partitions: Whether the files are in folders named `key=value`, which become columns.
        roles: The role of each column, if there is no query. It decides how integers that are times are read, and with
            a quarantine a row whose value does not fit the role is quarantined too.
    """

    source: str
    query: str | None = None
    delimiter: str | None = None
    quarantine: str | None = None
    table: str | None = None
    snapshot: str | None = None
    formats: Mapping[str, str] | None = None
    missing: Mapping[str, Sequence[str]] | None = None
    roles: Mapping[str, str] | None = None
    partitions: bool | None = None

    @property
    def is_remote(self) -> bool:
        """Whether the rows are in a database and not in files."""
        return is_remote(self.source)

    @property
    def shown(self) -> str:
        """The source without a password, for messages and records."""
        return mask_password(self.source) if self.is_remote else self.source

    @property
    def name(self) -> str:
        """The name of the rows in messages."""
        if not self.is_remote:
            return self.source
        return f"the query over {self.shown}" if self.query else f"the table {self.table} of {self.shown}"

    def public(self) -> "Input":
        """Return the input without a password, for the metadata store."""
        return replace(self, source=self.shown)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings that are set, as plain data."""
        return {name: value for name, value in asdict(self).items() if value is not None}
