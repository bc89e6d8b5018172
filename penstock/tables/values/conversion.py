"""The SQL that turns a value into what its column holds, for each way in which values are written.

The same expressions read the rows of training and, later, those to be scored: each takes a value by itself.
"""

from collections.abc import Iterable

from penstock.tables.sql import literal, quoted
from penstock.tables.values import date_formats
from penstock.tables.values.interpretation import ColumnFormat
from penstock.tables.values.number_formats import NumberFormat

TEXT, INTEGER, BOOLEAN, TYPED = "text", "integer", "boolean", "typed"
FORMATS = (
    '"text", "integer", "number", "boolean", "date", "timestamp", "time", "epoch_seconds", "epoch_milliseconds", '
    '"epoch_microseconds", a strptime format such as "%d/%m/%Y", or 1234.5 as it is written, such as "$1,234.5"'
)
# What stands for no value whatever is next to it, and what does so among numbers but may well be a class.
SURE_MARKS = frozenset({"na", "n/a", "nan", "null", "nil", "?", "-", "--", ".", "#n/a"})
DOUBTFUL_MARKS = frozenset({"none", "missing", "unknown", "inf", "-inf", "+inf", "infinity", "-infinity"})
MARKS = SURE_MARKS | DOUBTFUL_MARKS
WORDS = {"true": True, "false": False, "yes": True, "no": False, "y": True, "n": False, "t": True, "f": False}
# With those that spreadsheets leave: no-break spaces, and marks of no width.
_SPACE = "' \t\r\n\v\f\u00a0\u2007\u202f\u3000\u200b\ufeff'"
_TYPES = {TEXT: "VARCHAR", INTEGER: "BIGINT", BOOLEAN: "BOOLEAN"}
# A whole number may be written as a fraction of nothing: what holds it may know missing values in fractions only.
_WHOLE = r"\s*[+-]?[0-9]+(?:\.0*)?\s*"


def is_format(text: str) -> bool:
    """Say whether a text names a way in which values are written."""
    return text in _TYPES or date_formats.is_format(text) or NumberFormat.of(text) is not None


def type_of(form: str) -> str:
    """Return DuckDB's type of values that are written so."""
    if form in _TYPES:
        return _TYPES[form]
    return "DOUBLE" if NumberFormat.of(form) else date_formats.type_of(form)


def read_as(column: ColumnFormat, value: str) -> str:
    """Return SQL for what a text of a column stands for: null where it is missing, and where it is not so written.

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
    """Say whether a mark of what is missing could be read as a value, such as -999."""
    return any(sign.isdigit() for sign in mark) or form == BOOLEAN or "%" in form


def sql(form: str, value: str) -> str:
    """Return SQL for a text that is written in a way, null where it is not; `text` is the text itself."""
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
    """Return SQL for whether a text of a column stands for no value."""
    if column.format in (TEXT, TYPED) and column.type == "VARCHAR":
        return f"coalesce({value} = '' OR {is_mark(column, value)}, true)"
    return f"coalesce(trim({value}, {_SPACE}) = '' OR {is_mark(column, value)}, true)"


def is_mark(column: ColumnFormat, value: str) -> str:
    """Return SQL for whether a text is one of the marks that stand for no value in the column."""
    marks = {mark.strip().lower() for mark in column.missing}
    if column.format not in (TEXT, TYPED):
        marks |= MARKS
    return f"lower(trim({value}, {_SPACE})) IN ({_listed(marks)})" if marks else "false"


def is_strange(column: ColumnFormat, value: str) -> str:
    """Return SQL for whether a text is there and is not written as the column's values are."""
    if column.format == TEXT or (column.format == TYPED and column.type == "VARCHAR"):
        return "false"
    return f"(NOT {is_missing(column, value)} AND {read_as(column, value)} IS NULL)"


def retyped(column: ColumnFormat, declared: str) -> str:
    """Return SQL that reads a column for which the file itself declares a type in another way.

    Args:
        column: How it is read.
        declared: The type in the file, as DuckDB writes it.
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
