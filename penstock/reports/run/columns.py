"""The statistics of each column: of each split, and of the training rows of an earlier version."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.core.documents.data import Distance, DriftReport
from penstock.reports import data
from penstock.reports.run.document import Bucket, Column, Values
from penstock.reports.run.facts import Recorded
from penstock.versions.record import STATISTICS

_TOP = 8
_BUCKETS = 10


def columns(
    recorded: Recorded, before: "data.Split | None", roles: Mapping[str, str], drift: DriftReport | None
) -> tuple[Column, ...]:
    """Return the columns in the order of the roles, others last.

    Args:
        recorded: The run.
        before: The statistics of the training rows of an earlier version; None if there is none.
        roles: The role of each feature.
        drift: The distances from earlier rows; None if they were not measured.
    """
    folder = recorded.folder("ExampleStatistics")
    splits = data.read(folder) if folder else []
    names = dict.fromkeys(name for split in splits for name in split.columns)
    ordered = [*(name for name in roles if name in names), *(name for name in names if name not in roles)]
    sets = [*splits, *([before] if before else [])]
    drifted, skewed = (_distances(part) for part in ((drift.columns, drift.skew) if drift else ((), ())))
    return tuple(
        Column(
            name=name,
            role=roles.get(name, ""),
            kind="number" if any(data.is_numeric(split, name) for split in splits) else "text",
            values=_of_sets([each for each in sets if name in each.columns], name),
            drift=drifted.get(name),
            skew=skewed.get(name),
        )
        for name in ordered
    )


def training_rows(recorded: Recorded, version: int) -> "data.Split | None":
    """Return the statistics of the training rows of a version, of its run or its folder; None if both are gone."""
    folder = recorded.folder("ExampleStatistics")
    splits = data.read(folder) if folder and folder.is_dir() else []
    for split in splits:
        if split.name == "train":
            return data.Split(f"version {version}", split.rows, split.columns)
    pushed = recorded.run.pushed_model
    file = Path(str(pushed.properties.get("pushed_destination", ""))) / STATISTICS if pushed else Path()
    if not file.is_file():
        return None
    return data.split_of(
        statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes()), f"version {version}"
    )


def _distances(found: tuple[Distance, ...] | None) -> dict[str, float]:
    return {each.column: each.distance for each in found or () if each.distance is not None}


def _of_sets(sets: "list[data.Split]", name: str) -> tuple[Values, ...]:
    """Return the statistics of a column in each set; the most frequent values of the first have shares in each."""
    first = [] if not sets or data.is_numeric(sets[0], name) else _top(data.text_statistics(sets[0].columns[name]))
    return tuple(_values(each, name, first) for each in sets)


def _values(split: "data.Split", name: str, also: list[str]) -> Values:
    column = split.columns[name]
    if data.is_numeric(split, name):
        return _numbers(split, column.num_stats)
    return _texts(split, data.text_statistics(column), also)


def _top(found: Any) -> list[str]:
    return list(data.shares(found))[:_TOP]


def _numbers(split: "data.Split", found: Any) -> Values:
    count = data.value_count(found)
    if not found.common_stats.num_non_missing:
        return Values(rows=split.name, missing=_missing(split, found.common_stats))
    return Values(
        rows=split.name,
        missing=_missing(split, found.common_stats),
        zeros=found.num_zeros / count if count else None,
        mean=_finite(found.mean),
        deviation=_finite(found.std_dev),
        least=_finite(found.min),
        median=_finite(found.median),
        greatest=_finite(found.max),
        buckets=tuple(_buckets(found)),
    )


def _texts(split: "data.Split", found: Any, also: list[str]) -> Values:
    shares = {value: data.share_of(found, value) for value in dict.fromkeys((*_top(found), *also))}
    return Values(
        rows=split.name,
        missing=_missing(split, found.common_stats),
        unique=int(found.unique),
        top=tuple((value, share) for value, share in shares.items() if share is not None),
    )


def _buckets(found: Any) -> Iterator[Bucket]:
    for bucket in data.buckets(found)[: 4 * _BUCKETS]:
        yield Bucket(low=bucket.low, high=bucket.high, share=float(f"{bucket.share:.5g}"))


def _missing(split: "data.Split", common: Any) -> float | None:
    return 1 - common.num_non_missing / split.rows if split.rows else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
