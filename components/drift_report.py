"""DriftReport: the distance of each column of this run from other data.

Drift is the distance of the training data from that of the last pushed model, skew that of `eval` from `train`. The
distances are TFDV's: the L-infinity distance of categories and text, the Jensen-Shannon divergence of numbers.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2
from tfx import types
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components import artifacts
from components.artifact_files import read_split, write_document
from components.pushed_statistics import newest
from components.version_folder import mirrored
from penstock.core.documents import data
from penstock.core.value_counts import value_counts

DRIFT: Literal["drift"] = "drift"
SKEW: Literal["skew"] = "skew"
L_INFINITY, JENSEN_SHANNON = "L-infinity", "Jensen-Shannon"

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_FAILING: Mapping[str, tuple[Literal["drift", "skew"], ...]] = {
    **{"drift": (DRIFT,), "skew": (SKEW,)},
    **{"any": (DRIFT, SKEW), "never": ()},
}
_MEASURES = {
    anomalies_pb2.DriftSkewInfo.Measurement.L_INFTY: L_INFINITY,
    anomalies_pb2.DriftSkewInfo.Measurement.JENSEN_SHANNON_DIVERGENCE: JENSEN_SHANNON,
}


@dataclass(frozen=True)
class Thresholds:
    """The greatest allowed distances: of categories and text, of numbers, and of single columns."""

    categories: float
    numbers: float
    columns: Mapping[str, float]

    def for_column(self, column: str, measure: str) -> float:
        """Return the threshold of a column for a measure of distance."""
        return self.columns.get(column, self.categories if measure == L_INFINITY else self.numbers)


@component
def DriftReport(
    statistics: InputArtifact[standard_artifacts.ExampleStatistics],
    report: OutputArtifact[artifacts.DriftReport],
    directory: Parameter[str],
    columns: Parameter[str],
    thresholds: Parameter[str],
    fail_on: Parameter[str],
    code: Parameter[str],
) -> None:
    """Write the report: the distances of each column, their thresholds, and whether they fail the run.

    Args:
        statistics: The statistics of the splits of this run.
        report: The report.
        directory: The push directory; its newest version has the statistics to compare with.
        columns: JSON list of the columns to compare.
        thresholds: JSON object with the fields of `Thresholds` for `drift` and for `skew`.
        fail_on: `drift`, `skew`, `any` or `never`.
        code: Fingerprint of this module, for the cache.
    """
    splits = {split: _split(statistics, split) for split in artifact_utils.decode_split_names(statistics.split_names)}
    with mirrored(directory) as versions:
        pushed = newest(versions)
    compared = json.loads(columns)
    limits = {kind: Thresholds(**fields) for kind, fields in json.loads(thresholds).items()}
    distances_of = {
        DRIFT: judge(splits["train"], pushed.statistics if pushed else None, limits[DRIFT], compared),
        SKEW: judge(splits["eval"], splits["train"], limits[SKEW], compared),
    }
    beyond = {kind: sum(not each.passed for each in entries) for kind, entries in distances_of.items()}
    failing = tuple(kind for kind in _FAILING[fail_on] if beyond[kind])
    result = data.DriftReport(
        version=pushed.version if pushed else None,
        compared=bool(pushed and pushed.statistics),
        columns=tuple(distances_of[DRIFT]),
        skew=tuple(distances_of[SKEW]),
        failing=failing,
        fails=bool(failing),
    )
    write_document(report.uri, result)
    report.set_int_custom_property("drifted", beyond[DRIFT])
    report.set_int_custom_property("skewed", beyond[SKEW])


def judge(
    current: Statistics, earlier: Statistics | None, thresholds: Thresholds, columns: Collection[str]
) -> list[data.Distance]:
    """Return the distance of each column, the greatest relative to its threshold first.

    A column without values, of another type, or without earlier statistics cannot be compared and has no distance.
    """
    found = distances(current, earlier, columns) if earlier else {}
    entries = []
    for column, (expected, _) in _comparisons(current, columns).items():
        measure, distance = found.get(column, (expected, None))
        threshold = thresholds.for_column(column, measure)
        passed = distance is None or distance <= threshold
        entries.append(
            data.Distance(column=column, measure=measure, distance=distance, threshold=threshold, passed=passed)
        )
    return sorted(entries, key=lambda entry: (-_rank(entry), entry.column))


def distances(current: Statistics, earlier: Statistics, columns: Collection[str]) -> dict[str, tuple[str, float]]:
    """Return the measure and TFDV's distance of each column that is compared in the same way in both statistics."""
    if not _rows(current) or not _rows(earlier):
        return {}
    schema = _comparators(current, earlier, columns)
    given, before = _comparable(current), _comparable(earlier)
    found = tfdv.validate_statistics(given, schema, previous_statistics=before).drift_skew_info
    return {
        ".".join(info.path.step): (_MEASURES[measurement.type], float(measurement.value))
        for info in found
        for measurement in info.drift_measurements
    }


