"""What statistics hold: TFDV's own, and how often each value occurs of categories that are written as numbers.

TFDV counts the values of text alone. Told by a schema that a number is a category it would give the statistics of text
in the place of a number's, and infer from these a schema that it refuses itself.
"""

from collections.abc import Collection
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.tfx_internals import CounterParts, top_values_generator

_COUNTS = "topk_sketch_rank_histogram"  # TFDV's name
_NUMBERS = (statistics_pb2.FeatureNameStatistics.INT, statistics_pb2.FeatureNameStatistics.FLOAT)
# As many values as TFDV keeps of text.
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
        """Say whether a column is one of them, and of numbers."""
        return feature_type in _NUMBERS and feature_path.steps()[0] in self._columns


def options(categories: Collection[str]) -> tfdv.StatsOptions:
    """Return TFDV's options for statistics that count the values of some columns, text or not."""
    return tfdv.StatsOptions(generators=[_ValueCounts(categories)] if categories else None)


def value_counts(feature: statistics_pb2.FeatureNameStatistics) -> statistics_pb2.RankHistogram | None:
    """Return how often each value of a category occurs that is written as a number; None of any other column."""
    return next((each.rank_histogram for each in feature.custom_stats if each.name == _COUNTS), None)
