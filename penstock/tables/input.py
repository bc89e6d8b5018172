"""Where the rows of a table come from, as it is configured."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from penstock.core.urls import is_remote, mask_password


@dataclass(frozen=True)
class Input:
    """The source of a table and how it is read.

    Attributes:
        source: A file, a folder or a glob: CSV, TSV or Parquet; or the URL of a database or of BigQuery.
        query: One SQL query over the files, in which the table is called `source`; by default all rows and columns. Of
            a database it is a query in its own SQL.
        delimiter: What separates the values of a delimited file; by default the header tells.
        quarantine: The folder for malformed rows of delimited files; by default they are refused.
        table: The table of a database, where there is no query.
        snapshot: The folder that holds the rows of a database since the beginning of the run; without it they are
            fetched wherever they are read.
        formats: Column and the way in which its values are written, where it is not for the values to tell.
        missing: Column and texts that stand for no value in it, next to the usual ones.
        partitions: Whether the files are in folders named `key=value`, which become columns.
        roles: Column and what it is used as, without a query. Integers that are times are read by it, and with a
            quarantine a row whose value is not what the role asks for goes there too.
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
        """The source as it may be shown and kept: without a password."""
        return mask_password(self.source) if self.is_remote else self.source

    @property
    def name(self) -> str:
        """What a sentence calls the rows."""
        if not self.is_remote:
            return self.source
        return f"the query over {self.shown}" if self.query else f"the table {self.table} of {self.shown}"

    def public(self) -> "Input":
        """Return the input as it may be kept in a metadata store."""
        return replace(self, source=self.shown)

    def as_dict(self) -> dict[str, Any]:
        """Return what is set, as plain data."""
        return {name: value for name, value in asdict(self).items() if value is not None}
