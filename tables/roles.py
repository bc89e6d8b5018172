"""Hold a column against its role: numbers where numbers are meant, times where times are."""

from modules.features import Feature
from pipeline.errors import DataError
from tables.faults import shorten
from tables.reading import quoted
from tables.source import Table

# Role: the kinds of columns that it takes, and what a sentence calls them.
_ROLES: dict[str, tuple[set[str], str]] = {
    "numeric": ({"integer", "number", "boolean"}, "numbers"),
    "boolean": ({"boolean", "integer"}, "booleans, or 0 and 1"),
    "timestamp": ({"integer", "timestamp"}, "epoch seconds, timestamps or dates"),
    "categorical": ({"integer", "number", "boolean", "text", "bytes", "timestamp"}, "single values"),
    **{role: ({"integer", "number"}, f"numbers that stand for the {role}") for role in ("hour", "weekday", "month")},
}
# Role: the types that a text may be read as.
_NUMBER = ("DOUBLE",)
_READABLE: dict[str, tuple[str, ...]] = {
    "numeric": _NUMBER,
    "hour": _NUMBER,
    "weekday": _NUMBER,
    "month": _NUMBER,
    "timestamp": ("TIMESTAMP", "BIGINT"),
    "boolean": ("BOOLEAN",),
}


def check_role(table: Table, feature: Feature, *, what: str = "the column") -> None:
    """Raise a DataError, with the first value that is wrong and its line, where the column is not of the role."""
    column = table.column(feature.name)
    kinds, expected = _ROLES[feature.role]
    name = quoted(column.name)
    if column.kind not in kinds:
        value, place = _offender(table, feature)
        received = f"{shorten(repr(value))} in a column of {column.type}"
        raise DataError(
            f"{place}: {what} {column.name!r}", f"{expected} ({feature.role})", received, _remedy(feature, table)
        )
    if feature.role == "boolean" and column.kind == "integer":
        strange = table.select(name, f"WHERE {name} NOT IN (0, 1) LIMIT 1")
        if strange:
            place = table.where(column.name, strange[0][0])
            raise DataError(f"{place}: {what} {column.name!r}", expected, repr(strange[0][0]), _remedy(feature, table))


def _offender(table: Table, feature: Feature) -> tuple[object, str]:
    """Return the first value that is not of the role, and where it stands."""
    column = table.column(feature.name)
    name = quoted(column.name)
    if column.kind != "text":
        return table.select(name, f"WHERE {name} IS NOT NULL LIMIT 1")[0][0], table.name
    unreadable = "".join(f" AND TRY_CAST({name} AS {kind}) IS NULL" for kind in _READABLE.get(feature.role, ()))
    found = table.select(name, f"WHERE {name} IS NOT NULL{unreadable} LIMIT 1")
    value = (found or table.select(name, f"WHERE {name} IS NOT NULL LIMIT 1"))[0][0]
    return value, table.where(column.name, value)


def _remedy(feature: Feature, table: Table) -> str:
    name = quoted(feature.name)
    other = "give it another role" if feature.role == "categorical" else "make its role categorical"
    if table.is_remote:
        return f"mend the value, convert it in data.query by the functions of the database, or {other}"
    convert = {
        "timestamp": f"TRY_CAST({name} AS TIMESTAMP)",
        "boolean": f"TRY_CAST({name} AS BOOLEAN)",
        "numeric": f"TRY_CAST({name} AS DOUBLE)",
        "categorical": f"CAST({name} AS VARCHAR)",
    }.get(feature.role, f"{feature.role}(TRY_CAST({name} AS TIMESTAMP))")
    return f"mend the value, write {convert} AS {name} in data.query, or {other}"
