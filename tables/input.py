"""Where the rows of a table come from, as it is configured."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Input:
    """The source of a table and how it is read.

    Attributes:
        source: A file, a folder or a glob: CSV, TSV or Parquet.
        query: One SQL query over the source, in which the table is called `source`; by default all rows and columns.
        delimiter: What separates the values of a delimited file; by default the header tells.
        quarantine: The folder for malformed rows of delimited files; by default they are refused.
    """

    source: str
    query: str | None = None
    delimiter: str | None = None
    quarantine: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what is set, as plain data."""
        return {name: value for name, value in asdict(self).items() if value is not None}
