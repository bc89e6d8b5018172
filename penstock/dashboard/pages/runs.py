"""The list of runs."""

from dataclasses import dataclass
from pathlib import Path

from penstock.core import artifact_types
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import PenstockError
from penstock.dashboard.kept import Kept
from penstock.dashboard.sources import Source
from penstock.integrity.run_locks import run_state
from penstock.metadata.lineage import Run

_VALUES: Kept[float | None] = Kept(10_000)
STATES = ("pushed", "refused", "failed", "running", "ended", "partial")


@dataclass(frozen=True)
class Row:
    """A run in the list.

    Attributes:
        id: Its name.
        state: Its outcome; `ended` if its process ended before its last node.
        words: The outcome in words.
        started: Seconds since 1970.
        seconds: How long it took.
        value: The deciding metric; None if there is none, or it cannot be read.
        version: The version that it pushed; None if it pushed none.
        ran: How many nodes ran.
        cached: How many nodes had cached results.
    """

    id: str
    state: str
    words: str
    started: float
    seconds: float
    value: float | None
    version: int | None
    ran: int
    cached: int


def matching(source: Source, state: str, text: str) -> list[Run]:
    """Return the runs of a state, or of any if it is empty, whose name or failed node contains a text; newest first."""
    wanted = text.strip().lower()
    return [
        run
        for run in source.runs.all()
        if (not state or state_of(source, run) == state)
        and (not wanted or any(wanted in name.lower() for name in _names(run)))
    ]


def row(source: Source, run: Run) -> Row:
    """Return a run as the list shows it."""
    state = state_of(source, run)
    counts = [node.state for node in run.nodes]
    return Row(
        id=run.id,
        state=state,
        words=in_words(run, state),
        started=run.started,
        seconds=run.seconds,
        value=value_of(run, source.config.evaluation.metric),
        version=run.pushed_version,
        ran=counts.count("ran"),
        cached=counts.count("cached"),
    )


def state_of(source: Source, run: Run) -> str:
    """Return the outcome of a run; `ended` if it is recorded as running and its process is dead."""
    if run.state not in ("running", "partial"):
        return run.state
    life = run_state(source.config, run.id)
    # Between two nodes none is recorded as running.
    return "running" if life == "alive" else "ended" if life == "dead" and run.state == "running" else run.state


def in_words(run: Run, state: str) -> str:
    """Return the outcome of a run in words."""
    words = {
        "pushed": f"pushed version {run.pushed_version}",
        "failed": f"failed at {run.failed_node}",
        "ended": "ended before its last node",
        "partial": "completed without a push",
    }
    return words.get(state, state)


def value_of(run: Run, metric: str) -> float | None:
    """Return the value of a metric of the model; None if there is none, or the verdict cannot be read."""
    artifact = run.output(artifact_types.MODEL_VERDICT)
    return _VALUES.get(Path(artifact.uri, Verdict.FILE), lambda: _read(run, metric), metric) if artifact else None


def _read(run: Run, metric: str) -> float | None:
    try:
        verdict = run.verdict()
    except PenstockError:  # one damaged file must not hide the other runs; the page of the run says it
        return None
    return verdict.metrics[metric].model if verdict and metric in verdict.metrics else None


def _names(run: Run) -> tuple[str, ...]:
    version = f"version {run.pushed_version}" if run.pushed_version else ""
    return run.id, run.failed_node or "", version
