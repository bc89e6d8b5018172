"""AnomalyGate: fails the run where the data's anomalies reach the configured severity."""

import os
from collections.abc import Sequence

from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component

from components import artifacts
from components.anomaly_report import accepting
from components.artifact_files import read_document
from penstock.core.documents import data
from penstock.core.errors import GateError


@component
def AnomalyGate(report: InputArtifact[artifacts.AnomalyReport], code: Parameter[str]) -> None:
    """Raise a GateError naming each anomaly that fails the run; the report stays behind as an artifact.

    Args:
        report: What AnomalyReport wrote.
        code: Fingerprint of this module, for the cache.
    """
    found = read_document(report.uri, data.AnomalyReport)
    refuse(found.anomalies, os.path.join(report.uri, found.FILE))


def refuse(anomalies: Sequence[data.Anomaly], path: str) -> None:
    """Raise a GateError if any of the anomalies fails the run: a line for each."""
    failing = [anomaly for anomaly in anomalies if anomaly.fails]
    if failing:
        accept = accepting([anomaly.column for anomaly in failing])
        remedy = f"accept what is right with `{accept}`" if accept else "change the schema"
        raise GateError(
            "the data does not match the schema",
            "no anomaly of the severity in [validation]",
            f"{len(failing)} (all in {path})",
            f"fix the data, {remedy}, or excuse the column in [validation.columns]",
            tuple(describe(anomaly) for anomaly in failing),
        )


def describe(anomaly: data.Anomaly) -> str:
    """Return one anomaly as a line: column, split, kind, description."""
    column = anomaly.column or "(the whole table)"
    return f"{column}, split {anomaly.split}: {anomaly.kind} ({anomaly.severity}): {anomaly.description}"
