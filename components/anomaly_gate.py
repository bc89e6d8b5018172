"""AnomalyGate: fails the run if an anomaly of the data has at least the configured severity."""

import os
from collections.abc import Sequence

from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component

from components import artifacts
from components.anomaly_report import accept_command
from components.artifact_files import read_document
from penstock.core.documents import data
from penstock.core.errors import GateError


@component
def AnomalyGate(report: InputArtifact[artifacts.AnomalyReport], code: Parameter[str]) -> None:
    """Raise a GateError with each anomaly that fails the run; the report remains as an artifact.

    Args:
        report: The output of AnomalyReport.
        code: Fingerprint of this module, for the cache.
    """
    document = read_document(report.uri, data.AnomalyReport)
    fail_run(document.anomalies, os.path.join(report.uri, document.FILE))


def fail_run(anomalies: Sequence[data.Anomaly], path: str) -> None:
    """Raise a GateError with a line for each anomaly that fails the run, if there are any."""
    failing = [anomaly for anomaly in anomalies if anomaly.fails]
    if failing:
        accept = accept_command([anomaly.column for anomaly in failing])
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
