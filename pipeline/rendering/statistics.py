"""Statistics: each column's numbers, splits side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from pipeline.lineage import Artifact
from pipeline.rendering.charts import Bucket, bar, histogram, legend
from pipeline.rendering.markup import Markup, join, number, percent, shortened, table, tag

STATISTICS_FILE = "FeatureStats.pb"
_SPLIT = "Split-"
_TOP_VALUES = 4
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
        headings = ("Column", "Split", "Missing", "Zero", "Mean", "Deviation", "Least", "Median", "Greatest", "Distribution")
        rows = [row for name in numeric for row in _numeric_rows(name, splits)]
        parts += [tag("h4", "Numbers"), table(headings, rows, range(2, 9))]
    if texts:
        headings = ("Column", "Split", "Missing", "Values", "Most frequent", "", "")
        rows = [row for name in texts for row in _text_rows(name, splits)]
        parts += [tag("h4", "Text"), table(headings, rows, {2, 3, 5})]
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


def _numeric_rows(name: str, splits: list[Split]) -> Iterable[tuple[object, ...]]:
    known = [split for split in splits if _is_numeric(split, name)]
    for position, split in enumerate(known):
        column = split.columns[name]
        told = column.num_stats
        present = column.num_stats.common_stats.num_non_missing
        yield (
            name if position == 0 else "",
            split.name,
            _missing(told.common_stats, split),
            percent(told.num_zeros / present) if present else "",
            *(number(value if present else None) for value in (told.mean, told.std_dev, told.min, told.median, told.max)),
            histogram([_buckets(s.columns[name].num_stats) for s in known]) if position == 0 else "",
        )


def _text_rows(name: str, splits: list[Split]) -> Iterable[tuple[object, ...]]:
    known = [split for split in splits if name in split.columns]
    for position, split in enumerate(known):
        column = split.columns[name]
        told = column.string_stats if column.HasField("string_stats") else column.bytes_stats
        present = told.common_stats.num_non_missing
        top = getattr(told, "top_values", ())[:_TOP_VALUES]
        for rank, entry in enumerate(top or (None,)):
            first = position == 0 and rank == 0
            share = entry.frequency / present if entry and present else 0.0
            yield (
                name if first else "",
                *((split.name, _missing(told.common_stats, split), number(told.unique)) if rank == 0 else ("", "", "")),
                *((shortened(entry.value), percent(share), bar(share)) if entry else ("", "", "")),
            )


def _missing(common: Any, split: Split) -> str:
    return percent(1 - common.num_non_missing / split.rows) if split.rows else ""


def _buckets(told: Any) -> list[Bucket]:
    """Return the buckets of TFDV's histogram of equal widths."""
    standard = next((h for h in told.histograms if h.type == statistics_pb2.Histogram.STANDARD), None)
    total = sum(bucket.sample_count for bucket in standard.buckets) if standard else 0
    if standard is None or not total:
        return []
    return [Bucket(b.low_value, b.high_value, b.sample_count / total) for b in standard.buckets]
