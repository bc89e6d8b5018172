"""The data: what Examples were made of, the counts that RowCountGate compared, each column's statistics."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.core.text import UNKNOWN, number, shorten
from penstock.metadata.lineage import Artifact
from penstock.reports.charts import Bucket, bar, color, histogram, legend
from penstock.reports.markup import code, drawn, joined, measure, percent, stacked

ROWS_FILE = "rows.json"
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
    noted = artifact.properties
    counts = json.loads(noted.get("rows") or "{}")
    total, quarantined = counts.pop("source", 0), counts.pop("quarantined", None)
    splits = [
        (name, number(count), percent(count / total), bar(count / total, color(position)))
        for position, (name, count) in enumerate(counts.items())
    ]
    files = [
        (file["path"], number(file["bytes"]), code(file["sha256"])) for file in json.loads(noted.get("files") or "[]")
    ]
    database = ", ".join(part for part in (noted.get("source"), noted.get("table")) if part)
    return drawn(
        _TEMPLATE,
        "examples",
        splits=[*splits, ("source", number(total), "", "")] if splits else [],
        quarantined=quarantined or 0,
        query=noted.get("query") or "",
        files=files,
        databases=[(database, code(noted.get("digest", "")))] if noted.get("source") else [],
    )


def row_counts(artifact: Artifact) -> Markup:
    """Return the counts at each station of the way."""
    counts = _row_counts(artifact)
    splits = counts["splits"]
    stations = [("source", "as the table was read", counts["source"])]
    stations += [(f"split {name}", "as ExampleGen wrote it", count) for name, count in splits.items()]
    stations += [
        (f"split {name}", "as StatisticsGen counted it", count) for name, count in counts["statistics"].items()
    ]
    stations.append(("split eval", "as the Evaluator read it", counts["evaluated"]))
    rows = [(what, how, number(count)) for what, how, count in stations]
    return drawn(_TEMPLATE, "row_counts", rows=rows)


def statistics(artifact: Artifact) -> Markup:
    """Return a table of the columns that hold numbers, and one of those that hold text."""
    splits = read(Path(artifact.uri))
    names = sorted({name for split in splits for name in split.columns})
    numeric = [name for name in names if any(_is_numeric(split, name) for split in splits)]
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
    found = []
    for file in folder.glob(f"{_SPLIT}*/{STATISTICS_FILE}"):
        proto = statistics_pb2.DatasetFeatureStatisticsList()
        proto.ParseFromString(file.read_bytes())
        dataset = proto.datasets[0]
        columns = {column.name or ".".join(column.path.step): column for column in dataset.features}
        found.append(Split(file.parent.name.removeprefix(_SPLIT), dataset.num_examples, columns))
    return sorted(found, key=lambda split: (_ORDER.get(split.name, 9), split.name))


def _row_counts(artifact: Artifact) -> dict[str, Any]:
    counts: dict[str, Any] = json.loads(Path(artifact.uri, ROWS_FILE).read_text(encoding="utf-8"))
    return counts


def _is_numeric(split: Split, name: str) -> bool:
    return name in split.columns and split.columns[name].HasField("num_stats")


def _numeric_row(name: str, splits: list[Split]) -> list[object]:
    known = [split for split in splits if _is_numeric(split, name)]
    found = [split.columns[name].num_stats for split in known]
    return [
        name,
        stacked(split.name for split in known),
        stacked(map(_missing, (one.common_stats for one in found), known)),
        stacked(percent(one.num_zeros / _values(one)) if _any(one) else UNKNOWN for one in found),
        *(
            stacked(measure(getattr(one, what)) if _any(one) else UNKNOWN for one in found)
            for what in ("mean", "std_dev", "min", "median", "max")
        ),
        histogram([_buckets(s.columns[name].num_stats) if s in known else [] for s in splits]),
    ]


def _text_row(name: str, splits: list[Split]) -> list[object]:
    known = [split for split in splits if name in split.columns]
    found = [_text(split.columns[name]) for split in known]
    shares = [_shares(one) for one in found]
    top = list(shares[0])[:_TOP_VALUES] if shares else []
    by_split = dict(zip((split.name for split in known), shares, strict=True))
    return [
        name,
        stacked(split.name for split in known),
        stacked(map(_missing, (one.common_stats for one in found), known)),
        stacked(number(one.unique) for one in found),
        stacked(shorten(value, 40) for value in top),
        *(stacked(percent(by_split.get(split.name, {}).get(value, 0.0)) for value in top) for split in splits),
        joined(bar(shares[0][value], height=18) for value in top),
    ]


def _text(column: Any) -> Any:
    return column.string_stats if column.HasField("string_stats") else column.bytes_stats


def _shares(found: Any) -> dict[str, float]:
    """Return the most frequent values, each with its share of those that are present."""
    present = found.common_stats.num_non_missing
    return {entry.value: entry.frequency / present for entry in getattr(found, "top_values", ()) if present}


def _any(found: Any) -> bool:
    return bool(found.common_stats.num_non_missing)


def _values(found: Any) -> int:
    """Return the number of values: more than rows, where a row holds a list."""
    return int(found.common_stats.tot_num_values or found.common_stats.num_non_missing)


def _missing(common: Any, split: Split) -> str:
    return percent(1 - common.num_non_missing / split.rows) if split.rows else ""


def _buckets(found: Any) -> list[Bucket]:
    """Return the buckets of TFDV's histogram of equal widths."""
    standard = next((h for h in found.histograms if h.type == statistics_pb2.Histogram.STANDARD), None)
    total = sum(bucket.sample_count for bucket in standard.buckets) if standard else 0
    if standard is None or not total:
        return []
    finite = [b for b in standard.buckets if math.isfinite(b.low_value) and math.isfinite(b.high_value)]
    return [Bucket(b.low_value, b.high_value, b.sample_count / total) for b in finite]
