"""The checks of the data: schema, anomalies, drift and skew."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from markupsafe import Markup
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from penstock.core.documents.data import AnomalyReport, Distance, DriftReport
from penstock.core.text import UNKNOWN, number
from penstock.metadata.lineage import Artifact
from penstock.reports.markup import drawn, mark
from penstock.schema.file import SCHEMA_FILE, describe

ANOMALIES_FILE = "SchemaDiff.pb"
_TEMPLATE = "checks.html"
_SPLIT = "Split-"
_WHOLE_TABLE = "(the whole table)"


def schema(artifact: Artifact) -> Markup:
    """Return a table: column, type, whether it must be present, and the values that it may hold."""
    parsed = read_schema(Path(artifact.uri, SCHEMA_FILE))
    domains = {domain.name: list(domain.value) for domain in parsed.string_domain}
    rows = [(f.name, *describe(f, domains)) for f in sorted(parsed.feature, key=lambda f: f.name)]
    return drawn(_TEMPLATE, "schema", rows=rows)


def read_schema(file: Path) -> Any:
    """Return the schema that a text file holds.

    Raises:
        ParseError: It does not parse.
    """
    return text_format.Parse(file.read_text(encoding="utf-8"), schema_pb2.Schema())


def anomaly_report(artifact: Artifact) -> Markup:
    """Return the anomalies in words; those that fail the run are marked."""
    report = AnomalyReport.read(artifact.uri)
    rows = [
        (
            *(anomaly.column or _WHOLE_TABLE, anomaly.split, anomaly.severity, anomaly.description),
            mark("bad", "fails the run") if anomaly.fails else mark("dim", "let through"),
        )
        for anomaly in report.anomalies
    ]
    failing = sum(anomaly.fails for anomaly in report.anomalies)
    return drawn(_TEMPLATE, "anomaly_report", report=report, rows=rows, failing=failing)


def anomalies(artifact: Artifact) -> Markup:
    """Return the anomalies that ExampleValidator found in each split."""
    splits: list[str] = []
    rows: list[Sequence[object]] = []
    for file in sorted(Path(artifact.uri).glob(f"{_SPLIT}*/{ANOMALIES_FILE}"), reverse=True):
        split = file.parent.name.removeprefix(_SPLIT)
        splits.append(split)
        parsed = anomalies_pb2.Anomalies()
        parsed.ParseFromString(file.read_bytes())
        rows += [
            (column, split, anomalies_pb2.AnomalyInfo.Severity.Name(info.severity).lower(), reason.description)
            for column, info in sorted(parsed.anomaly_info.items())
            for reason in info.reason
        ]
        rows += [(_WHOLE_TABLE, split, "error", reason.description) for reason in parsed.dataset_anomaly_info.reason]
    return drawn(_TEMPLATE, "anomalies", rows=rows, splits=splits)


def drift_report(artifact: Artifact) -> Markup:
    """Return tables of distances; those above their thresholds are marked."""
    report = DriftReport.read(artifact.uri)
    # A report that was written before skew was measured has none.
    skew = None if report.skew is None else _distance_rows(report.skew, "skewed")
    drift = _distance_rows(report.columns, "drifted")
    return drawn(_TEMPLATE, "drift_report", report=report, drift=drift, skew=skew)


def _distance_rows(columns: Iterable[Distance], failed: str) -> list[tuple[object, ...]]:
    return [(c.column, c.measure, _distance(c), number(c.threshold), _result(c, failed)) for c in columns]


def _distance(column: Distance) -> str:
    return UNKNOWN if column.distance is None else f"{column.distance:.4f}"


def _result(column: Distance, failed: str) -> Markup:
    if column.distance is None:
        return mark("dim", "not compared")
    return mark("good", "✓") if column.passed else mark("bad", failed)
