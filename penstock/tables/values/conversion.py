"""The SQL that converts a text to the value of its column, for each format of values.

The same expressions read the rows of training and the rows to score: each converts one value independently.
"""

from collections.abc import Iterable

from penstock.tables.sql import literal, quoted
from penstock.tables.values import date_formats
from penstock.tables.values.interpretation import ColumnFormat
from penstock.tables.values.number_formats import NumberFormat

TEXT, INTEGER, BOOLEAN, TYPED = "text", "integer", "boolean", "typed"
FORMATS = (
    '"text", "integer", "number", "boolean", "date", "timestamp", "time", "epoch_seconds", "epoch_milliseconds", '
    '"epoch_microseconds", a strptime format such as "%d/%m/%Y", or 1234.5 in the format, such as "$1,234.5"'
)
# Marks that always mean a missing value, and marks that do so among numbers only, because they may be classes.
SURE_MARKS = frozenset({"na", "n/a", "nan", "null", "nil", "?", "-", "--", ".", "#n/a"})
DOUBTFUL_MARKS = frozenset({"none", "missing", "unknown", "inf", "-inf", "+inf", "infinity", "-infinity"})
MARKS = SURE_MARKS | DOUBTFUL_MARKS
WORDS = {"true": True, "false": False, "yes": True, "no": False, "y": True, "n": False, "t": True, "f": False}
# Includes characters that spreadsheets write: no-break spaces, and zero-width characters.
_SPACE = "' \t\r\n\v\f\u00a0\u2007\u202f\u3000\u200b\ufeff'"
_TYPES = {TEXT: "VARCHAR", INTEGER: "BIGINT", BOOLEAN: "BOOLEAN"}
# Whole numbers may have a zero fraction: programs without missing integers write such columns as floats.
_WHOLE = r"\s*[+-]?[0-9]+(?:\.0*)?\s*"


def is_format(text: str) -> bool:
    """Say whether a text is the name of a format."""
    return text in _TYPES or date_formats.is_format(text) or NumberFormat.of(text) is not None


def type_of(form: str) -> str:
    """Return DuckDB's type of the values of a format."""
    if form in _TYPES:
        return _TYPES[form]
    return "DOUBLE" if NumberFormat.of(form) else date_formats.type_of(form)


def read_as(column: ColumnFormat, value: str) -> str:
    """Return SQL for the value of a text in a column: null if it is missing, or does not have the column's format.

    Args:
        column: How the column is read.
        value: SQL for the text.
    """
    if column.format in (TEXT, TYPED):
        found = value if column.type == "VARCHAR" else f"TRY_CAST({value} AS {column.type})"
        return f"CASE WHEN NOT ({is_mark(column, value)}) THEN {found} END" if column.missing else found
    found = sql(column.format, value)
    if any(_could_be_read(column.format, mark) for mark in column.missing):
        return f"CASE WHEN NOT ({is_mark(column, value)}) THEN {found} END"
    return found


def _could_be_read(form: str, mark: str) -> bool:
    """Say whether a mark of a missing value could be read as a value, such as -999."""
    return any(sign.isdigit() for sign in mark) or form == BOOLEAN or "%" in form


def sql(form: str, value: str) -> str:
    """Return SQL for the value of a text in a format, null if it has another one; for `text` it is the text itself."""
    if form == TEXT:
        return value
    if form == INTEGER:
        return f"CASE WHEN regexp_full_match({value}, {literal(_WHOLE)}) THEN TRY_CAST({value} AS BIGINT) END"
    if form == BOOLEAN:
        words = " ".join(f"WHEN {literal(word)} THEN {str(truth).lower()}" for word, truth in WORDS.items())
        return f"CASE lower(trim({value}, {_SPACE})) {words} END"
    number = NumberFormat.of(form)
    return number.sql(value) if number else date_formats.sql(form, value)


def is_missing(column: ColumnFormat, value: str) -> str:
    """Return SQL for whether a text of a column is a missing value."""
    if column.format in (TEXT, TYPED) and column.type == "VARCHAR":
        return f"coalesce({value} = '' OR {is_mark(column, value)}, true)"
    return f"coalesce(trim({value}, {_SPACE}) = '' OR {is_mark(column, value)}, true)"


def is_mark(column: ColumnFormat, value: str) -> str:
    """Return SQL for whether a text is one of the column's marks of a missing value."""
    marks = {mark.strip().lower() for mark in column.missing}
    if column.format not in (TEXT, TYPED):
        marks |= MARKS
    return f"lower(trim({value}, {_SPACE})) IN ({_listed(marks)})" if marks else "false"


def is_invalid(column: ColumnFormat, value: str) -> str:
    """Return SQL for whether a text is not missing and does not have the column's format."""
    if column.format == TEXT or (column.format == TYPED and column.type == "VARCHAR"):
        return "false"
    return f"(NOT {is_missing(column, value)} AND {read_as(column, value)} IS NULL)"


def retyped(column: ColumnFormat, declared: str) -> str:
    """Return SQL that reads a column with another format than the type that the file declares.

    Args:
        column: How it is read.
        declared: DuckDB's name of the type in the file.
    """
    name = quoted(column.name)
    if column.format == TYPED:
        text = name if declared == "VARCHAR" else f"CAST({name} AS VARCHAR)"
        return f"CASE WHEN NOT {is_mark(column, text)} THEN {name} END" if column.missing else name
    if declared == "VARCHAR":
        return read_as(column, name)
    if column.format == INTEGER and declared in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN {name} = round({name}) AND abs({name}) < 9007199254740992 THEN CAST({name} AS BIGINT) END"
    return read_as(column, f"CAST({name} AS VARCHAR)")


def _listed(marks: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(marks)))
