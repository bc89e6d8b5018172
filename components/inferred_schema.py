"""The schema that is inferred from the statistics of several splits, some of which lack values of some columns."""

from collections.abc import Sequence

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.column_types import agree, present


def inferred(splits: Sequence[statistics_pb2.DatasetFeatureStatisticsList]) -> schema_pb2.Schema:
    """Return a schema that fits the rows of all splits.

    TFDV takes a column for dropped that is required by the splits before and has no value in the next; it is no longer
    required then.
    """
    agree(splits)
    first, *others = splits
    schema = tfdv.infer_schema(first, infer_feature_shape=False)
    for split in others:
        there = present(split)
        for column in schema.feature:
            if column.name not in there:
                column.presence.min_count = 0
                column.presence.ClearField("min_fraction")
        schema = tfdv.update_schema(schema, split, infer_feature_shape=False)
    return schema
