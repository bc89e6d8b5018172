"""The SQL that computes the inputs of a model from the rows of any file, each value by itself, as in training.

Text is parsed in the format that the column had in training. A number, a boolean or a time that the file stores with a
type is used if it means the same in the column, and is invalid otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from penstock.serving.model.casting import InputColumn
from penstock.serving.model.document import Input
from penstock.serving.model.typed_values import from_number, from_typed, kind_of, seconds
from penstock.tables.values import conversion, date_formats
from penstock.tables.values.computed import Expression, substituted
from penstock.tables.values.conversion import BOOLEAN, INTEGER, TEXT, TYPED, is_mark, is_missing, read_as
from penstock.tables.values.interpretation import ColumnFormat
from penstock.tables.values.number_formats import PLAIN

_DIGITS = {"1": "true", "0": "false", "1.0": "true", "0.0": "false"}
# Seconds since 1970 from 1900 to 2100, and the range of days written as 20210205, which as seconds would be in 1970.
_SECONDS, _DAYS = (-2_208_988_800, 4_102_444_800), date_formats.COMPACT_RANGE
# The role of a column that another one is computed from: no value is refused because of it.
_COMPUTED = "computed from"
_JSON_NUMBERS = "('BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')"


@dataclass(frozen=True)
class FileColumn:
    """A column of a file.

    Attributes:
        value: SQL for its value.
        type: Its type, as DuckDB writes it.
        json: SQL for the kind of the JSON value that the text was; empty if the file is not JSON.
    """

    value: str
    type: str
    json: str = ""


@dataclass(frozen=True)
class InputSql:
    """SQL for the value of an input, and, by column of the file, for whether the value in the file is invalid."""

    value: str
    invalid: Mapping[str, str]


def input_sql(wanted: Sequence[InputColumn], columns: Mapping[str, FileColumn]) -> dict[str, InputSql]:
    """Return the SQL of each input by its name.

    Args:
        wanted: The inputs of a model and their columns.
        columns: The columns of the file.
    """
    return {
        each.input.name: _computed(each.input, columns) if each.is_computed else _single(each, columns)
        for each in wanted
    }


def _single(wanted: InputColumn, columns: Mapping[str, FileColumn]) -> InputSql:
    value, invalid = _read(wanted.input, columns[wanted.column])
    return InputSql(value, {wanted.column: invalid})


def _computed(wanted: Input, columns: Mapping[str, FileColumn]) -> InputSql:
    """Return the SQL of an input that is computed from columns of the file, each parsed and typed as in training."""
    values, invalid = [], {}
    for column in wanted.needs:
        value, is_invalid = _read(Input(column.name, "", column, column.name, role=_COMPUTED), columns[column.name])
        if kind_of(column.type) in ("list", "nested"):
            value = f"TRY_CAST({columns[column.name].value} AS {column.type})"
            is_invalid = f"({columns[column.name].value} IS NOT NULL AND {value} IS NULL)"
        values.append(f"CAST({value} AS {column.type})")
        invalid[column.name] = is_invalid
    return InputSql(substituted(Expression(wanted.sql or "NULL", ()), values), invalid)


def text_format(wanted: Input) -> ColumnFormat:
    """Return the format of a column's text; the standard format of the type if the column had a type in training."""
    column = wanted.column
    if column.format != TYPED:
        return column
    form = {
        "integer": INTEGER,
        "number": PLAIN,
        "boolean": BOOLEAN,
        "timestamp": date_formats.DATE if column.type == "DATE" else date_formats.TIMESTAMP,
        "time": date_formats.TIME,
    }.get(kind_of(column.type), TEXT)
    return ColumnFormat(column.name, form, conversion.type_of(form), column.missing)


