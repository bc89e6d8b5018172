"""What data has that a schema does not allow, by column, and the change of the schema that would allow it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_Info = anomalies_pb2.AnomalyInfo
# For these TFDV would take the column out of use; what the data has is rather allowed.
_TYPES = {_Info.UNEXPECTED_DATA_TYPE, _Info.ENUM_TYPE_INVALID_UTF8, _Info.BOOL_TYPE_INVALID_CONFIG}


@dataclass(frozen=True)
class Change:
    """One column that is not as the schema has it.

    Attributes:
        column: Its name; empty for the table as a whole.
        kinds: TFDV's names of what was found.
        found: What was found, in words.
        schema: The schema with this change alone; None where no change allows what was found.
    """

    column: str
    kinds: tuple[str, ...]
    found: tuple[str, ...]
    schema: schema_pb2.Schema | None


def changes(
    schema: schema_pb2.Schema, statistics: Sequence[Statistics], environment: str | None = None
) -> tuple[Change, ...]:
    """Return what is not as the schema has it in any of the statistics, which are those of splits of one table."""
    reasons: dict[str, list[tuple[str, str]]] = {}
    allowed = _copied(schema)
    for each in statistics:
        found = _anomalies(allowed, each, environment) | _anomalies(schema, each, environment)
        for column, infos in found.items():
            reasons.setdefault(column, []).extend((_Info.Type.Name(i.type), _words(i)) for i in infos)
        allowed = _allowing(allowed, each, found)
    left = {column for each in statistics for column in _anomalies(allowed, each, environment)}
    return tuple(
        Change(
            column,
            tuple(dict.fromkeys(kind for kind, _ in reasons[column])),
            tuple(dict.fromkeys(words for _, words in reasons[column])),
            None if column in left or not column else merged(schema, allowed, [column]),
        )
        for column in sorted(reasons)
    )


def merged(schema: schema_pb2.Schema, other: schema_pb2.Schema, columns: Iterable[str]) -> schema_pb2.Schema:
    """Return the schema with some columns as another one has them, their domains included."""
    result = _copied(schema)
    for column in columns:
        theirs = _feature(other, column)
        ours = _feature(result, column) or result.feature.add()
        ours.CopyFrom(theirs)
        if theirs is not None and theirs.domain:
            given = next(domain for domain in other.string_domain if domain.name == theirs.domain)
            domain = next((each for each in result.string_domain if each.name == given.name), None)
            (result.string_domain.add() if domain is None else domain).CopyFrom(given)
    return result


def _anomalies(
    schema: schema_pb2.Schema, statistics: Statistics, environment: str | None
) -> dict[str, list[anomalies_pb2.AnomalyInfo.Reason]]:
    found = tfdv.validate_statistics(statistics, schema, environment=environment)
    infos = {".".join(info.path.step) or key: list(info.reason) for key, info in found.anomaly_info.items()}
    if found.HasField("dataset_anomaly_info"):
        infos[""] = list(found.dataset_anomaly_info.reason)
    return infos


def _allowing(
    schema: schema_pb2.Schema, statistics: Statistics, found: dict[str, list[anomalies_pb2.AnomalyInfo.Reason]]
) -> schema_pb2.Schema:
    """Return the schema with each column changed that has an anomaly."""
    updated = tfdv.update_schema(schema, statistics)
    inferred = tfdv.infer_schema(statistics, infer_feature_shape=False)
    result = _copied(schema)
    for column, reasons in found.items():
        kinds = {reason.type for reason in reasons}
        before = _feature(schema, column)
        if not column:
            continue
        if _Info.SCHEMA_MISSING_COLUMN in kinds and before is not None:
            missing = _feature(result, column)
            if missing is not None:
                missing.presence.min_fraction, missing.presence.min_count = 0, 0
        elif kinds & _TYPES and _feature(inferred, column) is not None:
            result = merged(result, _with_environments(inferred, column, before), [column])
        else:
            after = _feature(updated, column)
            if after is not None and after.lifecycle_stage != schema_pb2.DEPRECATED:
                result = merged(result, updated, [column])
    return result


def _with_environments(
    inferred: schema_pb2.Schema, column: str, before: schema_pb2.Feature | None
) -> schema_pb2.Schema:
    other = _copied(inferred)
    feature = _feature(other, column)
    if feature is not None and before is not None:
        feature.in_environment.extend(before.in_environment)
        feature.not_in_environment.extend(before.not_in_environment)
    return other


def _feature(schema: schema_pb2.Schema, column: str) -> schema_pb2.Feature | None:
    return next((feature for feature in schema.feature if feature.name == column), None)


def _words(reason: anomalies_pb2.AnomalyInfo.Reason) -> str:
    return str(reason.description or reason.short_description).strip().rstrip(".")


def _copied(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    copy = schema_pb2.Schema()
    copy.CopyFrom(schema)
    return copy
