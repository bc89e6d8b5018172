"""AnomalyReport: the anomalies that ExampleValidator found, in words, each compared with the configured severity."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components import artifacts
from components.artifact_files import read_split, write_document
from penstock.core.documents import data

# With more columns than this the command is the one for all columns.
_NAMED = 8
_RANK = {"warning": 1, "error": 2, "never": 3}


@component
def AnomalyReport(
    anomalies: InputArtifact[standard_artifacts.ExampleAnomalies],
    report: OutputArtifact[artifacts.AnomalyReport],
    fail_on: Parameter[str],
    columns: Parameter[str],
    code: Parameter[str],
) -> None:
    """Write the report: each anomaly with column, split, kind, severity, and whether it fails the run.

    Args:
        anomalies: The output of ExampleValidator.
        report: The report.
        fail_on: The least severity that fails the run: `warning`, `error` or `never`.
        columns: JSON object, `column: severity` for each column that differs from `fail_on`.
        code: Fingerprint of this module, for the cache.
    """
    found = []
    for split in artifact_utils.decode_split_names(anomalies.split_names):
        proto = anomalies_pb2.Anomalies()
        proto.ParseFromString(read_split(anomalies, split, "SchemaDiff.pb"))
        found += judge(split, proto, fail_on, json.loads(columns))
    accept = accept_command(anomaly.column for anomaly in found)
    write_document(report.uri, data.AnomalyReport(anomalies=tuple(found), accept=accept))
    report.set_int_custom_property("anomalies", len(found))


def accept_command(columns: Iterable[str]) -> str:
    """Return the command that accepts these columns into the schema; empty without a column."""
    named = list(dict.fromkeys(column for column in columns if column))
    return (
        shlex.join(["penstock", "schema", "accept", *(named if len(named) <= _NAMED else ["--all"])]) if named else ""
    )


def judge(
    split: str, anomalies: anomalies_pb2.Anomalies, fail_on: str, columns: Mapping[str, str]
) -> list[data.Anomaly]:
    """Return the anomalies of one split; `fails` is set if the severity is at least that of the column."""
    rows = [
        (".".join(info.path.step) or key, reason, info.severity)
        for key, info in anomalies.anomaly_info.items()
        for reason in info.reason
    ]
    if anomalies.HasField("dataset_anomaly_info"):
        dataset = anomalies.dataset_anomaly_info
        rows += [("", reason, dataset.severity) for reason in dataset.reason]
    return list(_anomalies(split, rows, fail_on, columns))


def _anomalies(
    split: str, rows: Iterable[tuple[str, Any, int]], fail_on: str, columns: Mapping[str, str]
) -> Iterable[data.Anomaly]:
    for column, reason, level in sorted(rows, key=lambda row: row[0]):
        severity: Literal["warning", "error"] = "error" if level == anomalies_pb2.AnomalyInfo.ERROR else "warning"
        yield data.Anomaly(
            column=column,
            split=split,
            kind=anomalies_pb2.AnomalyInfo.Type.Name(reason.type),
            severity=severity,
            description=reason.description or reason.short_description,
            fails=_RANK[severity] >= _RANK[columns.get(column, fail_on)],
        )
