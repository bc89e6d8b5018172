"""SQL that converts typed values of a file to the type of a model's input; null if the value does not fit."""

from collections.abc import Callable
from functools import partial

from penstock.serving.model.document import Input
from penstock.tables.table import Column
from penstock.tables.values import date_formats
from penstock.tables.values.interpretation import ColumnFormat

_Convert = Callable[[Input, ColumnFormat, str], str]


def kind_of(declared: str) -> str:
    """Return the kind of a type: that of a table's column, `time` for a time of day, `integer` for whole decimals."""
    if declared in ("TIME", "TIME WITH TIME ZONE"):
        return "time"  # Parquet marks all times of day as UTC.
    if declared.startswith("DECIMAL") and declared.endswith(",0)"):
        return "integer"  # Examples store them as integers.
    return Column("", declared).kind


def from_typed(wanted: Input, column: ColumnFormat, kind: str, value: str) -> str:
    """Return SQL that converts a value of a kind to the type of the column."""
    target = kind_of(column.type)
    if target == "text":
        # A whole number without a fraction: tables in which only floats can be missing write 5.0 for 5.
        plain = f"CAST({value} AS TIME)" if kind == "time" else value
        return _digits(value) if kind == "number" else f"CAST({plain} AS VARCHAR)"
    convert = _CONVERTED.get((kind, target))
    if convert is None and not wanted.role and target == "number":
        convert = _OF_ANY.get(kind)
    return convert(wanted, column, value) if convert else f"CAST(NULL AS {column.type})"


def from_number(wanted: Input, column: ColumnFormat, value: str, text: str) -> str:
    """Return SQL for a number whose digits are also available as text, without rounding."""
    if column.type == "VARCHAR":
        return f"CASE WHEN regexp_full_match({text}, '-?[0-9]+') THEN {text} ELSE {_digits(value)} END"
    converted = from_typed(wanted, column, "number", value)
    if column.type == "BIGINT":
        return f"coalesce(TRY_CAST(regexp_extract({text}, '^-?[0-9]+$') AS BIGINT), {converted})"
    return converted


def seconds(moment: str) -> str:
    """Return SQL for a timestamp as whole seconds since 1970."""
    return f"CAST(floor(epoch(CAST({moment} AS TIMESTAMP))) AS BIGINT)"


def _digits(value: str) -> str:
    whole = f"{value} = round({value}) AND abs({value}) < 1e15"
    plain = f"CASE WHEN {whole} THEN CAST(CAST({value} AS BIGINT) AS VARCHAR) ELSE CAST({value} AS VARCHAR) END"
    return f"CASE WHEN isfinite(CAST({value} AS DOUBLE)) THEN {plain} END"


def _whole(wanted: Input, column: ColumnFormat, value: str) -> str:
    is_whole = f"isfinite(CAST({value} AS DOUBLE)) AND {value} = round({value})"
    return f"CASE WHEN {is_whole} THEN TRY_CAST({value} AS BIGINT) END"


def _cast(wanted: Input, column: ColumnFormat, value: str, *, kind: str) -> str:
    return f"TRY_CAST({value} AS {kind})"


def _bit(wanted: Input, column: ColumnFormat, value: str) -> str:
    return f"CAST({value} AS BIGINT)" if wanted.role == "boolean" else "CAST(NULL AS BIGINT)"


def _zero_or_one(wanted: Input, column: ColumnFormat, value: str) -> str:
    return f"CASE WHEN {value} = 1 THEN true WHEN {value} = 0 THEN false END"


def _timestamp(wanted: Input, column: ColumnFormat, value: str) -> str:
    # A timestamp in a column of days is not truncated, which would change the value.
    return f"CAST({value} AS TIMESTAMP)"


def _timestamp_of_number(wanted: Input, column: ColumnFormat, value: str) -> str:
    """Return SQL for a timestamp from a count of seconds or from digits, if that is the format of the column."""
    if column.format not in (*date_formats.EPOCHS, date_formats.COMPACT):
        return "CAST(NULL AS TIMESTAMP)"
    counted = date_formats.sql(column.format, f"CAST({_whole(wanted, column, value)} AS VARCHAR)")
    return f"CAST({counted} AS TIMESTAMP)"


def _seconds(wanted: Input, column: ColumnFormat, value: str) -> str:
    return seconds(value) if wanted.role == "timestamp" else "CAST(NULL AS BIGINT)"


_BIGINT, _DOUBLE = partial(_cast, kind="BIGINT"), partial(_cast, kind="DOUBLE")
# By the kind of the value in the file and the kind of the column.
_CONVERTED: dict[tuple[str, str], _Convert] = {
    ("integer", "integer"): _BIGINT,
    ("number", "integer"): _whole,
    ("boolean", "integer"): _bit,
    ("integer", "number"): _DOUBLE,
    ("number", "number"): _DOUBLE,
    ("boolean", "boolean"): partial(_cast, kind="BOOLEAN"),
    ("integer", "boolean"): _zero_or_one,
    ("number", "boolean"): _zero_or_one,
    ("timestamp", "timestamp"): _timestamp,
    ("integer", "timestamp"): _timestamp_of_number,
    ("number", "timestamp"): _timestamp_of_number,
    ("timestamp", "integer"): _seconds,
    ("time", "time"): partial(_cast, kind="TIME"),
}
# Conversions to a number for a model without a document.
_OF_ANY: dict[str, _Convert] = {
    "boolean": _DOUBLE,
    "timestamp": lambda wanted, column, value: f"CAST({seconds(value)} AS DOUBLE)",
}
