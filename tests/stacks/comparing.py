"""Where two values, messages or files differ, in words."""

import gzip
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format
from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import statistics_pb2

TOLERANCE = 1e-6


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Return the places where two plain values differ; two floats may, by a millionth."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        found = [f"{place}: only one has {sorted(one.keys() ^ other.keys())}"] if one.keys() != other.keys() else []
        for key in sorted(one.keys() & other.keys()):
            found += differences(one[key], other[key], f"{place}.{key}")
        return found
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [words for number, pair in pairs for words in differences(*pair, f"{place}[{number}]")]
    if isinstance(one, float) and isinstance(other, float):
        near = math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE) or (one != one and other != other)
        return [] if near else [f"{place}: {one!r} and {other!r}"]
    same = type(one) is type(other) and one == other
    return [] if same else [f"{place}: {one!r} and {other!r}"]


def between_folders(one: Path, other: Path, read: Callable[[Path], Any]) -> list[str]:
    """Return where the files of two folders differ, each read by a function."""
    contents = ({str(file.relative_to(top)): read(file) for file in _files(top)} for top in (one, other))
    return differences(*contents) or ([] if _files(one) else [f"{one} has no files"])


def _files(top: Path) -> list[Path]:
    return sorted(file for file in top.rglob("*") if file.is_file())


def records(file: Path) -> bytes:
    """Return the records of a compressed file, with their lengths and checksums."""
    return gzip.decompress(file.read_bytes())


def statistics(file: Path) -> dict[str, Any]:
    """Return the statistics in a file of TFDV."""
    return plain(statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes()))


def plain(message: Message) -> dict[str, Any]:
    """Return a message as plain values."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def arrays(file: Path) -> dict[str, Any]:
    """Return the arrays of a file as lists, by name."""
    with np.load(file, allow_pickle=True) as loaded:
        return {name: loaded[name].tolist() for name in loaded.files}
