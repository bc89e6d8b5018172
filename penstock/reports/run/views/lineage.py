"""Lineage and cost: the graph of nodes, seconds and memory, files, configuration, packages and machine."""

from markupsafe import Markup

from penstock.core.text import UNKNOWN
from penstock.reports.figures import Span, Step, graph, timeline
from penstock.reports.markup import code, drawn
from penstock.reports.run.document import NodeFact, RunReport

_TEMPLATE = "run/lineage.html"


def view(report: RunReport) -> Markup:
    """Return the section."""
    nodes = report.nodes
    # A node that reads and gives nothing, such as one that looks up an earlier model, is in the table only.
    linked = {name for each in nodes if each.after for name in (each.id, *each.after)}
    steps = [Step(each.id, each.after, each.state, _note(each)) for each in nodes if each.id in linked or not linked]
    spans = [Span(each.id, each.start, each.seconds, each.state) for each in nodes if each.state != "cached"]
    return drawn(
        _TEMPLATE,
        "lineage",
        report=report,
        graph=graph(steps, "the nodes of the run, and which reads the outputs of which"),
        timeline=timeline(spans, "when each node ran, and for how many seconds"),
        nodes=[row(each) for each in nodes],
        inputs=[(name, code(digest)) for name, digest in report.summary.files.items()],
        settings=[(key, setting(value)) for key, value in report.configuration.items()],
        packages=list(report.packages.items()),
        place=[
            ("User", report.place.get("user")),
            ("Host", report.place.get("host")),
            ("Folder", report.place.get("folder")),
        ],
    )


def _note(node: NodeFact) -> str:
    return node.state if node.state == "cached" else f"{node.state}, {node.seconds:.1f} s"


def row(node: NodeFact) -> tuple[str, ...]:
    """Return the row of a node in a table."""
    peak = UNKNOWN if node.peak_bytes is None else f"{node.peak_bytes / 1e6:,.0f} MB"
    return node.id, node.state, f"{node.seconds:.2f}", peak, ", ".join(node.outputs)


def setting(value: object) -> str:
    """Return the value of a setting as text."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    return (", ".join(map(str, value)) or "none") if isinstance(value, list | tuple) else str(value)
