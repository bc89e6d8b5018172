"""The counts of the values of a category that is a number."""

from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.core.value_counts import COUNTS, value_counts


def test_counts_are_found_by_their_name_and_other_columns_have_none():
    feature = statistics_pb2.FeatureNameStatistics()
    feature.custom_stats.add(name="other").num = 1
    assert value_counts(feature) is None
    feature.custom_stats.add(name=COUNTS).rank_histogram.buckets.add(label="3", sample_count=2)
    assert [(each.label, each.sample_count) for each in value_counts(feature).buckets] == [("3", 2)]
