"""The page of one run: the graph of its nodes, their times and states, the verdict, the log."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from markupsafe import Markup

from penstock.core import artifact_types
from penstock.core.errors import PenstockError
from penstock.core.text import printable
from penstock.dashboard.drawing import Bar, Bars, Memory, RunGraph, bars, memory, run_graph
from penstock.dashboard.kept import section_of
from penstock.dashboard.pages.runs import in_words, state_of
from penstock.dashboard.sources import Source
from penstock.metadata.lineage import Artifact, Node, Run
from penstock.registry.documents import Experiment
from penstock.registry.errors import NotFound

Found = TypeVar("Found")

_TAIL_BYTES = 64_000
_TAIL_LINES = 200
_WAITING = "waiting"
_SKIPPED = "skipped"


@dataclass(frozen=True)
class NodeRow:
    """A node of the pipeline in a run.

    Attributes:
        id: Its name.
        state: Its outcome; `waiting` if it has not begun, `skipped` if it never did.
        seconds: How long it took, or has taken so far; None if it has not begun.
        peak_bytes: The peak of its memory; None if it is not recorded.
        outputs: How many artifacts it has.
    """

    id: str
    state: str
    seconds: float | None
    peak_bytes: int | None
    outputs: int


@dataclass(frozen=True)
class Progress:
    """What changes while a run is in progress; the seconds are those until now, or until its end."""

    state: str
    words: str
    seconds: float
    done: int
    nodes: tuple[NodeRow, ...]
    graph: RunGraph
    bars: Bars
    memory: Memory | None


def progress(
    source: Source, run: Run, experiment: Experiment | None = None, now: Callable[[], float] = time.time
) -> Progress:
    """Return the state of each node of a run.

    Args:
        source: The pipeline.
        run: The run.
        experiment: Its record, which has the peaks of memory; there is none before the run has ended.
        now: Gives the seconds since 1970, for the nodes that are running.
    """
    state = state_of(source, run)
    by_id = {node.id: node for node in run.nodes}
    peaks = _peaks(experiment)
    shown = [*source.nodes, *(id for id in by_id if id not in source.nodes)]
    at = now() if state == "running" else None
    rows = tuple(_row(id, by_id.get(id), peaks.get(id), state, at) for id in shown)
    upstream = _upstream(source, run, shown)
    over_time = list(_bars(run, {each.id: each for each in rows}))
    return Progress(
        state=state,
        words=in_words(run, state),
        seconds=now() - run.started if state == "running" else run.seconds,
        done=sum(each.state in ("ran", "cached") for each in rows),
        nodes=rows,
        graph=run_graph({each.id: _box(each) for each in rows}, upstream),
        bars=bars(over_time),
        memory=memory(over_time, {id: peak for id, peak in peaks.items() if peak}),
    )


def _upstream(source: Source, run: Run, shown: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what each node waits for: by the configuration, and by what it read, as a run may have other settings."""
    upstream = {id: source.nodes.get(id, ()) for id in shown}
    makers: dict[int, str] = {}
    for node in run.nodes:  # in the order in which they started, so that there is no cycle
        upstream[node.id] = tuple(dict.fromkeys((*upstream[node.id], *(makers[a] for a in node.inputs if a in makers))))
        makers |= {artifact.id: node.id for artifact in node.outputs}
    return upstream


def _row(id: str, node: Node | None, peak: int | None, state: str, now: float | None) -> NodeRow:
    if node is None:
        return NodeRow(id, _WAITING if state == "running" else _SKIPPED, None, None, 0)
    ended = node.state == "running" and now is None
    seconds = max(0.0, now - node.started) if node.state == "running" and now else node.seconds
    return NodeRow(id, "ended" if ended else node.state, seconds, peak, len(node.outputs))


def _box(row: NodeRow) -> tuple[str, str]:
    """Return the kind of a node's box, and its second line."""
    seconds = "" if row.seconds is None or row.state == "cached" else f", {row.seconds:.1f} s"
    return row.state, f"{row.state}{seconds}"


def _bars(run: Run, rows: Mapping[str, NodeRow]) -> Iterator[Bar]:
    for node in run.nodes:
        seconds = rows[node.id].seconds or 0.0
        yield Bar(node.id, rows[node.id].state, node.started - run.started, seconds)


def _peaks(experiment: Experiment | None) -> dict[str, int | None]:
    """Return the peak of the memory of each node, as the registry recorded it."""
    nodes = experiment.details.get("nodes") or () if experiment else ()
    return {str(node.get("id")): node.get("peak_bytes") for node in nodes if isinstance(node, Mapping)}


def experiment_of(source: Source, run: Run) -> Experiment | None:
    """Return the record of a run in the registry; None if there is none, or the registry does not answer."""
    with suppress(PenstockError), source.registry() as registry:
        model = source.model(registry) if registry else None
        if registry and model:
            with suppress(NotFound):
                return registry.experiment_named(model.id, run.id)
    return None


def read_or_fault(read: Callable[[], Found | None]) -> tuple[Found | None, str]:
    """Return a document of a run, and why it cannot be read: a damaged one must not hide the rest of the page."""
    try:
        return read(), ""
    except PenstockError as error:
        return None, str(error)


def verdict_section(run: Run) -> Markup | None:
    """Return the verdict on the model as the notebooks show it; None if the run ended before."""
    artifact = run.output(artifact_types.MODEL_VERDICT)
    return section_of(artifact) if artifact else None


def artifact_of(run: Run, node: str, position: int) -> Artifact | None:
    """Return an output of a node by its position."""
    found = next((each for each in run.nodes if each.id == node), None)
    return found.outputs[position] if found and position < len(found.outputs) else None


def report_file(source: Source, run: Run) -> Path:
    """Return where the report of a run is, if it was written."""
    return source.config.reports / source.config.name / f"{run.id}.html"


def log_tail(file: Path) -> tuple[list[str], bool]:
    """Return the last lines of a log, and whether lines before them are left out; no line if there is no log."""
    try:
        with file.open("rb") as log:
            size = os.fstat(log.fileno()).st_size
            log.seek(max(0, size - _TAIL_BYTES))
            text = log.read(_TAIL_BYTES).decode(errors="replace")
    except OSError:
        return [], False
    lines = text.splitlines()
    if size > _TAIL_BYTES:
        lines = lines[1:]
    return [printable(line) for line in lines[-_TAIL_LINES:]], size > _TAIL_BYTES or len(lines) > _TAIL_LINES
