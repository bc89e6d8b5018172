"""SQL for values that a file holds with a type of its own, as a model's column takes them; null where it does not."""

from collections.abc import Callable
from functools import partial

from penstock.serving.model.document import Input
from penstock.tables.table import Column
from penstock.tables.values import date_formats
from penstock.tables.values.interpretation import ColumnFormat

_Convert = Callable[[Input, ColumnFormat, str], str]


def kind_of(declared: str) -> str:
    """Return the kind of a type: as of a column of a table, and `time` for a time of day; whole decimals are whole."""
    if declared in ("TIME", "TIME WITH TIME ZONE"):
        return "time"  # Parquet's times of day are all said to be of UTC.
    if declared.startswith("DECIMAL") and declared.endswith(",0)"):
        return "integer"  # As examples hold them.
    return Column("", declared).kind


def from_typed(wanted: Input, column: ColumnFormat, kind: str, value: str) -> str:
    """Return SQL for a value of a kind as the column takes it."""
    target = kind_of(column.type)
    if target == "text":
        # A number with no fraction by its digits: tables that know missing values in fractions only write 5.0 for 5.
        plain = f"CAST({value} AS TIME)" if kind == "time" else value
        return _digits(value) if kind == "number" else f"CAST({plain} AS VARCHAR)"
    convert = _CONVERTED.get((kind, target))
    if convert is None and not wanted.role and target == "number":
        convert = _OF_ANY.get(kind)
    return convert(wanted, column, value) if convert else f"CAST(NULL AS {column.type})"


def from_number(wanted: Input, column: ColumnFormat, value: str, text: str) -> str:
    """Return SQL for a number that is also there as a text of its digits, which has them all."""
    if column.type == "VARCHAR":
        return f"CASE WHEN regexp_full_match({text}, '-?[0-9]+') THEN {text} ELSE {_digits(value)} END"
    found = from_typed(wanted, column, "number", value)
    if column.type == "BIGINT":
        return f"coalesce(TRY_CAST(regexp_extract({text}, '^-?[0-9]+$') AS BIGINT), {found})"
    return found


def seconds(moment: str) -> str:
    """Return SQL for a moment as whole seconds since 1970."""
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


def _moment(wanted: Input, column: ColumnFormat, value: str) -> str:
    # A moment of a column of days stays a moment: to cut it would change it.
    return f"CAST({value} AS TIMESTAMP)"


def _counted_moment(wanted: Input, column: ColumnFormat, value: str) -> str:
    """Return SQL for a moment that is counted, or written in digits, where that is how the column's are."""
    if column.format not in (*date_formats.EPOCHS, date_formats.COMPACT):
        return "CAST(NULL AS TIMESTAMP)"
    counted = date_formats.sql(column.format, f"CAST({_whole(wanted, column, value)} AS VARCHAR)")
    return f"CAST({counted} AS TIMESTAMP)"


def _seconds(wanted: Input, column: ColumnFormat, value: str) -> str:
    return seconds(value) if wanted.role == "timestamp" else "CAST(NULL AS BIGINT)"


_BIGINT, _DOUBLE = partial(_cast, kind="BIGINT"), partial(_cast, kind="DOUBLE")
# By what the file holds and what the column is.
_CONVERTED: dict[tuple[str, str], _Convert] = {
    ("integer", "integer"): _BIGINT,
    ("number", "integer"): _whole,
    ("boolean", "integer"): _bit,
    ("integer", "number"): _DOUBLE,
    ("number", "number"): _DOUBLE,
    ("boolean", "boolean"): partial(_cast, kind="BOOLEAN"),
    ("integer", "boolean"): _zero_or_one,
    ("number", "boolean"): _zero_or_one,
    ("timestamp", "timestamp"): _moment,
    ("integer", "timestamp"): _counted_moment,
    ("number", "timestamp"): _counted_moment,
    ("timestamp", "integer"): _seconds,
    ("time", "time"): partial(_cast, kind="TIME"),
}
# What a number is to a model that does not say how it reads its columns.
_OF_ANY: dict[str, _Convert] = {
    "boolean": _DOUBLE,
    "timestamp": lambda wanted, column, value: f"CAST({seconds(value)} AS DOUBLE)",
}
