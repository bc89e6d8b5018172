"""TFDV's statistics with the number of rows of each value, for categories that are numbers.

TFDV counts the values of text only. If the schema says that a number is a category, it computes the statistics of text
instead of those of numbers, and infers from them a schema that it refuses itself.
"""

from collections.abc import Collection
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.tfx_internals import CounterParts, top_values_generator

_NUMBERS = (statistics_pb2.FeatureNameStatistics.INT, statistics_pb2.FeatureNameStatistics.FLOAT)
# As many values as TFDV has for text.
_VALUES, _SKETCH = 1000, 16384


_TopValues: Any = top_values_generator()


class _ValueCounts(CounterParts, _TopValues):
    """Counts the values of columns of numbers, as TFDV counts those of text."""

    def __init__(self, columns: Collection[str]) -> None:
        super().__init__(
            name="ValueCounts",
            num_rank_histogram_buckets=_VALUES,
            num_misragries_buckets=_SKETCH,
            store_output_in_custom_stats=True,
        )
        self._columns = frozenset(columns)

    def counts(self, feature_path: Any, feature_type: int | None) -> bool:
        """Say whether a column is one of the categories, and of numbers."""
        return feature_type in _NUMBERS and feature_path.steps()[0] in self._columns


def options(categories: Collection[str]) -> tfdv.StatsOptions:
    """Return TFDV's options for statistics that count the values of some columns of numbers."""
    return tfdv.StatsOptions(generators=[_ValueCounts(categories)] if categories else None)
