"""How the columns of a table are read: decided once over the whole source, kept with the examples and with the model.

Whoever scores rows later reads them by this document, so that a value means the same in every row, file and format.
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
    """How the values of one column are read.

    Attributes:
        name: The column's name, as the source has it.
        format: How a value is written, in the words of `[data.formats]`; `typed` where the file itself holds types.
        type: The type of the values, as DuckDB writes it.
        missing: Texts that stand for no value, next to the usual ones; compared without blanks and capitals.
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
        type: Its type, as DuckDB writes it.
        source: The column of the source that it is; None where the query computes it.
        sql: How the query computes it from a row alone, see `penstock.tables.values.computed`; None where it does not.
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
        results: The columns after the query, where one was asked or not; none where only a part of them is known.
    """

    columns: tuple[ColumnFormat, ...]
    delimiter: str | None = None
    results: tuple[Result, ...] = ()

    def column(self, name: str) -> ColumnFormat | None:
        """Return how the column of that name is read, None where the source has no such column."""
        return next((column for column in self.columns if column.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the document as plain data."""
        return {"version": VERSION, **asdict(self)}

    def to_json(self) -> str:
        """Return the document as JSON with a fixed order of keys."""
        return json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], *, where: str) -> "Interpretation":
        """Return what `as_dict` gave.

        Raises:
            DataError: It is not such a document, or one of another version; `where` names it.
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
        """Return what `to_json` gave.

        Raises:
            DataError: It is not such a document.
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
