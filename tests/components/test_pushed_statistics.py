"""The statistics of a pushed version: those of the newest, where it carries some."""

from tensorflow_metadata.proto.v0 import statistics_pb2

from components.pushed_statistics import newest
from penstock.versions.record import STATISTICS


def version(folder, number, rows=None):
    file = folder / str(number) / STATISTICS
    file.parent.mkdir(parents=True)
    if rows is not None:
        statistics = statistics_pb2.DatasetFeatureStatisticsList()
        statistics.datasets.add(num_examples=rows)
        file.write_bytes(statistics.SerializeToString())


def test_without_a_push_there_is_no_baseline(tmp_path):
    assert newest(tmp_path / "none") is None
    (tmp_path / ".staging-1").mkdir()
    (tmp_path / "7").touch()
    assert newest(tmp_path) is None


def test_newest_version_is_that_of_the_greatest_number(tmp_path):
    for number in (2, 10, 9):
        version(tmp_path, number, rows=number)
    found = newest(tmp_path)
    assert (found.version, found.statistics.datasets[0].num_examples) == (10, 10)


def test_version_without_statistics_is_said_to_have_none(tmp_path):
    version(tmp_path, 1, rows=1)
    version(tmp_path, 2)
    found = newest(tmp_path)
    assert (found.version, found.statistics) == (2, None)
