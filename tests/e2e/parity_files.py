"""The files of a random table: the source of training, and the same rows in every format that can be scored."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.e2e.parity_tables import KINDS, MadeTable

LABEL = "label"


def write_source(table: MadeTable, folder: Path) -> Path:
    """Write the table as the source of training."""
    if table.is_parquet:
        columns = [arrow(table, place, table.typed[place]) for place in range(len(table.names))]
        return write_parquet(folder / "rows.parquet", [*table.names, LABEL], [*columns, pa.array(table.label)])
    path = folder / ("rows.tsv" if table.delimiter == "\t" else "rows.csv")
    rows = [[*table.names, LABEL], *zip(*table.texts, table.label, strict=True)]
    return write_delimited(path, rows, table)


def write_delimited(path: Path, rows: list[Any], table: MadeTable) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=table.delimiter, lineterminator=table.line_end).writerows(rows)
    path.write_bytes((b"\xef\xbb\xbf" if table.has_mark else b"") + text.getvalue().encode())
    return path


def write_parquet(path: Path, names: list[str], columns: list[pa.Array]) -> Path:
    pq.write_table(pa.Table.from_arrays(columns, names), path)
    return path


def arrow(table: MadeTable, place: int, values: list[Any]) -> pa.Array:
    """Return values of a column with the type that the whole column has."""
    return pa.array(values, KINDS[table.kinds[place]].type or pa.array(table.typed[place]).type)


def variants(table: MadeTable, rows: list[int], folder: Path) -> dict[str, Path]:
    """Write some rows in each format, as texts and with types, and return the files."""
    texts = [[column[row] for column in table.texts] for row in rows]
    typed = [[column[row] for column in table.typed] for row in rows]
    found = {}
    if not table.is_parquet:
        found["csv"] = write_delimited(folder / "part.csv", [table.names, *texts], table)
        columns = [pa.array([row[place] for row in texts], pa.string()) for place in range(len(table.names))]
        found["texts in parquet"] = write_parquet(folder / "texts.parquet", table.names, columns)
        found["texts in json"] = _json(folder / "texts.jsonl", table.names, texts)
    else:
        # The standard text of a typed value.
        plain = [[_plain(value) for value in row] for row in typed]
        found["csv"] = write_delimited(folder / "part.csv", [table.names, *plain], table)
    # Other columns decide the date of such a text, so there is no typed value for it.
    unknown = [place for place, kind in enumerate(table.kinds) if kind == "early day" and not table.is_parquet]
    held = [
        [value if value is None else KINDS[kind].json(value) for value, kind in zip(row, table.kinds, strict=True)]
        for row in typed
    ]
    for place in unknown:
        for number, row in enumerate(texts):
            held[number][place] = row[place]
    found["json"] = _json(folder / "part.jsonl", table.names, held)
    arrays = [arrow(table, place, [row[place] for row in typed]) for place in range(len(table.names))]
    for place in unknown:
        arrays[place] = pa.array([row[place] for row in texts], pa.string())
    found["parquet"] = write_parquet(folder / "part.parquet", table.names, arrays)
    return found


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return (
        json.dumps(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _json(path: Path, names: list[str], rows: list[list[Any]]) -> Path:
    lines = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path
