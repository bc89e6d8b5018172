"""The SQL that gives a model's columns out of the rows of any file, each value by itself, as training read them.

A text is read in the way of the column's values in training. A value that the file itself holds as a number, a boolean
or a time is taken where it means the same in the column, and is strange where it does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from serving.document import Input
from tables import conversion, date_formats
from tables.conversion import BOOLEAN, INTEGER, TEXT, TYPED, is_missing, read_as
from tables.interpretation import ColumnFormat
from tables.number_formats import PLAIN
from tables.source import Column
from tables.sql import quoted

_DIGITS = {"1": "true", "0": "false", "1.0": "true", "0.0": "false"}
# Seconds since 1970 from 1900 to 2100, and what reads as a day written 20210205, of which seconds would make 1970.
_SECONDS, _DAYS = (-2_208_988_800, 4_102_444_800), (19_000_101, 21_001_231)


@dataclass(frozen=True)
class Read:
    """SQL for the value that a model is given, and for whether the file's value is none of the column."""

    value: str
    strange: str


def reads(wanted: Mapping[str, Input], declared: Mapping[str, str]) -> dict[str, Read]:
    """Return how each input is read.

    Args:
        wanted: The column of the file for each input, by the column's name.
        declared: The columns of the file with their types, as DuckDB writes them.
    """
    return {each.name: _read(each, name, declared[name]) for name, each in wanted.items()}


def _read(wanted: Input, name: str, declared: str) -> Read:
    column, value = _way(wanted), quoted(name)
    if wanted.role == "vector" or Column(name, column.type).kind in ("list", "nested"):
        return Read(value, "false")
    kind = Column(name, declared).kind
    text = value if declared == "VARCHAR" else f"CAST({value} AS VARCHAR)"
    if kind in ("list", "nested", "bytes"):
        return Read("NULL" if kind != "bytes" else value, f"({value} IS NOT NULL)" if kind != "bytes" else "false")
    is_text = kind == "text" and declared != "TIME"
    found = _of_text(wanted, column, text) if is_text else _typed(wanted, column, kind, value)
    # What a mark says and NaN are missing wherever they stand.
    strange = f"({found} IS NULL AND NOT {is_missing(column, text)})"
    if column.type == "VARCHAR":
        strange = "false"
    check = _check(wanted, column, found)
    return Read(found, f"({strange} OR coalesce({check}, false))" if check else strange)


def _way(wanted: Input) -> ColumnFormat:
    """Return how texts of a column are read; of one that had a type in training, in the standard way of the type."""
    column = wanted.column
    if column.format != TYPED:
        return column
    kind = Column(column.name, column.type).kind
    form = {
        "integer": INTEGER,
        "number": PLAIN,
        "boolean": BOOLEAN,
        "timestamp": date_formats.DATE if column.type == "DATE" else date_formats.TIMESTAMP,
    }.get(kind, TEXT)
    if column.type.startswith("TIME") and not column.type.startswith("TIMESTAMP"):
        form = date_formats.TIME
    if kind in ("list", "nested"):
        return column
    return ColumnFormat(column.name, form, conversion.type_of(form), column.missing)


def _of_text(wanted: Input, column: ColumnFormat, text: str) -> str:
    found = read_as(column, text)
    if column.type == "BOOLEAN" or (wanted.role == "boolean" and column.type == "BIGINT"):
        return f"coalesce({found}, {_truth(column, text)})"
    if column.type in ("DATE", "TIMESTAMP") and column.format not in (date_formats.DATE, date_formats.TIMESTAMP):
        # A year first leaves no doubt, whatever else the column's format is.
        iso = date_formats.sql(date_formats.TIMESTAMP, text)
        return found if column.format.startswith("%Y-") else f"coalesce(CAST({found} AS TIMESTAMP), {iso})"
    if column.format == date_formats.DATE:
        return date_formats.sql(date_formats.TIMESTAMP, text)
    return found


