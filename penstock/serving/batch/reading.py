"""The SQL that gives a model's columns out of the rows of any file, each value by itself, as training read them.

A text is read in the way of the column's values in training. A value that the file itself holds as a number, a boolean
or a time is taken where it means the same in the column, and is strange where it does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from penstock.serving.model.casting import Located
from penstock.serving.model.document import Input
from penstock.serving.model.typed_values import from_number, from_typed, kind_of, seconds
from penstock.tables.values import conversion, date_formats
from penstock.tables.values.computed import Expression, substituted
from penstock.tables.values.conversion import BOOLEAN, INTEGER, TEXT, TYPED, is_mark, is_missing, read_as
from penstock.tables.values.interpretation import ColumnFormat
from penstock.tables.values.number_formats import PLAIN

_DIGITS = {"1": "true", "0": "false", "1.0": "true", "0.0": "false"}
# Seconds since 1970 from 1900 to 2100, and what reads as a day written 20210205, of which seconds would make 1970.
_SECONDS, _DAYS = (-2_208_988_800, 4_102_444_800), date_formats.COMPACT_RANGE
# What a column is used as that another is computed from: it is read as such, and refused for no role.
_COMPUTED = "computed from"
_JSON_NUMBERS = "('BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')"


@dataclass(frozen=True)
class Held:
    """A column of a file.

    Attributes:
        value: SQL for its value.
        type: Its type, as DuckDB writes it.
        json: SQL for the kind of the JSON value that a text stands for; empty where it stands for none.
    """

    value: str
    type: str
    json: str = ""


@dataclass(frozen=True)
class Read:
    """SQL for the value that a model is given, and by column for whether the file's value is none of the column."""

    value: str
    strange: Mapping[str, str]


def reads(wanted: Sequence[Located], held: Mapping[str, Held]) -> dict[str, Read]:
    """Return how each input is read, by its name.

    Args:
        wanted: The inputs of a model and their columns.
        held: The columns of the file.
    """
    return {
        each.input.name: _computed(each.input, held) if each.is_computed else _single(each, held) for each in wanted
    }


def _single(wanted: Located, held: Mapping[str, Held]) -> Read:
    value, strange = _read(wanted.input, held[wanted.column])
    return Read(value, {wanted.column: strange})


def _computed(wanted: Input, held: Mapping[str, Held]) -> Read:
    """Return how an input is computed from columns of the file, each of which is read and typed as in training."""
    values, strange = [], {}
    for column in wanted.needs:
        value, odd = _read(Input(column.name, "", column, column.name, role=_COMPUTED), held[column.name])
        if kind_of(column.type) in ("list", "nested"):
            value = f"TRY_CAST({held[column.name].value} AS {column.type})"
            odd = f"({held[column.name].value} IS NOT NULL AND {value} IS NULL)"
        values.append(f"CAST({value} AS {column.type})")
        strange[column.name] = odd
    return Read(substituted(Expression(wanted.sql or "NULL", ()), values), strange)


def way(wanted: Input) -> ColumnFormat:
    """Return how texts of a column are read; of one that had a type in training, in the standard way of the type."""
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


def _read(wanted: Input, held: Held) -> tuple[str, str]:
    """Return SQL for a value and for whether it is strange."""
    kind = kind_of(held.type)
    if wanted.role == "vector":
        return held.value, "false"
    if kind in ("list", "nested"):
        return "CAST(NULL AS VARCHAR)", f"({held.value} IS NOT NULL)"
    column = way(wanted)
    text = held.value if held.type == "VARCHAR" else f"CAST({held.value} AS VARCHAR)"
    if kind == "bytes":
        is_text = column.type == "VARCHAR"
        return (held.value, "false") if is_text else (f"CAST(NULL AS {column.type})", f"({text} IS NOT NULL)")
    found = _of_text(wanted, column, text) if kind == "text" else from_typed(wanted, column, kind, held.value)
    mark = _is_mark(column, held, text)
    if held.json:
        number = from_number(wanted, column, f"TRY_CAST({text} AS DOUBLE)", text)
        found = f"CASE WHEN {held.json} IN {_JSON_NUMBERS} THEN {number} ELSE {found} END"
    found = f"CASE WHEN NOT {mark} THEN {found} END" if mark else found
    parts = [f"{held.json} IN ('ARRAY', 'OBJECT')"] if held.json else []
    if column.type != "VARCHAR":
        missing = " OR ".join(filter(None, (is_missing(column, text), mark)))
        parts.append(f"{found} IS NULL AND NOT ({missing})")
    if check := _check(wanted, column, found):
        parts.append(check)
    return found, " OR ".join(f"coalesce({part}, false)" for part in parts) or "false"


def _is_mark(column: ColumnFormat, held: Held, text: str) -> str:
    """Return SQL for whether a number or a time is a mark of what is missing, such as -999; empty for plain texts."""
    kind = kind_of(held.type)
    if not column.missing or (kind == "text" and not held.json):
        return ""
    marks = is_mark(column, text)
    numbers = sorted({number for mark in column.missing if (number := _number(mark)) is not None})
    if numbers and (held.json or kind in ("integer", "number")):
        found = f"{held.json} IN {_JSON_NUMBERS} AND TRY_CAST({text} AS DOUBLE)" if held.json else held.value
        marks = f"({marks} OR {found} IN ({', '.join(map(repr, numbers))}))"
    return f"coalesce({marks}, false)"


def _number(mark: str) -> float | None:
    try:
        return number if isfinite(number := float(mark)) else None
    except ValueError:
        return None


def _of_text(wanted: Input, column: ColumnFormat, text: str) -> str:
    found = read_as(column, text)
    if column.type == "BOOLEAN" or (wanted.role == "boolean" and column.type == "BIGINT"):
        return f"coalesce({found}, {_truth(column, text)})"
    if column.type in ("DATE", "TIMESTAMP"):
        # A year first leaves no doubt, whatever else the column's format is.
        return f"coalesce(CAST({found} AS TIMESTAMP), {date_formats.sql(date_formats.TIMESTAMP, text)})"
    if column.type == "TIME":
        # As a program writes it, which a clock of twelve hours does not take for its own.
        standard = f"regexp_full_match(trim({text}), '[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\\.[0-9]{{1,9}})?')"
        return f"coalesce({found}, CASE WHEN {standard} THEN TRY_CAST({text} AS TIME) END)"
    if (wanted.role == "timestamp" and column.type == "BIGINT") or (not wanted.role and column.type == "DOUBLE"):
        moment = seconds(date_formats.sql(date_formats.TIMESTAMP, text))
        found = f"coalesce({found}, {moment})"
    if not wanted.role and column.type == "DOUBLE":
        # What a number is to a model that does not say: a truth or a moment too, which its signature takes as numbers.
        return f"coalesce({found}, CAST({_truth(ColumnFormat('', BOOLEAN, 'BOOLEAN'), text)} AS DOUBLE))"
    return found


def _truth(column: ColumnFormat, text: str) -> str:
    words = {**{word: str(truth).lower() for word, truth in conversion.WORDS.items()}, **_DIGITS}
    cases = " ".join(f"WHEN '{word}' THEN {truth}" for word, truth in words.items())
    found = f"CASE lower(trim({text}, ' \t\r\n')) {cases} END"
    return found if column.type == "BOOLEAN" else f"CAST({found} AS BIGINT)"


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
