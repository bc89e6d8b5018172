"""The statistics of two runs, split by split and column by column."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.comparison.files import same_files
from penstock.comparison.histograms import ACCURACY, distance, share_between, take_histograms
from penstock.comparison.result import Difference, Level, Part, largest_number, level_of, relative
from penstock.comparison.values import differences
from penstock.core.errors import DataError
from penstock.core.text import counted

# Statistics in the unit of the values of a column: compared relative to the largest of these values.
_OF_VALUES = {"mean", "std_dev", "min", "max", "median", "low_value", "high_value"}
# Messages that only group statistics.
_GROUPS = {"num_stats", "string_stats", "bytes_stats", "struct_stats", "common_stats"}
_MOST = 5

Columns = dict[str, dict[str, Any]]


def compare_statistics(one: Path, other: Path, tolerance: float) -> Part:
    """Compare the statistics in two folders; the order of columns and of equally frequent values is ignored.

    Histograms and medians, which TFDV computes from sketches, may differ by the accuracy of these.

    Raises:
        DataError: A file is damaged.
    """
    if same_files(one, other):
        return Part("statistics", "identical", "the same bytes")
    splits = dict.fromkeys(sorted(place.parent.name for folder in (one, other) for place in folder.glob("*/*.pb")))
    columns = 0
    found: list[Difference] = []
    sketched: list[Difference] = []
    for split in splits:
        ones, others = columns_of(one / split), columns_of(other / split)
        columns += len(ones.keys() | others.keys())
        sketched += sketch_differences(ones, others, split.removeprefix("Split-"))
        found += statistics_differences(ones, others, split.removeprefix("Split-"))
    found += [each for each in sketched if each.size > ACCURACY]
    near = [each for each in sketched if each.size <= ACCURACY]
    level, largest = level_of(found, tolerance, same="equal"), largest_number(found)
    if near and level in ("equal", "close"):
        return _near(near, found, level)
    if level == "equal":
        words = f"{counted(columns, 'column')} of {counted(len(splits), 'split')}, in another order or encoding"
        return Part("statistics", level, words)
    far = sorted((each for each in found if each.size > tolerance), key=lambda each: -each.size)
    affected = len({each.place[:2] for each in (far or found)})
    numbers = [each for each in found if each.size == largest]
    words = f"at most {largest:.2g}: {', '.join(numbers[0].place)}" if numbers else "values that are no numbers"
    if level == "different":
        words = f"{affected:,} of {columns:,} columns; {words}"
    return Part("statistics", level, words, largest, tuple(map(str, far[:_MOST])), {"columns": affected})


def _near(sketched: list[Difference], found: list[Difference], level: Level) -> Part:
    """Return the part if only sketches differ by more than the tolerance."""
    farthest, largest = max(sketched, key=lambda each: each.size), largest_number(found)
    rest = "all else equal" if level == "equal" else f"all else within {largest:.2g}"
    words = (
        f"{rest}; histograms, approximated by TFDV, within {farthest.size:.2g} of the rows: {', '.join(farthest.place)}"
    )
    return Part("statistics", "close", words, largest, (), {"columns": len({each.place[:2] for each in sketched})})


def columns_of(folder: Path) -> Columns:
    """Return the statistics of a split by column, as plain values; the column `` has the number of rows.

    Raises:
        DataError: The file is damaged.
    """
    columns: Columns = {}
    for file in sorted(folder.glob("*.pb")):
        try:
            found = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
        except DecodeError:
            expected, next_step = "statistics of TFDV", "write `penstock fsck`, which finds damaged files"
            raise DataError(f"statistics {file}", expected, "another content", next_step) from None
        for dataset in found.datasets:
            columns[""] = {"num_examples": dataset.num_examples}
            columns |= {".".join(each.path.step) or each.name: _plain(each) for each in dataset.features}
    return columns


def sketch_differences(one: Columns, other: Columns, split: str) -> Iterator[Difference]:
    """Yield the histograms and medians that differ, as shares of the values; they are removed from the columns.

    Where only one column has a histogram it stays, and is another value.
    """
    for column in one.keys() & other.keys():
        ones, others = (take_histograms(each[column]) for each in (one, other))
        for name in sorted(ones.keys() | others.keys()):
            if name not in ones or name not in others:
                yield Difference((split, column, f"{name} histogram"), name in ones, name in others)
            elif size := distance(ones[name], others[name]):
                yield Difference((split, column, f"{name} histogram"), 0.0, size, size)
        if "standard" in ones and "standard" in others:
            first, second = (each[column]["num_stats"].pop("median", 0.0) for each in (one, other))
            if first != second:
                size = max(share_between(each["standard"], first, second) for each in (ones, others))
                yield Difference((split, column, "median"), first, second, size)


def statistics_differences(one: Columns, other: Columns, split: str) -> Iterator[Difference]:
    """Yield where the statistics of a split differ, in the order of the columns."""
    for column in dict.fromkeys((*one, *other)):
        place = (split, column or "rows")
        if column not in one or column not in other:
            yield Difference(place, "a column" if column in one else None, "a column" if column in other else None)
            continue
        scale = max(_scale(each[column]) for each in (one, other))
        for each in differences(one[column], other[column]):
            in_unit = each.place[-1] in _OF_VALUES and isinstance(each.one, float) and isinstance(each.other, float)
            size = relative(each.one, each.other, scale) if in_unit else each.size
            shown = tuple(name for name in each.place if name not in _GROUPS)
            yield Difference((*place, *shown), each.one, each.other, size)


def _plain(column: Any) -> dict[str, Any]:
    """Return a column as plain values: what is counted as integers, and frequent values by themselves."""
    values: dict[str, Any] = json_format.MessageToDict(column, preserving_proto_field_name=True)
    texts = values.get("string_stats", {})
    if "top_values" in texts:
        texts["top_values"] = {each.get("value", ""): _count(each["frequency"]) for each in texts["top_values"]}
    if "rank_histogram" in texts:
        buckets = texts["rank_histogram"].get("buckets", [])
        texts["rank_histogram"] = {each.get("label", ""): _count(each["sample_count"]) for each in buckets}
    return values


def _count(number: float) -> float | int:
    return int(number) if float(number).is_integer() else number


def _scale(column: Mapping[str, Any]) -> float:
    """Return the largest value of a numeric column without its sign."""
    numbers = column.get("num_stats", {})
    ends = [abs(numbers[name]) for name in ("min", "max") if isinstance(numbers.get(name), float)]
    return max(ends, default=0.0)
