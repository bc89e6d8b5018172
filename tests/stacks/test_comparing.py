"""What compares the stacks finds a single changed value."""

import gzip

import numpy as np
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from tests.stacks.comparing import arrays, between_folders, bucket_shares, differences, records, schema, statistics

pytestmark = pytest.mark.stacks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, 1.00001),
        (0.0, 0.00001),
        (1, 2),
        (1, 1.0),
        (1, True),
        ("a", "b"),
        (b"a", b"b"),
        (None, 0.0),
        (float("nan"), 0.0),
        (float("inf"), 1e300),
        ([1.0], [1.0, 2.0]),
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": [1.0, {"b": 2.0}]}, {"a": [1.0, {"b": 2.1}]}),
    ],
)
def test_different_values_are_found_in_both_directions(one, other):
    assert len(differences(one, other)) == len(differences(other, one)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [(1.0, 1.0000001), (0.0, 1e-7), (1e9, 1e9 + 100), (float("nan"), float("nan")), ({"a": [1, "b"]}, {"a": [1, "b"]})],
)
def test_values_within_a_millionth_are_equal(one, other):
    assert differences(one, other) == []


def test_place_of_a_difference_is_named():
    assert differences({"a": [1, {"b": 2.0}]}, {"a": [1, {"b": 3.0}]}) == [".a[1].b: 2.0 and 3.0"]


def test_changed_missing_and_no_files_are_found(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    assert between_folders(one, other, records) == [f"{one} has no files"]
    for folder in (one, other):
        (folder / "a.gz").write_bytes(gzip.compress(b"rows", mtime=7))
    (other / "a.gz").write_bytes(gzip.compress(b"rows", compresslevel=1))
    assert between_folders(one, other, records) == []
    (other / "a.gz").write_bytes(gzip.compress(b"Rows"))
    assert len(between_folders(one, other, records)) == 1
    (other / "a.gz").unlink()
    assert len(between_folders(one, other, records)) == 1


def test_changed_schema_is_found_and_another_spelling_is_not(tmp_path):
    names = {"one": "stra\\303\\237e", "other": "straße", "third": "strase"}
    for folder, name in names.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "schema.pbtxt").write_text(f'feature {{ name: "{name}" }}', encoding="utf-8")
    assert between_folders(tmp_path / "one", tmp_path / "other", schema) == []
    assert len(between_folders(tmp_path / "one", tmp_path / "third", schema)) == 1


def test_changed_statistic_and_changed_array_are_found(tmp_path):
    for name, mean in (("one", 2.0), ("other", 2.01)):
        (tmp_path / name).mkdir()
        found = statistics_pb2.DatasetFeatureStatisticsList()
        numbers = found.datasets.add(num_examples=100).features.add().num_stats
        numbers.mean = mean
        numbers.histograms.add().buckets.add(sample_count=10 * mean)
        (tmp_path / name / "FeatureStats.pb").write_bytes(found.SerializeToString())
        np.savez(tmp_path / f"{name}.npz", column=np.array([1.0, mean]))
    assert len(between_folders(tmp_path / "one", tmp_path / "other", statistics)) == 1
    assert len(between_folders(tmp_path / "one", tmp_path / "other", bucket_shares, 1e-4)) == 1
    assert between_folders(tmp_path / "one", tmp_path / "other", bucket_shares, 1e-2) == []
    assert differences(*(arrays(tmp_path / f"{name}.npz") for name in ("one", "other"))) == [".column[1]: 2.0 and 2.01"]
