"""The statistics of the training data in a pushed version, with which later rows are compared."""

from dataclasses import dataclass
from pathlib import Path

from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.versions.record import STATISTICS


@dataclass(frozen=True)
class Baseline:
    """The newest version in a push directory.

    Attributes:
        version: Its number.
        statistics: The statistics of its training rows, or None if it has none.
    """

    version: int
    statistics: statistics_pb2.DatasetFeatureStatisticsList | None


def newest(directory: Path) -> Baseline | None:
    """Return the newest version with its statistics, or None if nothing has been pushed."""
    versions = [int(child.name) for child in directory.glob("*") if child.name.isdecimal() and child.is_dir()]
    if not versions:
        return None
    file = directory / str(max(versions)) / STATISTICS
    return Baseline(max(versions), read(file) if file.is_file() else None)


def read(file: Path) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Return the statistics in a file."""
    return statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