def _comparable(statistics: Statistics) -> Statistics:
    """Return the statistics in the form that TFDV compares: categories as text, and quantiles instead of histograms."""
    copy = Statistics()
    copy.CopyFrom(statistics)
    for feature in (feature for dataset in copy.datasets for feature in dataset.features):
        if value_counts(feature) is not None:
            _as_text(feature)
        elif feature.HasField("num_stats"):
            _by_quantiles(feature)
    return copy


def _as_text(feature: statistics_pb2.FeatureNameStatistics) -> None:
    """Turn a category of numbers into one of text."""
    common = type(feature.num_stats.common_stats).FromString(feature.num_stats.common_stats.SerializeToString())
    feature.type = feature.STRING
    feature.string_stats.common_stats.CopyFrom(common)
    feature.string_stats.rank_histogram.CopyFrom(value_counts(feature))


def _by_quantiles(feature: statistics_pb2.FeatureNameStatistics) -> None:
    """Replace the histogram by quantiles.

    The buckets of a histogram have equal width, so that one outlier moves nearly all rows of a skewed column into the
    first one: two samples of the same rows would then have a greater distance than rows that really changed.
    """
    quantiles = [each for each in feature.num_stats.histograms if each.type == each.QUANTILES]
    if quantiles:
        quantiles[0].type = quantiles[0].STANDARD
        copies = [type(quantiles[0]).FromString(quantiles[0].SerializeToString())]
        del feature.num_stats.histograms[:]
        feature.num_stats.histograms.extend(copies)


def _comparators(current: Statistics, earlier: Statistics, columns: Collection[str]) -> schema_pb2.Schema:
    """Return a schema that says how to compare the columns that are compared in the same way in both."""
    before, schema = _comparisons(earlier, columns), schema_pb2.Schema()
    for name, comparison in _comparisons(current, columns).items():
        if before.get(name) == comparison:
            feature = schema.feature.add(name=name)
            comparator = feature.drift_comparator
            # The thresholds are compared in this file: TFDV computes the distance only.
            if comparison[0] == L_INFINITY:
                feature.type = schema_pb2.BYTES
                comparator.infinity_norm.threshold = 1.0
            else:
                feature.type = schema_pb2.FLOAT
                comparator.jensen_shannon_divergence.threshold = 1.0
    return schema


def _comparisons(statistics: Statistics, columns: Collection[str]) -> dict[str, tuple[str, int | None]]:
    """Return the measure of each column that has values, and the type that has to be equal in both statistics."""
    return {
        feature.path.step[0]: _comparison(feature)
        for dataset in statistics.datasets
        for feature in dataset.features
        if len(feature.path.step) == 1 and feature.path.step[0] in columns and _values(feature)
    }


def _comparison(feature: statistics_pb2.FeatureNameStatistics) -> tuple[str, int | None]:
    if feature.HasField("string_stats") or feature.HasField("bytes_stats"):
        return L_INFINITY, feature.STRING
    # The category 1 is another text as a fraction: 1.0.
    return (JENSEN_SHANNON, None) if value_counts(feature) is None else (L_INFINITY, feature.type)


def _rank(entry: data.Distance) -> float:
    """Return the distance relative to its threshold."""
    if entry.distance is None:
        return -1.0
    return entry.distance / entry.threshold if entry.threshold else float(entry.distance > 0) * 1e9


def _values(feature: statistics_pb2.FeatureNameStatistics) -> int:
    """Return the number of rows with a value."""
    kind = feature.WhichOneof("stats")
    return int(getattr(feature, kind).common_stats.num_non_missing) if kind else 0


def _rows(statistics: Statistics) -> int:
    return int(sum(dataset.num_examples for dataset in statistics.datasets))


def _split(statistics: types.Artifact, split: str) -> Statistics:
    return Statistics.FromString(read_split(statistics, split, "FeatureStats.pb"))
