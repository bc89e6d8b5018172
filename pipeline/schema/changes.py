"""The differences of data from a schema, by column, and the changes of the schema that would allow them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_Info = anomalies_pb2.AnomalyInfo
# TFDV would deprecate such a column; instead a missing value, or another type, is allowed.
_ABSENT = {_Info.SCHEMA_MISSING_COLUMN, _Info.FEATURE_TYPE_NOT_PRESENT}
_TYPES = {_Info.UNEXPECTED_DATA_TYPE, _Info.ENUM_TYPE_INVALID_UTF8}

Anomalies: TypeAlias = dict[str, list[anomalies_pb2.AnomalyInfo.Reason]]


@dataclass(frozen=True)
class Change:
    """The change of the schema for one column that differs from it.

    Attributes:
        column: Its name; empty for the table.
        kinds: TFDV's names of the anomalies.
        found: The anomalies in words.
        feature: The changed feature; None if no change allows the data.
        domain: The changed domain of the feature, if it has one.
    """

    column: str
    kinds: tuple[str, ...]
    found: tuple[str, ...]
    feature: schema_pb2.Feature | None = None
    domain: schema_pb2.StringDomain | None = None


def changes(
    schema: schema_pb2.Schema, statistics: Sequence[Statistics], environment: str | None = None
) -> tuple[Change, ...]:
    """Return the changes of the schema that allow the statistics of all splits of a table."""
    reasons: Anomalies = {}
    allowed = schema
    for each in statistics:
        anomalies = {**_anomalies(allowed, each, environment), **_anomalies(schema, each, environment)}
        for column, infos in anomalies.items():
            reasons.setdefault(column, []).extend(infos)
        allowed = _relaxed(allowed, each, anomalies)
    remaining = (
        {column for each in statistics for column in _anomalies(allowed, each, environment)} if reasons else set()
    )
    features, domains = by_name(allowed.feature), by_name(allowed.string_domain)
    result = []
    for column in sorted(reasons):
        kinds = tuple(dict.fromkeys(_Info.Type.Name(reason.type) for reason in reasons[column]))
        words = tuple(dict.fromkeys(_words(reason) for reason in reasons[column]))
        feature = None if column in remaining else features.get(column)
        result.append(Change(column, kinds, words, feature, domains.get(feature.domain) if feature else None))
    return tuple(result)


def applied(schema: schema_pb2.Schema, accepted: Iterable[Change]) -> schema_pb2.Schema:
    """Return the schema with some changes made."""
    result = schema_pb2.Schema()
    result.CopyFrom(schema)
    features, domains = by_name(result.feature), by_name(result.string_domain)
    for change in accepted:
        if change.feature is not None:
            (features.get(change.column) or result.feature.add()).CopyFrom(change.feature)
        if change.domain is not None:
            (domains.get(change.domain.name) or result.string_domain.add()).CopyFrom(change.domain)
    return result


def by_name(messages: Iterable[schema_pb2.Feature]) -> dict[str, schema_pb2.Feature]:
    """Return features, or domains, by their names."""
    return {str(message.name): message for message in messages}


def _anomalies(schema: schema_pb2.Schema, statistics: Statistics, environment: str | None) -> Anomalies:
    anomalies = tfdv.validate_statistics(statistics, schema, environment=environment)
    infos = {".".join(info.path.step) or key: list(info.reason) for key, info in anomalies.anomaly_info.items()}
    if anomalies.HasField("dataset_anomaly_info"):
        infos[""] = list(anomalies.dataset_anomaly_info.reason)
    return infos


def _relaxed(schema: schema_pb2.Schema, statistics: Statistics, anomalies: Anomalies) -> schema_pb2.Schema:
    """Return the schema with a change of each column that has an anomaly."""
    if not any(anomalies):
        return schema
    updated = tfdv.update_schema(schema, statistics)
    inferred = tfdv.infer_schema(statistics, infer_feature_shape=False)
    before = by_name(schema.feature)
    accepted = []
    for column, reasons in anomalies.items():
        kinds = {reason.type for reason in reasons}
        if kinds & _ABSENT and column in before:
            accepted.append(Change(column, (), (), _optional(before[column])))
        elif kinds & _TYPES and column in before:
            accepted += _columns(inferred, column, before)
        else:
            accepted += _columns(updated, column, {})
    return applied(schema, accepted)


def _columns(other: schema_pb2.Schema, column: str, before: Mapping[str, schema_pb2.Feature]) -> list[Change]:
    """Return a change to the feature of another schema, with the environments of the present one."""
    other_feature = by_name(other.feature).get(column)
    if other_feature is None or other_feature.lifecycle_stage == schema_pb2.DEPRECATED:
        return []
    feature = schema_pb2.Feature()
    feature.CopyFrom(other_feature)
    if column in before:
        feature.in_environment.extend(before[column].in_environment)
        feature.not_in_environment.extend(before[column].not_in_environment)
    return [Change(column, (), (), feature, by_name(other.string_domain).get(other_feature.domain))]


def _optional(feature: schema_pb2.Feature) -> schema_pb2.Feature:
    """Return the feature with no required presence."""
    result = schema_pb2.Feature()
    result.CopyFrom(feature)
    result.presence.min_fraction, result.presence.min_count = 0, 0
    return result


def _words(reason: anomalies_pb2.AnomalyInfo.Reason) -> str:
    return str(reason.description or reason.short_description).strip().rstrip(".")
