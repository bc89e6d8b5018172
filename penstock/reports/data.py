"""The data: the source of the examples, the row counts that RowCountGate compared, the statistics of each column."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.core.documents.data import RowCounts
from penstock.core.text import UNKNOWN, number, shorten
from penstock.metadata.lineage import Artifact
from penstock.reports.charts import Bucket, bar, color, histogram, legend
from penstock.reports.markup import code, drawn, joined, measure, percent, stacked

STATISTICS_FILE = "FeatureStats.pb"
_TEMPLATE = "data.html"
_SPLIT = "Split-"
_TOP_VALUES = 4
_ORDER = {"train": 0, "eval": 1}


@dataclass(frozen=True)
class Split:
    """One split's statistics: its name, its rows, and TFDV's statistics by column."""

    name: str
    rows: int
    columns: dict[str, Any]


def examples(artifact: Artifact) -> Markup:
    """Return the rows of each split, the query, and the files or the database with their digests."""
    properties = artifact.properties
    counts = json.loads(properties.get("rows") or "{}")
    total, quarantined = counts.pop("source", 0), counts.pop("quarantined", None)
    splits = [
        (name, number(count), percent(count / total), bar(count / total, color(position)))
        for position, (name, count) in enumerate(counts.items())
    ]
    files = [
        (file["path"], number(file["bytes"]), code(file["sha256"]))
        for file in json.loads(properties.get("files") or "[]")
    ]
    database = ", ".join(part for part in (properties.get("source"), properties.get("table")) if part)
    return drawn(
        _TEMPLATE,
        "examples",
        splits=[*splits, ("source", number(total), "", "")] if splits else [],
        quarantined=quarantined or 0,
        query=properties.get("query") or "",
        files=files,
        databases=[(database, code(properties.get("digest", "")))] if properties.get("source") else [],
    )


def row_counts(artifact: Artifact) -> Markup:
    """Return the row count of each node."""
    counts = RowCounts.read(artifact.uri)
    rows = [
        ("source", "read from the table", counts.source),
        *((f"split {name}", "written by ExampleGen", count) for name, count in counts.splits.items()),
        *((f"split {name}", "counted by StatisticsGen", count) for name, count in counts.statistics.items()),
        ("split eval", "read by the Evaluator", counts.evaluated),
    ]
    return drawn(_TEMPLATE, "row_counts", rows=[(rows_of, node, number(count)) for rows_of, node, count in rows])


def statistics(artifact: Artifact) -> Markup:
    """Return a table of the numeric columns, and one of the text columns."""
    splits = read(Path(artifact.uri))
    names = sorted({name for split in splits for name in split.columns})
    numeric = [name for name in names if any(is_numeric(split, name) for split in splits)]
    return drawn(
        _TEMPLATE,
        "statistics",
        legend=legend([f"{split.name}, {split.rows:,} rows" for split in splits]),
        numbers=[_numeric_row(name, splits) for name in numeric],
        texts=[_text_row(name, splits) for name in names if name not in numeric],
        shares=[f"in {split.name}" for split in splits],
    )


def read(folder: Path) -> list[Split]:
    """Return the statistics of each split, `train` first."""
    splits = []
    for file in folder.glob(f"{_SPLIT}*/{STATISTICS_FILE}"):
        splits.append(split_of(statistics_of(file), file.parent.name.removeprefix(_SPLIT)))
    return sorted(splits, key=lambda split: (_ORDER.get(split.name, 9), split.name))


def statistics_of(file: Path) -> Any:
    """Return TFDV's message in a file.

    Raises:
        DecodeError: It holds something else.
    """
    proto = statistics_pb2.DatasetFeatureStatisticsList()
    proto.ParseFromString(file.read_bytes())
    return proto


def split_of(statistics: Any, name: str) -> Split:
    """Return the statistics of a split from TFDV's message."""
    dataset = statistics.datasets[0]
    columns = {column.name or ".".join(column.path.step): column for column in dataset.features}
    return Split(name, dataset.num_examples, columns)


def is_numeric(split: Split, name: str) -> bool:
    """Say whether a column of a split holds numbers."""
    return name in split.columns and split.columns[name].HasField("num_stats")


def _numeric_row(name: str, splits: list[Split]) -> list[object]:
    known = [split for split in splits if is_numeric(split, name)]
    columns = [split.columns[name].num_stats for split in known]
    return [
        name,
        stacked(split.name for split in known),
        stacked(map(_missing, (one.common_stats for one in columns), known)),
        stacked(percent(one.num_zeros / value_count(one)) if _any(one) else UNKNOWN for one in columns),
        *(
            stacked(measure(getattr(one, statistic)) if _any(one) else UNKNOWN for one in columns)
            for statistic in ("mean", "std_dev", "min", "median", "max")
        ),
        histogram([buckets(s.columns[name].num_stats) if s in known else [] for s in splits]),
    ]


def _text_row(name: str, splits: list[Split]) -> list[object]:
    known = [split for split in splits if name in split.columns]
    columns = [text_statistics(split.columns[name]) for split in known]
    of_splits = [shares(one) for one in columns]
    top = list(of_splits[0])[:_TOP_VALUES] if of_splits else []
    by_split = dict(zip((split.name for split in known), columns, strict=True))
    return [
        name,
        stacked(split.name for split in known),
        stacked(map(_missing, (one.common_stats for one in columns), known)),
        stacked(number(one.unique) for one in columns),
        stacked(shorten(value, 40) for value in top),
        *(stacked(_shown_share(by_split.get(split.name), value) for value in top) for split in splits),
        joined(bar(of_splits[0][value], height=18) for value in top),
    ]


def _shown_share(column: Any, value: str) -> str:
    share = None if column is None else share_of(column, value)
    return UNKNOWN if share is None else percent(share)


def text_statistics(column: Any) -> Any:
    """Return the statistics of a column that holds text."""
    return column.string_stats if column.HasField("string_stats") else column.bytes_stats


def shares(column: Any) -> dict[str, float]:
    """Return the most frequent values, each with its share of those that are present."""
    present = column.common_stats.num_non_missing
    return {entry.value: entry.frequency / present for entry in getattr(column, "top_values", ()) if present}


def share_of(column: Any, value: str) -> float | None:
    """Return the share of a value; None if it is not among the most frequent ones, of which not all are listed."""
    listed = shares(column)
    return listed.get(value, 0.0 if len(listed) >= column.unique else None)


def _any(column: Any) -> bool:
    return bool(column.common_stats.num_non_missing)


def value_count(column: Any) -> int:
    """Return the number of values, which is greater than that of rows if rows contain lists."""
    return int(column.common_stats.tot_num_values or column.common_stats.num_non_missing)


def _missing(common: Any, split: Split) -> str:
    return percent(1 - common.num_non_missing / split.rows) if split.rows else ""


def buckets(column: Any) -> list[Bucket]:
    """Return the buckets of TFDV's histogram of equal widths."""
    standard = next((h for h in column.histograms if h.type == statistics_pb2.Histogram.STANDARD), None)
    total = sum(bucket.sample_count for bucket in standard.buckets) if standard else 0
    if standard is None or not total:
        return []
    finite = [b for b in standard.buckets if math.isfinite(b.low_value) and math.isfinite(b.high_value)]
    return [Bucket(b.low_value, b.high_value, b.sample_count / total) for b in finite]
