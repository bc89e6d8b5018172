"""Check that the values of a column fit its role."""

import re

from penstock.core.errors import DataError
from penstock.core.features import Feature
from penstock.core.text import shorten
from penstock.tables.files.reading import delimiter_of
from penstock.tables.sql import quoted
from penstock.tables.table import Table
from penstock.tables.values import date_formats
from penstock.tables.values.conversion import type_of
from penstock.tables.values.inference import Finding
from penstock.tables.values.interpretation import ColumnFormat

# Role: the kinds of columns that it accepts, and their name in messages.
_ROLES: dict[str, tuple[set[str], str]] = {
    "numeric": ({"integer", "number", "boolean"}, "numbers"),
    "boolean": ({"boolean", "integer"}, "booleans, or 0 and 1"),
    "timestamp": ({"integer", "timestamp"}, "epoch seconds, timestamps or dates"),
    "categorical": ({"integer", "number", "boolean", "text", "bytes", "timestamp"}, "single values"),
    **{role: ({"integer", "number"}, f"numbers that stand for the {role}") for role in ("hour", "weekday", "month")},
    "text": ({"text"}, "text"),
    "vector": ({"list"}, "lists of numbers"),
}
# Role: the types that text is converted to.
_NUMBER = ("BIGINT", "DOUBLE")
_READABLE: dict[str, tuple[str, ...]] = {
    "numeric": _NUMBER,
    "hour": _NUMBER,
    "weekday": _NUMBER,
    "month": _NUMBER,
    "timestamp": ("DATE", "TIMESTAMP", "BIGINT"),
    "boolean": ("BOOLEAN",),
}
_LIST_OF_NUMBERS = r"(U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|BOOLEAN|DECIMAL\(.*\))\[\d*\]"
# Seconds from 1900 to 2100.
_LEAST, _GREATEST = -2_208_988_800, date_formats.EPOCH_RANGE[1]
_EXPECTED = "epoch seconds from 1900 to 2100"


def check_role(table: Table, feature: Feature, *, what: str = "the column") -> None:
    """Raise a DataError that names the first wrong value and its line if the column does not fit the role."""
    column = table.column(feature.name)
    kinds, expected = _ROLES[feature.role]
    name = quoted(column.name)
    if column.kind not in kinds or (feature.role == "vector" and not re.fullmatch(_LIST_OF_NUMBERS, column.type)):
        finding = table.finding(feature.name) if column.kind == "text" and feature.role in _READABLE else None
        if finding:
            _refuse_text(table, feature, finding, what)
        value, place = _offender(table, feature)
        received = f"{shorten(repr(value))} in a column of {column.type}"
        raise DataError(
            f"{place}: {what} {column.name!r}", f"{expected} ({feature.written})", received, _remedy(feature, table)
        )
    if feature.role == "vector":
        _check_lengths(table, feature)
    if feature.role == "boolean" and column.kind == "integer":
        invalid = table.select(name, f"WHERE {name} NOT IN (0, 1) LIMIT 1")
        if invalid:
            place = table.where(column.name, invalid[0][0])
            raise DataError(f"{place}: {what} {column.name!r}", expected, repr(invalid[0][0]), _remedy(feature, table))


def _refuse_text(table: Table, feature: Feature, finding: Finding, what: str) -> None:
    """Raise a DataError that names the first value of a text column that does not fit the role."""
    column, present = finding.column, finding.present or 0
    form, fits = finding.best_match_of(_READABLE[feature.role])
    likely = ColumnFormat(column.name, form, type_of(form), column.missing)
    expected = _ROLES[feature.role][1]
    if not fits or 2 * fits < present:
        # No format fits half of the values.
        value, place = table.first_invalid(likely) if fits else table.first(column)
        remedy = f"set [data.formats] {_key(feature)} if all values have one format, or {_other(feature)}"
    elif fits < present:
        value, place = table.first_invalid(likely)
        expected += f", as {fits:,} of {present:,} values are"
        remedy = _correct(table, feature)
    else:
        value, place = table.first(column, codes=True)
        expected += ", without leading zeros and of at most 64 bits"
        remedy = f'set [data.formats] {_key(feature)} = "number" if these are numbers, or {_other(feature)}'
    received = f"{shorten(repr(value))} in a column of {column.type}"
    raise DataError(f"{place}: {what} {feature.name!r}", f"{expected} ({feature.written})", received, remedy)


def _correct(table: Table, feature: Feature) -> str:
    steps = ["correct the value", f"list it in [data.missing] {_key(feature)}"]
    if table.query is None and delimiter_of(table.files) and table.separated is None:
        steps.append("set data.quarantine")
    return f"{', '.join(steps)}, or {_other(feature)}"


def _key(feature: Feature) -> str:
    return feature.name if re.fullmatch(r"[\w-]+", feature.name, re.ASCII) else quoted(feature.name)


def _other(feature: Feature) -> str:
    return "give it another role" if feature.role in ("categorical", "vector") else "make its role categorical"


