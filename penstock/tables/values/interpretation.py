"""The interpretation of a source: how its columns are read, inferred once and stored with the examples and the model.

Serving reads rows to score by this document, so that a value has the same meaning in every row, file and file format.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from penstock.core.errors import DataError

FILE = "interpretation.json"
VERSION = 1


@dataclass(frozen=True)
class ColumnFormat:
    """The format of the values of one column.

    Attributes:
        name: The column's name in the source.
        format: The name of the format, as in `[data.formats]`; `typed` if the file itself has types.
        type: DuckDB's name of the type of the values.
        missing: Texts that mark a missing value, in addition to the usual ones; case and whitespace are ignored.
    """

    name: str
    format: str
    type: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """A column of the result of the query over a source.

    Attributes:
        name: Its name.
        type: DuckDB's name of its type.
        source: The unchanged source column; None if the query computes it.
        sql: The expression over one row, see `penstock.tables.values.computed`; None if there is none.
        needs: The columns of the source that it is computed from.
    """

    name: str
    type: str
    source: str | None = None
    sql: str | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interpretation:
    """How a source is read.

    Attributes:
        columns: The columns of the source, in its order, before any query.
        delimiter: What separates the values of a delimited source; None for other sources.
        results: The columns after the query, or without one all columns; empty if not all are known.
    """

    columns: tuple[ColumnFormat, ...]
    delimiter: str | None = None
    results: tuple[Result, ...] = ()

    def column(self, name: str) -> ColumnFormat | None:
        """Return the format of a column, None if the source has no such column."""
        return next((column for column in self.columns if column.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the document as plain data."""
        return {"version": VERSION, **asdict(self)}

    def to_json(self) -> str:
        """Return the document as JSON with a fixed order of keys."""
        return json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], *, where: str) -> "Interpretation":
        """Return the interpretation from the result of `as_dict`.

        Raises:
            DataError: The fields are not such a document, or one of another version; `where` names it.
        """
        if fields.get("version") != VERSION:
            remedy = "use the version of Penstock that wrote it, or run the pipeline again"
            raise DataError(where, f"version {VERSION} of the document", repr(fields.get("version")), remedy)
        try:
            columns = tuple(
                ColumnFormat(**{**column, "missing": tuple(column["missing"])}) for column in fields["columns"]
            )
            return cls(columns, fields["delimiter"], _results(fields["results"]))
        except (KeyError, TypeError) as error:
            raise DataError(
                where, "how columns are read", f"other fields ({error})", "run the pipeline again"
            ) from None

    @classmethod
    def from_json(cls, text: str, *, where: str) -> "Interpretation":
        """Return the interpretation from the result of `to_json`.

        Raises:
            DataError: The text is not such a document.
        """
        try:
            fields = json.loads(text)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            raise DataError(where, "a JSON document", "other text", "run the pipeline again")
        return cls.from_dict(fields, where=where)


def _results(fields: Iterable[Mapping[str, Any]]) -> tuple[Result, ...]:
    return tuple(Result(**{**result, "needs": tuple(result.get("needs", ()))}) for result in fields)
