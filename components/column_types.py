"""The types of columns in the statistics of several splits: a column without values has none of its own."""

from collections.abc import Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

_NUMBERS = (statistics_pb2.FeatureNameStatistics.INT, statistics_pb2.FeatureNameStatistics.FLOAT)


def agree(splits: Sequence[statistics_pb2.DatasetFeatureStatisticsList]) -> bool:
    """Give each column that has no value in a split the type that it has in another; return whether any was given.

    TFDV calls such a column text, and a schema that is inferred from both splits then drops it.
    """
    columns = [column for split in splits for dataset in split.datasets for column in dataset.features]
    known = {_name(column): column.type for column in columns if _common(column).num_non_missing}
    changed = False
    for column in columns:
        kind = known.get(_name(column), column.type)
        if kind != column.type and not _common(column).num_non_missing:
            _retype(column, kind)
            changed = True
    return changed


def present(split: statistics_pb2.DatasetFeatureStatisticsList) -> set[str]:
    """Return the columns that have a value in a split."""
    columns = [column for dataset in split.datasets for column in dataset.features]
    return {".".join(_name(column)) for column in columns if _common(column).num_non_missing}


def _retype(column: Any, kind: int) -> None:
    common = statistics_pb2.CommonStatistics()
    common.CopyFrom(_common(column))
    column.type = kind
    told = column.num_stats if kind in _NUMBERS else column.string_stats
    told.common_stats.CopyFrom(common)


def _name(column: Any) -> tuple[str, ...]:
    return tuple(column.path.step) or (column.name,)


def _common(column: Any) -> Any:
    return getattr(column, column.WhichOneof("stats") or "num_stats").common_stats
