"""Columns without values take the type that they have in another split."""

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.schema_gen import align_types, columns_with_values

pytestmark = pytest.mark.slow

INT, FLOAT, STRING = (statistics_pb2.FeatureNameStatistics.Type.Value(name) for name in ("INT", "FLOAT", "STRING"))


def split(**columns):
    """Return statistics of a split from the type and the number of values of each column."""
    found = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = found.datasets.add()
    for name, (kind, count) in columns.items():
        column = dataset.features.add(type=kind)
        column.path.step.append(name)
        stats = column.string_stats if kind == STRING else column.num_stats
        stats.common_stats.num_non_missing = count
        stats.common_stats.num_missing = 9 - count
    return found


def types_of(found):
    return {column.path.step[0]: (column.type, column.WhichOneof("stats")) for column in found.datasets[0].features}


@pytest.mark.parametrize("empty_first", [True, False])
@pytest.mark.parametrize(("kind", "stats"), [(INT, "num_stats"), (FLOAT, "num_stats"), (STRING, "string_stats")])
def test_column_without_values_takes_the_type_of_the_split_that_has_some(empty_first, kind, stats):
    empty, full = split(a=(STRING, 0), b=(INT, 9)), split(a=(kind, 3), b=(INT, 9))
    changed = align_types([empty, full] if empty_first else [full, empty])
    assert changed == (kind != STRING)
    assert types_of(empty) == types_of(full) == {"a": (kind, stats), "b": (INT, "num_stats")}
    assert getattr(empty.datasets[0].features[0], stats).common_stats.num_missing == 9


def test_columns_that_have_a_value_are_present():
    assert columns_with_values(split(a=(STRING, 0), b=(INT, 1), c=(STRING, 9))) == {"b", "c"}


def test_column_without_any_value_and_column_of_two_types_stay_as_they_are():
    splits = [split(a=(STRING, 0), b=(INT, 1)), split(a=(STRING, 0), b=(FLOAT, 1)), split()]
    before = [each.SerializeToString() for each in splits]
    assert not align_types(splits)
    assert [each.SerializeToString() for each in splits] == before
