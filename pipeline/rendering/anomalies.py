"""Anomalies: what ExampleValidator found, and what AnomalyReport makes of it."""

import json
from collections.abc import Sequence
from pathlib import Path

from tensorflow_metadata.proto.v0 import anomalies_pb2

from pipeline.lineage import Artifact
from pipeline.rendering.markup import Markup, join, table, tag

REPORT_FILE = "report.json"
ANOMALIES_FILE = "SchemaDiff.pb"
_SPLIT = "Split-"
_WHOLE_TABLE = "(the whole table)"


def report(artifact: Artifact) -> Markup:
    """Return the anomalies in words, with those that fail the run marked."""
    told = json.loads(Path(artifact.uri, REPORT_FILE).read_text(encoding="utf-8"))
    found = told["anomalies"]
    failing = sum(anomaly["fails"] for anomaly in found)
    rows = [
        (
            *(anomaly["column"] or _WHOLE_TABLE, anomaly["split"], anomaly["severity"], anomaly["description"]),
            tag("span", "fails the run", class_="bad")
            if anomaly["fails"]
            else tag("span", "let through", class_="dim"),
        )
        for anomaly in found
    ]
    if not found:
        return _none("No anomaly in any split: the gate is open.")
    verdict = (
        f"{failing} of {len(found)} fail the run." if failing else f"{len(found)} found, none of which fails the run."
    )
    accept = told.get("accept")
    # The report does not know how the run was called.
    given = ", with the --config and --set of the run, if it had any."
    advice = [tag("p", "To accept what is right: ", tag("code", accept), given)] if accept else []
    return join([tag("p", verdict), table(("Column", "Split", "Severity", "What", ""), rows), *advice])


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
    if not rows:
        return _none(f"No anomaly in {', '.join(splits) or 'any split'}.")
    return table(("Column", "Split", "Severity", "What"), rows)


def _none(sentence: str) -> Markup:
    return tag("p", tag("span", "✓ ", class_="good"), sentence)
