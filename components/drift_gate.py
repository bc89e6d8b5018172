"""DriftGate: fails the run where the training data drifted too far and the configuration says so."""

import json
import os
from collections.abc import Mapping
from typing import Any

from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component

from components import artifacts
from components.drift_report import REPORT_FILE
from pipeline.errors import GateError

_NAMED = 3


@component
def DriftGate(report: InputArtifact[artifacts.DriftReport], code: Parameter[str]) -> None:
    """Raise a GateError naming the columns that drifted; the report stays behind as an artifact.

    Args:
        report: What DriftReport wrote.
        code: Fingerprint of this module, for the cache.
    """
    with open(os.path.join(report.uri, REPORT_FILE), encoding="utf-8") as file:
        refuse(json.load(file))


def refuse(report: Mapping[str, Any]) -> None:
    """Raise a GateError if the run is to fail of the report: a line for each column that drifted."""
    if not report["fails"]:
        return
    drifted = [column for column in report["columns"] if not column["passed"]]
    names = ", ".join(f"{each['column']} at {each['distance']:.3g}" for each in drifted[:_NAMED])
    more = f" and {len(drifted) - _NAMED} more" if len(drifted) > _NAMED else ""
    worst = drifted[0]
    raise GateError(
        f"the training data drifted from that of version {report['version']}",
        f"no distance above its threshold, for {worst['column']} {worst['threshold']:g}",
        names + more,
        "mend the data, raise the threshold in [drift.columns], or train on it knowingly with "
        "`penstock run --set drift.fail_on=never`",
        tuple(describe(column) for column in drifted),
    )


def describe(column: Mapping[str, Any]) -> str:
    """Return one column as a line: measure, distance, threshold."""
    return f"{column['column']}: {column['measure']} {column['distance']:.4g}, at most {column['threshold']:g} allowed"
