"""Any artifact or node as a page; the type of an artifact decides which function draws it."""

from collections.abc import Callable, Iterable
from pathlib import Path

from google.protobuf.message import DecodeError
from google.protobuf.text_format import ParseError
from markupsafe import Markup

from penstock.core import artifact_types
from penstock.core.errors import PenstockError
from penstock.core.text import UNKNOWN, number
from penstock.metadata.lineage import Artifact, Node
from penstock.reports import checks, data, model, verdict
from penstock.reports.markup import Page, drawn, table

RENDERERS: dict[str, Callable[[Artifact], Markup]] = {
    "Examples": data.examples,
    "ExampleStatistics": data.statistics,
    "Schema": checks.schema,
    "ExampleAnomalies": checks.anomalies,
    artifact_types.ANOMALY_REPORT: checks.anomaly_report,
    artifact_types.DRIFT_REPORT: checks.drift_report,
    "TransformGraph": model.transform_graph,
    "TunerResults": model.trials,
    "Model": model.saved_models,
    "ModelRun": model.curves,
    "ModelBlessing": verdict.blessing,
    artifact_types.MODEL_VERDICT: verdict.verdict,
    artifact_types.ROW_COUNTS: data.row_counts,
    "PushedModel": verdict.pushed_model,
}
# What the reading of a damaged file, or of one of another version, can raise.
_UNREADABLE = (PenstockError, OSError, ValueError, LookupError, DecodeError, ParseError)
_MOST_FILES = 12


def show(item: Artifact | Node) -> Page:
    """Return an artifact, or a node with all of its outputs, as a page."""
    if isinstance(item, Artifact):
        return Page(section(item))
    sections = [section(artifact) for artifact in item.outputs if artifact.type in RENDERERS]
    rest = [f"{a.key} ({a.type})" for a in item.outputs if a.type not in RENDERERS]
    values = {"name": item.id, "state": item.state, "seconds": item.seconds, "sections": sections, "rest": rest}
    return Page(drawn("page.html", "node", **values))


def section(artifact: Artifact) -> Markup:
    """Return the markup of one artifact; it says so if the files are gone or cannot be read."""
    return drawn("page.html", "section", key=artifact.key, type=artifact.type, body=_body(artifact))


def _body(artifact: Artifact) -> Markup:
    folder = Path(artifact.uri)
    if not folder.exists():
        return drawn("page.html", "gone", folder=folder)
    try:
        return RENDERERS.get(artifact.type, files)(artifact)
    except _UNREADABLE as error:
        reason = str(error) if isinstance(error, PenstockError) else f"{type(error).__name__}: {error}"
        return drawn("page.html", "unreadable", reason=reason, folder=folder)


def files(artifact: Artifact) -> Markup:
    """Return the files of an artifact of a type without a renderer."""
    present = sorted(file for file in Path(artifact.uri).rglob("*") if file.is_file())
    listed = [(file.relative_to(artifact.uri), number(file.stat().st_size)) for file in present[:_MOST_FILES]]
    return drawn("page.html", "files", listed=listed, more=max(0, len(present) - _MOST_FILES))


def overview(nodes: Iterable[Node]) -> Page:
    """Return a table of nodes: the state, the time and the outputs of each."""
    listed = [(n.id, n.state, f"{n.seconds:.1f} s", ", ".join(a.type for a in n.outputs) or UNKNOWN) for n in nodes]
    return Page(table(("Node", "State", "Time", "Outputs"), listed, {2}))
