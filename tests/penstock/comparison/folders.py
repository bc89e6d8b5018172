"""Artifacts with real files for the comparison of runs: examples, statistics and schemas."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from penstock.tables.examples.records import Part, RecordFile


def write_examples(folder: Path, splits: Mapping[str, Sequence[Sequence[bytes]]], *, compress: bool = True) -> Path:
    """Write the records of each file of each split."""
    for split, files in splits.items():
        for number, records in enumerate(files):
            name = f"data_tfrecord-{number:05}-of-{len(files):05}{'.gz' if compress else ''}"
            with RecordFile(folder / f"Split-{split}" / name, compress=compress) as file:
                file.append(Part.of(pa.array(records, pa.binary()), compress=compress))
    return folder


def statistics(columns: Mapping[str, Sequence[float]], rows: int = 100) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Return statistics of numeric columns, and of a column of text."""
    found = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = found.datasets.add(num_examples=rows)
    for name, values in columns.items():
        column = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.FLOAT)
        column.path.step.append(name)
        numbers = column.num_stats
        numbers.common_stats.num_non_missing = rows
        numbers.mean, numbers.min, numbers.max = sum(values) / len(values), min(values), max(values)
        numbers.histograms.add().buckets.add(low_value=min(values), high_value=max(values), sample_count=rows)
    text = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.STRING)
    text.path.step.append("text")
    for rank, label in enumerate(("a", "b", "c")):
        text.string_stats.rank_histogram.buckets.add(low_rank=rank, high_rank=rank, label=label, sample_count=30)
        text.string_stats.top_values.add(value=label, frequency=30)
    return found


def write_statistics(folder: Path, splits: Mapping[str, statistics_pb2.DatasetFeatureStatisticsList]) -> Path:
    for split, found in splits.items():
        (folder / f"Split-{split}").mkdir(parents=True, exist_ok=True)
        (folder / f"Split-{split}" / "FeatureStats.pb").write_bytes(found.SerializeToString())
    return folder


def schema(names: Sequence[str]) -> schema_pb2.Schema:
    """Return a schema of required numbers, and of a text with a domain."""
    found = schema_pb2.Schema(default_environment=["TRAINING", "SERVING"])
    for name in names:
        feature = found.feature.add(name=name, type=schema_pb2.FLOAT, not_in_environment=["SERVING", "OTHER"])
        feature.presence.min_fraction = 1.0
    found.feature.add(name="text", type=schema_pb2.BYTES, domain="text")
    found.string_domain.add(name="text", value=["a", "b", "c"])
    return found


def write_schema(folder: Path, found: schema_pb2.Schema) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.pbtxt").write_text(text_format.MessageToString(found), encoding="utf-8")
    return folder


def write_vocabularies(
    folder: Path, vocabularies: Mapping[str, Sequence[str]], columns: Sequence[str] = ("x",)
) -> Path:
    assets = folder / "transform_fn" / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    for name, entries in vocabularies.items():
        (assets / name).write_text("".join(f"{entry}\n" for entry in entries))
    write_schema(folder / "transformed_metadata", schema(columns))
    return folder
