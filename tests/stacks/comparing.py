"""Where two values, messages or files differ, in words."""

import gzip
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format, text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

TOLERANCE = 1e-6


def differences(one: Any, other: Any, place: str = "", tolerance: float = TOLERANCE) -> list[str]:
    """Return the places where two plain values differ; two floats may, by a millionth."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        found = [f"{place}: only one has {sorted(one.keys() ^ other.keys())}"] if one.keys() != other.keys() else []
        for key in sorted(one.keys() & other.keys()):
            found += differences(one[key], other[key], f"{place}.{key}", tolerance)
        return found
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [words for number, pair in pairs for words in differences(*pair, f"{place}[{number}]", tolerance)]
    if isinstance(one, float) and isinstance(other, float):
        near = math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance) or (one != one and other != other)
        return [] if near else [f"{place}: {one!r} and {other!r}"]
    same = type(one) is type(other) and one == other
    return [] if same else [f"{place}: {one!r} and {other!r}"]


def between_folders(one: Path, other: Path, read: Callable[[Path], Any], tolerance: float = TOLERANCE) -> list[str]:
    """Return where the files of two folders differ, each read by a function."""
    contents = ({str(file.relative_to(top)): read(file) for file in _files(top)} for top in (one, other))
    return differences(*contents, tolerance=tolerance) or ([] if _files(one) else [f"{one} has no files"])


def _files(top: Path) -> list[Path]:
    return sorted(file for file in top.rglob("*") if file.is_file())


def records(file: Path) -> bytes:
    """Return the records of a compressed file, with their lengths and checksums."""
    return gzip.decompress(file.read_bytes())


def statistics(file: Path) -> dict[str, Any]:
    """Return the statistics in a file of TFDV, without what `bucket_shares` returns."""
    found = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    for bucket in _estimated(found):
        bucket.ClearField("sample_count")
    return json_format.MessageToDict(found, preserving_proto_field_name=True)


def bucket_shares(file: Path) -> list[float]:
    """Return the share of the rows in each bucket of the histograms of equal width, in a file of TFDV.

    TFDV interpolates them between quantiles, and with NumPy 2 rounds the edges of the buckets to float32.
    """
    found = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    return [bucket.sample_count / found.datasets[0].num_examples for bucket in _estimated(found)]


def _estimated(found: statistics_pb2.DatasetFeatureStatisticsList) -> list[Any]:
    histograms = [one for each in found.datasets[0].features for one in each.num_stats.histograms]
    return [bucket for one in histograms if one.type == one.STANDARD for bucket in one.buckets]


def schema(file: Path) -> str:
    """Return the schema in a file; protobuf 6 writes all letters as they are, protobuf 4 writes some as numbers."""
    return text_format.MessageToString(text_format.Parse(file.read_text(encoding="utf-8"), schema_pb2.Schema()))


def arrays(file: Path) -> dict[str, Any]:
    """Return the arrays of a file as lists, by name."""
    with np.load(file, allow_pickle=True) as loaded:
        return {name: loaded[name].tolist() for name in loaded.files}
