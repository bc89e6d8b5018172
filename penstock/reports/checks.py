"""The checks of the data: the schema, the anomalies that were found against it, drift and skew."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from markupsafe import Markup
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from penstock.core.text import UNKNOWN, number
from penstock.metadata.lineage import Artifact
from penstock.reports.markup import drawn, mark
from penstock.schema.file import SCHEMA_FILE, describe

REPORT_FILE = "report.json"
ANOMALIES_FILE = "SchemaDiff.pb"
_TEMPLATE = "checks.html"
_SPLIT = "Split-"
_WHOLE_TABLE = "(the whole table)"


def schema(artifact: Artifact) -> Markup:
    """Return a table: column, type, whether it must be there, and the values that it may hold."""
    found = read_schema(Path(artifact.uri, SCHEMA_FILE))
    domains = {domain.name: list(domain.value) for domain in found.string_domain}
    rows = [(f.name, *describe(f, domains)) for f in sorted(found.feature, key=lambda f: f.name)]
    return drawn(_TEMPLATE, "schema", rows=rows)


def read_schema(file: Path) -> Any:
    """Return the schema that a text file holds.

    Raises:
        ParseError: It does not parse.
    """
    return text_format.Parse(file.read_text(encoding="utf-8"), schema_pb2.Schema())


def anomaly_report(artifact: Artifact) -> Markup:
    """Return the anomalies in words, with those that fail the run marked."""
    report = _report(artifact)
    found = report["anomalies"]
    rows = [
        (
            *(anomaly["column"] or _WHOLE_TABLE, anomaly["split"], anomaly["severity"], anomaly["description"]),
            mark("bad", "fails the run") if anomaly["fails"] else mark("dim", "let through"),
        )
        for anomaly in found
    ]
    failing = sum(anomaly["fails"] for anomaly in found)
    return drawn(_TEMPLATE, "anomaly_report", rows=rows, failing=failing, accept=report.get("accept") or "")


def anomalies(artifact: Artifact) -> Markup:
    """Return the anomalies of each split as ExampleValidator found them."""
    splits: list[str] = []
    rows: list[Sequence[object]] = []
    for file in sorted(Path(artifact.uri).glob(f"{_SPLIT}*/{ANOMALIES_FILE}"), reverse=True):
        split = file.parent.name.removeprefix(_SPLIT)
        splits.append(split)
        found = anomalies_pb2.Anomalies()
        found.ParseFromString(file.read_bytes())
        rows += [
            (column, split, anomalies_pb2.AnomalyInfo.Severity.Name(info.severity).lower(), reason.description)
            for column, info in sorted(found.anomaly_info.items())
            for reason in info.reason
        ]
        rows += [(_WHOLE_TABLE, split, "error", reason.description) for reason in found.dataset_anomaly_info.reason]
    return drawn(_TEMPLATE, "anomalies", rows=rows, splits=splits)


def drift_report(artifact: Artifact) -> Markup:
    """Return tables of distances, those beyond their thresholds marked."""
    report = _report(artifact)
    # A report that was written before skew was measured has none.
    skew = _distances(report["skew"], "skewed") if "skew" in report else None
    return drawn(
        _TEMPLATE,
        "drift_report",
        version=report["version"],
        compared=report["compared"],
        drift=_distances(report["columns"], "drifted"),
        skew=skew,
    )


def _report(artifact: Artifact) -> dict[str, Any]:
    """Return what AnomalyReport or DriftReport wrote."""
    report: dict[str, Any] = json.loads(Path(artifact.uri, REPORT_FILE).read_text(encoding="utf-8"))
    return report


def _distances(columns: Iterable[dict[str, Any]], beyond: str) -> list[tuple[object, ...]]:
    return [
        (
            *(column["column"], column["measure"], _distance(column["distance"]), number(column["threshold"])),
            _verdict(column["distance"], column["passed"], beyond),
        )
        for column in columns
    ]


def _verdict(distance: float | None, passed: bool, beyond: str) -> Markup:
    if distance is None:
        return mark("dim", "not compared")
    return mark("good", "✓") if passed else mark("bad", beyond)


def _distance(distance: float | None) -> str:
    return UNKNOWN if distance is None else f"{distance:.4f}"