def _check_lengths(table: Table, feature: Feature) -> None:
    name = quoted(feature.name)
    condition = f"length <> {feature.width}"
    if not re.match("FLOAT|DOUBLE|DECIMAL", table.column(feature.name).type):
        condition += " OR present <> length"  # In lists of floats NaN marks a missing one.
    counted = f"SELECT row_number() OVER (), len({name}), list_count({name}) FROM penstock_result"
    found = table.execute(f"SELECT * FROM ({counted}) AS lists(place, length, present) WHERE {condition} LIMIT 1")
    if found:
        [(place, length, _)] = found
        where, expected = f"{table.name}, row {place}: the column {feature.name!r}", f"({feature.written})"
        if length == feature.width:
            remedy = f"write CAST({name} AS FLOAT[]) AS {name} in data.query"
            raise DataError(
                where, f"whole numbers, none of them missing {expected}", "a list with a missing one", remedy
            )
        remedy = f"correct the list, leave the row out by data.query, or make the role vector[{length or 1}]"
        raise DataError(where, f"{feature.width} numbers in each list {expected}", str(length), remedy)


def _offender(table: Table, feature: Feature) -> tuple[object, str]:
    """Return the first value that does not fit the role, and its place."""
    column = table.column(feature.name)
    name = quoted(column.name)
    if column.kind != "text":
        return table.select(name, f"WHERE {name} IS NOT NULL LIMIT 1")[0][0], table.name
    unreadable = "".join(f" AND TRY_CAST({name} AS {kind}) IS NULL" for kind in _READABLE.get(feature.role, ()))
    found = table.select(name, f"WHERE {name} IS NOT NULL{unreadable} LIMIT 1")
    value = (found or table.select(name, f"WHERE {name} IS NOT NULL LIMIT 1"))[0][0]
    return value, table.where(column.name, value)


def _remedy(feature: Feature, table: Table) -> str:
    name, kind = quoted(feature.name), table.column(feature.name).kind
    if table.is_remote:
        return f"correct the value, convert it in data.query by the functions of the database, or {_other(feature)}"
    if kind == "timestamp" and feature.role == "numeric":
        return f"make its role timestamp, or write epoch({name}) AS {name} in data.query"
    is_time = kind == "timestamp" or table.column(feature.name).type == "TIME"
    moment = name if is_time else f"TRY_CAST({name} AS TIMESTAMP)"
    convert = {
        "timestamp": f"make_timestamp(CAST({name} * 1000000 AS BIGINT))" if kind == "number" else moment,
        "boolean": f"TRY_CAST({name} AS BOOLEAN)",
        "numeric": f"TRY_CAST({name} AS DOUBLE)",
        "categorical": f"CAST({name} AS VARCHAR)",
        "text": f"CAST({name} AS VARCHAR)",
        "vector": f"TRY_CAST({name} AS FLOAT[])",
    }.get(feature.role, f"{feature.role}({moment})")
    return f"correct the value, write {convert} AS {name} in data.query, or {_other(feature)}"


def check_times(table: Table, feature: Feature) -> None:
    """Raise a DataError if integers with the role `timestamp` have other units than seconds, or are dates.

    Raises:
        DataError: The sentence says how the numbers may be read instead.
    """
    if feature.role != "timestamp" or table.column(feature.name).kind != "integer":
        return
    name = quoted(feature.name)
    date = f"CASE WHEN {name} BETWEEN 19000101 AND 21001231 THEN {_as_date(name)} END"
    [(present, dates, low, high)] = table.select(f"count({name}), count({date}), min({name}), max({name})")
    if present and dates == present:
        _refuse_time(table, feature, f"WHERE {date} IS NOT NULL", date_formats.COMPACT)
    if present and 2 * dates >= present:
        expected = f"dates written as 20210205, as {dates:,} of {present:,} values are (timestamp)"
        _refuse_time(table, feature, f"WHERE {name} IS NOT NULL AND {date} IS NULL", expected=expected)
    if present and not _LEAST <= low <= high <= _GREATEST:
        form = date_formats.plausible_epoch(low, high)
        _refuse_time(table, feature, f"WHERE NOT {name} BETWEEN {_LEAST} AND {_GREATEST}", form)


def _as_date(name: str) -> str:
    return f"CAST(try_strptime(CAST({name} AS VARCHAR), '{date_formats.COMPACT}') AS DATE)"


def _refuse_time(table: Table, feature: Feature, rest: str, form: str = "", expected: str = "") -> None:
    name = quoted(feature.name)
    [(value,)] = table.select(name, f"{rest} LIMIT 1")
    place = table.where(feature.name, value)
    received = f"{value}, a date of eight digits" if form == date_formats.COMPACT else str(value)
    expected = expected or f"{_EXPECTED} (timestamp)"
    raise DataError(f"{place}: the column {feature.name!r}", expected, received, _time_remedy(table, name, form))


def _time_remedy(table: Table, name: str, form: str) -> str:
    """Return how to read numbers of a unit: with a format, or with SQL if a query computes the column."""
    other = "or give the column another role"
    if not form:
        return f"correct the value, list it in [data.missing], {other}"
    if table.is_remote:
        return f"set [data.formats] {name} = {quoted(form)}, or convert it in the query of the database"
    if table.query is None:
        return f"set [data.formats] {name} = {quoted(form)}, {other}"
    factor = 1_000_000 // date_formats.EPOCHS.get(form, 1)
    scaled = name if factor == 1 else f"{name} * {factor}"
    found = _as_date(name).replace("try_", "") if form == date_formats.COMPACT else f"make_timestamp({scaled})"
    return f"write {found} AS {name} in data.query, {other}"
