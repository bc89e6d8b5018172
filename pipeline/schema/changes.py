"""What data has that a schema does not allow, by column, and the change of the schema that would allow it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_Info = anomalies_pb2.AnomalyInfo
# TFDV would take such a column out of use; that it has no value, or another type, is rather allowed.
_ABSENT = {_Info.SCHEMA_MISSING_COLUMN, _Info.FEATURE_TYPE_NOT_PRESENT}
_TYPES = {_Info.UNEXPECTED_DATA_TYPE, _Info.ENUM_TYPE_INVALID_UTF8}

Found: TypeAlias = dict[str, list[anomalies_pb2.AnomalyInfo.Reason]]


@dataclass(frozen=True)
class Change:
    """One column that is not as the schema has it.

    Attributes:
        column: Its name; empty for the table as a whole.
        kinds: TFDV's names of what was found.
        found: What was found, in words.
        feature: What the schema would have to say of the column; None where nothing allows what was found.
        domain: The values that it would have to name for the column, where it names some.
    """

    column: str
    kinds: tuple[str, ...]
    found: tuple[str, ...]
    feature: schema_pb2.Feature | None = None
    domain: schema_pb2.StringDomain | None = None


def changes(
    schema: schema_pb2.Schema, statistics: Sequence[Statistics], environment: str | None = None
) -> tuple[Change, ...]:
    """Return what is not as the schema has it in any of the statistics, which are those of splits of one table."""
    reasons: Found = {}
    allowed = schema
    for each in statistics:
        found = {**_anomalies(allowed, each, environment), **_anomalies(schema, each, environment)}
        for column, infos in found.items():
            reasons.setdefault(column, []).extend(infos)
        allowed = _allowing(allowed, each, found)
    left = {column for each in statistics for column in _anomalies(allowed, each, environment)} if reasons else set()
    features, domains = by_name(allowed.feature), by_name(allowed.string_domain)
    made = []
    for column in sorted(reasons):
        kinds = tuple(dict.fromkeys(_Info.Type.Name(reason.type) for reason in reasons[column]))
        words = tuple(dict.fromkeys(_words(reason) for reason in reasons[column]))
        feature = None if column in left else features.get(column)
        made.append(Change(column, kinds, words, feature, domains.get(feature.domain) if feature else None))
    return tuple(made)


def applied(schema: schema_pb2.Schema, taken: Iterable[Change]) -> schema_pb2.Schema:
    """Return the schema with some changes made."""
    result = schema_pb2.Schema()
    result.CopyFrom(schema)
    features, domains = by_name(result.feature), by_name(result.string_domain)
    for change in taken:
        if change.feature is not None:
            (features.get(change.column) or result.feature.add()).CopyFrom(change.feature)
        if change.domain is not None:
            (domains.get(change.domain.name) or result.string_domain.add()).CopyFrom(change.domain)
    return result


def by_name(messages: Iterable[schema_pb2.Feature]) -> dict[str, schema_pb2.Feature]:
    """Return features, or domains, by their names."""
    return {str(message.name): message for message in messages}


def _anomalies(schema: schema_pb2.Schema, statistics: Statistics, environment: str | None) -> Found:
    found = tfdv.validate_statistics(statistics, schema, environment=environment)
    infos = {".".join(info.path.step) or key: list(info.reason) for key, info in found.anomaly_info.items()}
    if found.HasField("dataset_anomaly_info"):
        infos[""] = list(found.dataset_anomaly_info.reason)
    return infos


def _allowing(schema: schema_pb2.Schema, statistics: Statistics, found: Found) -> schema_pb2.Schema:
    """Return the schema with each column changed that has an anomaly."""
    if not any(found):
        return schema
    updated = tfdv.update_schema(schema, statistics)
    inferred = tfdv.infer_schema(statistics, infer_feature_shape=False)
    before = by_name(schema.feature)
    made = []
    for column, reasons in found.items():
        kinds = {reason.type for reason in reasons}
        if kinds & _ABSENT and column in before:
            made.append(Change(column, (), (), _optional(before[column])))
        elif kinds & _TYPES and column in before:
            made += _columns(inferred, column, before)
        else:
            made += _columns(updated, column, {})
    return applied(schema, made)


def _columns(other: schema_pb2.Schema, column: str, before: Mapping[str, schema_pb2.Feature]) -> list[Change]:
    """Return a change to what another schema says of a column, in the environments that it had before."""
    given = by_name(other.feature).get(column)
    if given is None or given.lifecycle_stage == schema_pb2.DEPRECATED:
        return []
    feature = schema_pb2.Feature()
    feature.CopyFrom(given)
    if column in before:
        feature.in_environment.extend(before[column].in_environment)
        feature.not_in_environment.extend(before[column].not_in_environment)
    return [Change(column, (), (), feature, by_name(other.string_domain).get(given.domain))]


def _optional(feature: schema_pb2.Feature) -> schema_pb2.Feature:
    """Return the feature as one that need not be there."""
    result = schema_pb2.Feature()
    result.CopyFrom(feature)
    result.presence.min_fraction, result.presence.min_count = 0, 0
    return result


def _words(reason: anomalies_pb2.AnomalyInfo.Reason) -> str:
    return str(reason.description or reason.short_description).strip().rstrip(".")