def _truth(column: ColumnFormat, text: str) -> str:
    words = {**{word: str(truth).lower() for word, truth in conversion.WORDS.items()}, **_DIGITS}
    cases = " ".join(f"WHEN '{word}' THEN {truth}" for word, truth in words.items())
    found = f"CASE lower(trim({text}, ' \t\r\n')) {cases} END"
    return found if column.type == "BOOLEAN" else f"CAST({found} AS BIGINT)"


def _typed(wanted: Input, column: ColumnFormat, kind: str, value: str) -> str:
    """Return SQL for a value that has a type in the file."""
    target = Column(column.name, column.type).kind if column.type != "TIME" else "time"
    if target == "text":
        return f"CAST({value} AS VARCHAR)"
    convert = _CONVERTED.get((kind, target))
    return convert(wanted, column, value) if convert else "NULL"


def _whole(wanted: Input, column: ColumnFormat, value: str) -> str:
    is_whole = f"isfinite(CAST({value} AS DOUBLE)) AND {value} = round({value})"
    return f"CASE WHEN {is_whole} THEN TRY_CAST({value} AS BIGINT) END"


def _cast(wanted: Input, column: ColumnFormat, value: str, *, kind: str) -> str:
    return f"TRY_CAST({value} AS {kind})"


def _zero_or_one(wanted: Input, column: ColumnFormat, value: str) -> str:
    return f"CASE WHEN {value} = 1 THEN true WHEN {value} = 0 THEN false END"


def _moment(wanted: Input, column: ColumnFormat, value: str) -> str:
    # A moment of a column of days stays a moment: to cut it would change it.
    return f"CAST({value} AS TIMESTAMP)"


def _counted_moment(wanted: Input, column: ColumnFormat, value: str) -> str:
    """Return SQL for a moment that is counted, or written in digits, where that is how the column's are."""
    if column.format not in (*date_formats.EPOCHS, date_formats.COMPACT):
        return "NULL"
    return date_formats.sql(column.format, f"CAST({_whole(wanted, column, value)} AS VARCHAR)")


def _seconds(wanted: Input, column: ColumnFormat, value: str) -> str:
    return f"CAST(floor(epoch(CAST({value} AS TIMESTAMP))) AS BIGINT)" if wanted.role == "timestamp" else "NULL"


_BIGINT, _DOUBLE = partial(_cast, kind="BIGINT"), partial(_cast, kind="DOUBLE")
# By what the file holds and what the column is.
_CONVERTED: dict[tuple[str, str], Callable[[Input, ColumnFormat, str], str]] = {
    ("integer", "integer"): _BIGINT,
    ("number", "integer"): _whole,
    ("boolean", "integer"): _BIGINT,
    ("integer", "number"): _DOUBLE,
    ("number", "number"): _DOUBLE,
    ("boolean", "number"): _DOUBLE,
    ("boolean", "boolean"): partial(_cast, kind="BOOLEAN"),
    ("integer", "boolean"): _zero_or_one,
    ("number", "boolean"): _zero_or_one,
    ("timestamp", "timestamp"): _moment,
    ("integer", "timestamp"): _counted_moment,
    ("number", "timestamp"): _counted_moment,
    ("timestamp", "integer"): _seconds,
    ("text", "time"): partial(_cast, kind="TIME"),
}


def _check(wanted: Input, column: ColumnFormat, found: str) -> str:
    """Return SQL for whether a value is one that training refuses for the role; empty where it refuses none."""
    if column.type != "BIGINT":
        return ""
    if wanted.role == "boolean":
        return f"{found} NOT IN (0, 1)"
    if wanted.role == "timestamp":
        low, high = wanted.low, wanted.high
        days = low is None or high is None or not (low <= _DAYS[1] and _DAYS[0] <= high)
        refused = f"{found} NOT BETWEEN {_SECONDS[0]} AND {_SECONDS[1]}"
        return f"({refused} OR {found} BETWEEN {_DAYS[0]} AND {_DAYS[1]})" if days else refused
    return ""