def _read(wanted: Input, stored: FileColumn) -> tuple[str, str]:
    """Return SQL for a value and for whether it is invalid."""
    kind = kind_of(stored.type)
    if wanted.role == "vector":
        return stored.value, "false"
    if kind in ("list", "nested"):
        return "CAST(NULL AS VARCHAR)", f"({stored.value} IS NOT NULL)"
    column = text_format(wanted)
    text = stored.value if stored.type == "VARCHAR" else f"CAST({stored.value} AS VARCHAR)"
    if kind == "bytes":
        is_text = column.type == "VARCHAR"
        return (stored.value, "false") if is_text else (f"CAST(NULL AS {column.type})", f"({text} IS NOT NULL)")
    sql = _of_text(wanted, column, text) if kind == "text" else from_typed(wanted, column, kind, stored.value)
    mark = _is_mark(column, stored, text)
    if stored.json:
        number = from_number(wanted, column, f"TRY_CAST({text} AS DOUBLE)", text)
        sql = f"CASE WHEN {stored.json} IN {_JSON_NUMBERS} THEN {number} ELSE {sql} END"
    sql = f"CASE WHEN NOT {mark} THEN {sql} END" if mark else sql
    parts = [f"{stored.json} IN ('ARRAY', 'OBJECT')"] if stored.json else []
    if column.type != "VARCHAR":
        missing = " OR ".join(filter(None, (is_missing(column, text), mark)))
        parts.append(f"{sql} IS NULL AND NOT ({missing})")
    if check := _check(wanted, column, sql):
        parts.append(check)
    return sql, " OR ".join(f"coalesce({part}, false)" for part in parts) or "false"


def _is_mark(column: ColumnFormat, stored: FileColumn, text: str) -> str:
    """Return SQL for whether a number or a time marks a missing value, such as -999; empty for plain text."""
    kind = kind_of(stored.type)
    if not column.missing or (kind == "text" and not stored.json):
        return ""
    marks = is_mark(column, text)
    numbers = sorted({number for mark in column.missing if (number := _number(mark)) is not None})
    if numbers and (stored.json or kind in ("integer", "number")):
        sql = f"{stored.json} IN {_JSON_NUMBERS} AND TRY_CAST({text} AS DOUBLE)" if stored.json else stored.value
        marks = f"({marks} OR {sql} IN ({', '.join(map(repr, numbers))}))"
    return f"coalesce({marks}, false)"


def _number(mark: str) -> float | None:
    try:
        return number if isfinite(number := float(mark)) else None
    except ValueError:
        return None


def _of_text(wanted: Input, column: ColumnFormat, text: str) -> str:
    sql = read_as(column, text)
    if column.type == "BOOLEAN" or (wanted.role == "boolean" and column.type == "BIGINT"):
        return f"coalesce({sql}, {_truth(column, text)})"
    if column.type in ("DATE", "TIMESTAMP"):
        # A date with the year first is unambiguous, whatever the format of the column is.
        return f"coalesce(CAST({sql} AS TIMESTAMP), {date_formats.sql(date_formats.TIMESTAMP, text)})"
    if column.type == "TIME":
        # The 24-hour format of programs, which a 12-hour format does not accept.
        standard = f"regexp_full_match(trim({text}), '[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\\.[0-9]{{1,9}})?')"
        return f"coalesce({sql}, CASE WHEN {standard} THEN TRY_CAST({text} AS TIME) END)"
    if (wanted.role == "timestamp" and column.type == "BIGINT") or (not wanted.role and column.type == "DOUBLE"):
        moment = seconds(date_formats.sql(date_formats.TIMESTAMP, text))
        sql = f"coalesce({sql}, {moment})"
    if not wanted.role and column.type == "DOUBLE":
        # A model without a document takes booleans and times as numbers too.
        return f"coalesce({sql}, CAST({_truth(ColumnFormat('', BOOLEAN, 'BOOLEAN'), text)} AS DOUBLE))"
    return sql


def _truth(column: ColumnFormat, text: str) -> str:
    words = {**{word: str(truth).lower() for word, truth in conversion.WORDS.items()}, **_DIGITS}
    cases = " ".join(f"WHEN '{word}' THEN {truth}" for word, truth in words.items())
    sql = f"CASE lower(trim({text}, ' \t\r\n')) {cases} END"
    return sql if column.type == "BOOLEAN" else f"CAST({sql} AS BIGINT)"


def _check(wanted: Input, column: ColumnFormat, sql: str) -> str:
    """Return SQL for whether training refuses a value because of the role; empty if it refuses none."""
    if column.type != "BIGINT":
        return ""
    if wanted.role == "boolean":
        return f"{sql} NOT IN (0, 1)"
    if wanted.role == "timestamp":
        low, high = wanted.low, wanted.high
        days = low is None or high is None or not (low <= _DAYS[1] and _DAYS[0] <= high)
        refused = f"{sql} NOT BETWEEN {_SECONDS[0]} AND {_SECONDS[1]}"
        return f"({refused} OR {sql} BETWEEN {_DAYS[0]} AND {_DAYS[1]})" if days else refused
    return ""
