"""Whole numbers whose role is a time are seconds since 1970; what can hardly be such is refused."""

from modules.features import Feature
from pipeline.errors import DataError
from tables import date_formats
from tables.sql import quoted
from tables.table import Table

# Seconds from 1900 to 2100.
_LEAST, _GREATEST = -2_208_988_800, date_formats.EPOCH_RANGE[1]
_EXPECTED = "epoch seconds from 1900 to 2100"


def check_moments(table: Table, feature: Feature) -> None:
    """Raise a DataError where a column of whole numbers with the role `timestamp` is of other units, or of dates.

    Raises:
        DataError: The sentence says how the numbers may be read instead.
    """
    if feature.role != "timestamp" or table.column(feature.name).kind != "integer":
        return
    name = quoted(feature.name)
    date = f"CASE WHEN {name} BETWEEN 19000101 AND 21001231 THEN {_as_date(name)} END"
    [(present, dates, low, high)] = table.select(f"count({name}), count({date}), min({name}), max({name})")
    if present and dates == present:
        _refuse(table, feature, f"WHERE {date} IS NOT NULL", date_formats.COMPACT)
    if present and 2 * dates >= present:
        expected = f"dates written as 20210205, as {dates:,} of {present:,} values are (timestamp)"
        _refuse(table, feature, f"WHERE {name} IS NOT NULL AND {date} IS NULL", expected=expected)
    if present and not _LEAST <= low <= high <= _GREATEST:
        form = date_formats.plausible_epoch(low, high)
        _refuse(table, feature, f"WHERE NOT {name} BETWEEN {_LEAST} AND {_GREATEST}", form)


def _as_date(name: str) -> str:
    return f"CAST(try_strptime(CAST({name} AS VARCHAR), '{date_formats.COMPACT}') AS DATE)"


def _refuse(table: Table, feature: Feature, rest: str, form: str = "", expected: str = "") -> None:
    name = quoted(feature.name)
    [(value,)] = table.select(name, f"{rest} LIMIT 1")
    place = table.where(feature.name, value)
    received = f"{value}, a date of eight digits" if form == date_formats.COMPACT else str(value)
    expected = expected or f"{_EXPECTED} (timestamp)"
    raise DataError(f"{place}: the column {feature.name!r}", expected, received, _remedy(table, name, form))


def _remedy(table: Table, name: str, form: str) -> str:
    """Return how numbers of a unit are read: by a format, or by SQL where a query makes the column."""
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
