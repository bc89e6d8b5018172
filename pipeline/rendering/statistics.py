"""Statistics: each column's numbers, splits side by side."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from pipeline.lineage import Artifact
from pipeline.rendering.charts import Bucket, bar, histogram, legend
from pipeline.rendering.markup import UNKNOWN, Markup, join, measure, number, percent, stacked, table, tag
from pipeline.text import shorten

STATISTICS_FILE = "FeatureStats.pb"
_SPLIT = "Split-"
_TOP_VALUES = 4
_FIRST = ("Column", "Split", "Missing")
_ORDER = {"train": 0, "eval": 1}


@dataclass(frozen=True)
class Split:
    """One split's statistics: its name, its rows, and TFDV's statistics by column."""

    name: str
    rows: int
    columns: dict[str, Any]


def statistics(artifact: Artifact) -> Markup:
    """Return a table of the columns that hold numbers, and one of those that hold text."""
    splits = read(Path(artifact.uri))
    names = sorted({name for split in splits for name in split.columns})
    numeric = [name for name in names if any(_is_numeric(split, name) for split in splits)]
    texts = [name for name in names if name not in numeric]
    parts = [legend([f"{split.name}, {split.rows:,} rows" for split in splits])]
    if numeric:
        headings = [*_FIRST, "Zero", "Mean", "Deviation", "Least", "Median", "Greatest", "Distribution"]
        parts += [tag("h4", "Numbers"), table(headings, [_numeric_row(name, splits) for name in numeric], range(2, 9))]
    if texts:
        headings = [*_FIRST, "Distinct", "Most frequent", *(f"in {split.name}" for split in splits), ""]
        rows = [_text_row(name, splits) for name in texts]
        parts += [tag("h4", "Text"), table(headings, rows, {2, 3, *range(5, 5 + len(splits))})]
    return join(parts)


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


def _is_numeric(split: Split, name: str) -> bool:
    return name in split.columns and split.columns[name].HasField("num_stats")


def _numeric_row(name: str, splits: list[Split]) -> list[object]:
    known = [split for split in splits if _is_numeric(split, name)]
    told = [split.columns[name].num_stats for split in known]
    return [
        name,
        stacked(split.name for split in known),
        stacked(map(_missing, (one.common_stats for one in told), known)),
        stacked(percent(one.num_zeros / _values(one)) if _any(one) else UNKNOWN for one in told),
        *(
            stacked(measure(getattr(one, what)) if _any(one) else UNKNOWN for one in told)
            for what in ("mean", "std_dev", "min", "median", "max")
        ),
        histogram([_buckets(s.columns[name].num_stats) if s in known else [] for s in splits]),
    ]


def _text_row(name: str, splits: list[Split]) -> list[object]:
    known = [split for split in splits if name in split.columns]
    told = [_text(split.columns[name]) for split in known]
    shares = [_shares(one) for one in told]
    top = list(shares[0])[:_TOP_VALUES] if shares else []
    by_split = dict(zip((split.name for split in known), shares, strict=True))
    return [
        name,
        stacked(split.name for split in known),
        stacked(map(_missing, (one.common_stats for one in told), known)),
        stacked(number(one.unique) for one in told),
        stacked(shorten(value, 40) for value in top),
        *(stacked(percent(by_split.get(split.name, {}).get(value, 0.0)) for value in top) for split in splits),
        join(bar(shares[0][value], height=18) for value in top),
    ]


def _text(column: Any) -> Any:
    return column.string_stats if column.HasField("string_stats") else column.bytes_stats


def _shares(told: Any) -> dict[str, float]:
    """Return the most frequent values, each with its share of those that are present."""
    present = told.common_stats.num_non_missing
    return {entry.value: entry.frequency / present for entry in getattr(told, "top_values", ()) if present}


def _any(told: Any) -> bool:
    return bool(told.common_stats.num_non_missing)


def _values(told: Any) -> int:
    """Return the number of values: more than rows, where a row holds a list."""
    return int(told.common_stats.tot_num_values or told.common_stats.num_non_missing)


def _missing(common: Any, split: Split) -> str:
    return percent(1 - common.num_non_missing / split.rows) if split.rows else ""


def _buckets(told: Any) -> list[Bucket]:
    """Return the buckets of TFDV's histogram of equal widths."""
    standard = next((h for h in told.histograms if h.type == statistics_pb2.Histogram.STANDARD), None)
    total = sum(bucket.sample_count for bucket in standard.buckets) if standard else 0
    if standard is None or not total:
        return []
    drawn = [b for b in standard.buckets if math.isfinite(b.low_value) and math.isfinite(b.high_value)]
    return [Bucket(b.low_value, b.high_value, b.sample_count / total) for b in drawn]
