"""Rows: what Examples were made of, and the counts that RowCountGate held against each other."""

import json
from pathlib import Path

from pipeline.lineage import Artifact
from pipeline.rendering.charts import COLORS, bar
from pipeline.rendering.markup import Markup, join, number, percent, table, tag

ROWS_FILE = "rows.json"


def examples(artifact: Artifact) -> Markup:
    """Return the rows of each split, the query, and the files or the database with their digests."""
    noted = artifact.properties
    counted = json.loads(noted.get("rows") or "{}")
    total, quarantined = counted.pop("source", 0), counted.pop("quarantined", None)
    splits = [
        (name, number(count), percent(count / total), bar(count / total, COLORS[position % len(COLORS)]))
        for position, (name, count) in enumerate(counted.items())
    ]
    files = [
        (file["path"], number(file["bytes"]), tag("code", file["sha256"]))
        for file in json.loads(noted.get("files") or "[]")
    ]
    parts = (
        [table(("Split", "Rows", "Share", ""), [*splits, ("source", number(total), "", "")], {1, 2})] if splits else []
    )
    if quarantined:
        parts.append(tag("p", f"{number(quarantined)} malformed rows are in quarantine."))
    if noted.get("query"):
        parts.append(tag("p", "Query: ", tag("code", noted["query"])))
    if files:
        parts.append(table(("File", "Bytes", "SHA-256"), files, {1}))
    elif noted.get("source"):
        place = ", ".join(part for part in (noted["source"], noted.get("table")) if part)
        parts.append(table(("Database", "SHA-256 of the rows"), [(place, tag("code", noted.get("digest", "")))]))
    return join(parts)


def row_counts(artifact: Artifact) -> Markup:
    """Return the counts at each station of the way."""
    counts = json.loads(Path(artifact.uri, ROWS_FILE).read_text(encoding="utf-8"))
    splits = counts["splits"]
    stations = [("source", "as the table was read", counts["source"])]
    stations += [(f"split {name}", "as ExampleGen wrote it", count) for name, count in splits.items()]
    stations += [
        (f"split {name}", "as StatisticsGen counted it", count) for name, count in counts["statistics"].items()
    ]
    stations.append(("split eval", "as the Evaluator read it", counts["evaluated"]))
    return join(
        [
            table(("Rows of", "", "Count"), [(what, how, number(count)) for what, how, count in stations], {2}),
            tag("p", tag("span", "✓ ", class_="good"), "No row was lost or doubled on the way."),
        ]
    )
