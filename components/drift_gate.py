"""DriftGate: fails the run if drift or skew is above its threshold and the configuration says so."""

from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component

from components import artifacts
from components.artifact_files import read_document
from components.drift_report import DRIFT, SKEW
from penstock.core.documents import data
from penstock.core.errors import GateError

_NAMED = 3
_WHAT = {DRIFT: "the training data drifted from that of version {version}", SKEW: "the split eval is skewed from train"}
_COLUMNS = {DRIFT: "[drift.columns]", SKEW: "[drift.skew.columns]"}


@component
def DriftGate(report: InputArtifact[artifacts.DriftReport], code: Parameter[str]) -> None:
    """Raise a GateError with the columns above their threshold; the report remains as an artifact.

    Args:
        report: The output of DriftReport.
        code: Fingerprint of this module, for the cache.
    """
    fail_run(read_document(report.uri, data.DriftReport))


def fail_run(report: data.DriftReport) -> None:
    """Raise a GateError with a line for each column above its threshold, if the report fails the run."""
    failing = report.failing
    if not failing:
        return
    columns = {DRIFT: report.columns, SKEW: report.skew or ()}
    beyond = [(kind, column) for kind in failing for column in columns[kind] if not column.passed]
    names = ", ".join(f"{each.column} at {each.distance:.3g}" for _, each in beyond[:_NAMED])
    more = f" and {len(beyond) - _NAMED} more" if len(beyond) > _NAMED else ""
    _, worst = beyond[0]
    raise GateError(
        ", and ".join(_WHAT[kind].format(version=report.version) for kind in failing),
        f"no distance above its threshold, for {worst.column} {worst.threshold:g}",
        names + more,
        f"fix the data, raise the threshold in {' or '.join(_COLUMNS[kind] for kind in failing)}, or train on it "
        "knowingly with `penstock run --set drift.fail_on=never`",
        tuple(describe(column) + (", of eval from train" if kind == SKEW else "") for kind, column in beyond),
    )


def describe(column: data.Distance) -> str:
    """Return one column as a line: measure, distance, threshold."""
    return f"{column.column}: {column.measure} {column.distance:.4g}, at most {column.threshold:g} allowed"
