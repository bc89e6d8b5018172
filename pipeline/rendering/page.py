"""Any artifact or node as a page: the renderer is chosen by the artifact's type."""

from collections.abc import Callable, Iterable
from pathlib import Path

from google.protobuf.message import DecodeError
from google.protobuf.text_format import ParseError

from pipeline.lineage import Artifact, Node
from pipeline.rendering import (
    anomalies,
    drift,
    push,
    rows,
    schema,
    statistics,
    training,
    transform_graph,
    tuning,
    verdict,
)
from pipeline.rendering.markup import Markup, Page, join, number, table, tag
from pipeline.text import shorten

RENDERERS: dict[str, Callable[[Artifact], Markup]] = {
    "Examples": rows.examples,
    "ExampleStatistics": statistics.statistics,
    "Schema": schema.schema,
    "ExampleAnomalies": anomalies.anomalies,
    "penstock.AnomalyReport": anomalies.report,
    "penstock.DriftReport": drift.report,
    "TransformGraph": transform_graph.transform_graph,
    "TunerResults": tuning.trials,
    "Model": training.model,
    "ModelRun": training.curves,
    "ModelBlessing": push.blessing,
    "penstock.ModelVerdict": verdict.verdict,
    "penstock.RowCounts": rows.row_counts,
    "PushedModel": push.pushed_model,
}
_MOST_FILES = 12


def show(item: Artifact | Node) -> Page:
    """Return an artifact, or a node with all that it gave, as a page."""
    if isinstance(item, Artifact):
        return Page(section(item))
    heading = tag("h3", item.id, tag("span", f"  {item.state}, {item.seconds:.1f} s", class_="dim"))
    parts = [section(artifact) for artifact in item.outputs if artifact.type in RENDERERS]
    rest = [artifact for artifact in item.outputs if artifact.type not in RENDERERS]
    if not item.outputs:
        parts.append(tag("p", "Gave no artifact.", class_="dim"))
    if rest:
        parts.append(tag("p", "Also gave ", ", ".join(f"{a.key} ({a.type})" for a in rest), ".", class_="dim"))
    return Page(join([heading, *parts]))


def section(artifact: Artifact) -> Markup:
    """Return the markup of one artifact; one whose files are gone or cannot be read is said to be so."""
    folder = Path(artifact.uri)
    heading = tag("h4", artifact.key, " · ", artifact.type)
    if not folder.exists():
        return join([heading, tag("p", "Its files are gone: ", tag("code", folder), class_="dim")])
    try:
        return join([heading, RENDERERS.get(artifact.type, files)(artifact)])
    except (OSError, ValueError, KeyError, IndexError, DecodeError, ParseError) as error:
        reason = shorten(f"{type(error).__name__}: {error}", 200)
        return join(
            [heading, tag("p", tag("span", "It cannot be read", class_="bad"), f" ({reason}): ", tag("code", folder))]
        )


def files(artifact: Artifact) -> Markup:
    """Return the files of an artifact that has no renderer of its own."""
    found = sorted(file for file in Path(artifact.uri).rglob("*") if file.is_file())
    listed = [(file.relative_to(artifact.uri), number(file.stat().st_size)) for file in found[:_MOST_FILES]]
    more = [tag("p", f"and {len(found) - _MOST_FILES:,} more", class_="dim")] if len(found) > _MOST_FILES else []
    return join([table(("File", "Bytes"), listed, {1}), *more])


def overview(nodes: Iterable[Node]) -> Page:
    """Return a table of nodes: what became of each, how long it took, and what it gave."""
    listed = [(n.id, n.state, f"{n.seconds:.1f} s", ", ".join(a.type for a in n.outputs) or "–") for n in nodes]  # noqa: RUF001
    return Page(table(("Node", "State", "Time", "Gave"), listed, {2}))
