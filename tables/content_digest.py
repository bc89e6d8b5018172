"""A digest of what rows hold that their order does not change: a database gives rows in whatever order it likes.

Each row has its SHA-256, and the digests are added up: the sum is the same in every order, and a row that is there
twice counts twice. The whole is done by DuckDB, without a row in Python.
"""

import hashlib
import json
from pathlib import Path

from tables.connection import connected
from tables.sql import path_literal, quoted

# A digest as four numbers, each of which leaves room for a sum over 2^64 rows.
_PARTS = 4


def content_digest(file: Path) -> str:
    """Return the SHA-256 of columns, types and rows of a Parquet file, in whatever order they are."""
    with connected({"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = f"read_parquet({path_literal(file)})"
        described = connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        columns = sorted((str(name), str(kind)) for name, kind, *_ in described)
        row = ", ".join(_text(name, kind) for name, kind in columns)
        sums = ", ".join(f"sum(CAST('0x' || substr(digest, {1 + 16 * part}, 16) AS UBIGINT))" for part in range(_PARTS))
        [found] = connection.execute(
            f"SELECT count(*), {sums} FROM (SELECT sha256(concat({row})) AS digest FROM {rows})"
        ).fetchall()
    whole = [columns, [int(number or 0) for number in found]]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def _text(name: str, kind: str) -> str:
    """Return SQL for a value as text, with its length before it, so that no two rows share one."""
    column = quoted(name)
    text = f"CAST({column} AS VARCHAR)"
    if kind == "BLOB":
        text = f"hex({column})"
    elif kind.endswith("]"):
        text = f"CAST(to_json({column}) AS VARCHAR)"
    return f"coalesce(strlen({text}) || ':' || {text}, '-')"
