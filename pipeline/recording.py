"""Records a run in the registry when it ends, and runs that an earlier process could not record.

A note of the run exists from its start until the registry has it. If the process is killed, or the registry does not
answer, the next run records it first. Only the process that holds the pipeline's lock reads and writes notes.
"""

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from penstock.config.config import Config
from penstock.core.errors import GateError, NodeError, PenstockError
from penstock.metadata import lineage
from pipeline import reporting
from pipeline.nodes import gates

if TYPE_CHECKING:
    from penstock.registry.documents import State
    from penstock.registry.recording.notes import Note

# What became of the record of a run before there is one.
NOT_YET: "Recording | None" = None
_PUSHER = "Pusher"
_KILLED = "the process of the run ended before its last node"


@dataclass(frozen=True)
class Recording:
    """What became of the record of a run.

    Attributes:
        experiment: The name of the experiment; empty if the run is not recorded yet.
        version: The number of the version that the run pushed; None if there is none, or it is not recorded.
        aliases: The aliases of that version.
        problem: Why something is not recorded; empty otherwise.
    """

    experiment: str = ""
    version: int | None = None
    aliases: tuple[str, ...] = ()
    problem: str = ""

    @property
    def line(self) -> str:
        """The line that the command prints."""
        if not self.experiment:
            return f"Not recorded yet, the next run does it: {self.problem}"
        if self.problem:
            return f"Recorded: {self.experiment}, without its version: {self.problem}"
        names = f" ({', '.join(self.aliases)})" if self.aliases else ""
        return f"Recorded: {self.experiment}" + (f", version {self.version}{names}" if self.version else "")


@dataclass
class Running:
    """A run that will be recorded.

    Attributes:
        peaks: The peak memory in bytes of each node that was measured.
        result: What became of its record; None until it has ended, or if runs are not recorded.
    """

    peaks: dict[str, int] = field(default_factory=dict)
    result: Recording | None = None

    def measured(self, nodes: Iterable[lineage.Node], *, since: float, peak: int | None) -> None:
        """Note the peak memory since a time for the nodes that ran since then."""
        for node in nodes if peak else ():
            if node.state == "running" or node.started + node.seconds >= since:
                self.peaks[node.id] = max(peak or 0, self.peaks.get(node.id, 0))


def preload(config: Config, *, needed: bool = True) -> None:
    """Import what the record of a run needs, which takes 0.3 s, while this process waits for another one.

    A run that waits for no nodes, as a repeat does, waits for the check of the table only.
    """
    if needed and config.registry.record:
        import penstock.registry.recording.recorder

        if not config.registry_uri.startswith("http"):
            import penstock.registry.client  # noqa: F401
    if needed:
        reporting.preload(config)


def with_default(config: Config) -> Config:
    """Return the configuration with the version that `default` points to, if models are compared with it.

    Raises:
        ConfigError: The files of the version are missing, or are others.
        StoreError: The registry cannot be read.
    """
    if config.evaluation.baseline != "default":
        return config
    record_earlier(config)
    from penstock.registry.baseline import with_baseline

    return with_baseline(config)


def keep_rows(config: Config, run: str) -> None:
    """Write the rows of a run to a file of its name, which its experiment names.

    Raises:
        DataError: The rows cannot be read or written.
    """
    from penstock.registry.recording import rows

    rows.keep_rows(config, run)


@contextmanager
def recorded(config: Config, run: str, running: Running) -> Iterator[None]:
    """Record the run of the block, however it ends; nothing here makes it fail.

    The caller must hold the pipeline's lock.

    Args:
        config: The configuration.
        run: The name of the run.
        running: Has what was measured, and gets the result.
    """
    if not config.registry.record:
        yield
        return
    from penstock.registry.recording import experiment, notes

    note = experiment.started(config, run)
    with suppress(PenstockError):
        notes.write(config, note)
    try:
        yield
    except (KeyboardInterrupt, Exception) as error:
        running.result = _record(config, note, error, running.peaks)
        raise
    running.result = _record(config, note, None, running.peaks)


def has_unrecorded(config: Config) -> bool:
    """Return whether the notes of runs remain, and runs are recorded."""
    from penstock.registry.recording.notes import read_all

    return config.registry.record and any(True for _ in read_all(config))


def record_earlier(config: Config, but: str = "") -> Recording | None:
    """Record the runs whose notes remain, oldest first; return what became of the last one, None without notes.

    The caller must hold the pipeline's lock, so that none of these runs is running, and have marked the executions of
    killed runs as failed.

    Args:
        config: The configuration.
        but: The run that is running.
    """
    from penstock.registry.recording import notes

    if not config.registry.record:
        return None
    found = []
    for note in notes.read_all(config):
        if note.run == but:
            continue
        if not note.is_complete:
            note = _completed(config, note, None, {}, killed=True)
            with suppress(PenstockError):
                notes.write(config, note)
        found.append(note)
    return _submitted(config, found)


def record_afterwards(config: Config, run_id: str) -> Recording | None:
    """Record a run of the metadata store that has no note; its configuration, commit and packages are not known.

    The caller must hold the pipeline's lock.
    """
    from penstock.registry.recording.experiment import afterwards

    run = lineage.run(config.store, run_id)
    note = _completed(config, afterwards(config, run), None, {}, killed=run.state == "failed")
    return _submitted(config, [note])


class Notebook:
    """Records the runs of a notebook, whose nodes run one by one.

    A notebook does not hold the pipeline's lock. It records its own runs only, because another one may be running.
    """

    def __init__(self, config: Config) -> None:
        """Give the notebook a name."""
        self._config = config
        self._name = f"{time.strftime('notebook-%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
        self._names: dict[tuple[int, ...], str] = {}
        self._last = NOT_YET

    def after(self, node: str, run: lineage.Run) -> Recording | None:
        """Record the run if the node is its Pusher; return what became of the last record, None before there is one.

        A run with another model is another experiment; with the same model nothing is added.
        """
        if node == _PUSHER:
            self._last = self._recorded(run)
        return self._last

    def _recorded(self, run: lineage.Run) -> Recording | None:
        pushed = next(node.inputs for node in run.nodes if node.id == _PUSHER)
        count = len(self._names) + 1
        name = self._names.setdefault(pushed, self._name if count == 1 else f"{self._name}-{count}")
        return record_notebook(self._config, replace(run, id=name))


def record_notebook(config: Config, run: lineage.Run) -> Recording | None:
    """Record a run whose nodes ran one by one in a notebook, after its Pusher; None if runs are not recorded.

    A run that is recorded already stays as it is. If the registry cannot be reached, the next run of the pipeline
    records it.

    Args:
        config: The configuration.
        run: The run, with a name that no other run has.
    """
    if not config.registry.record:
        return None
    from penstock.registry.recording import notes
    from penstock.registry.recording.experiment import Outcome, completed, from_notebook

    note = completed(from_notebook(config, run), run, Outcome(*_state(run, None, killed=False)), config.root)
    with suppress(PenstockError):
        notes.write(config, note)
    return _submitted(config, [note])


def _record(config: Config, note: "Note", error: BaseException | None, peaks: Mapping[str, int]) -> Recording | None:
    from penstock.registry.recording import notes

    complete = _completed(config, note, error, peaks)
    with suppress(PenstockError):
        notes.write(config, complete)
    earlier = [each for each in notes.read_all(config) if each.run != note.run and each.is_complete]
    return _submitted(config, [*earlier, complete])


def _completed(
    config: Config, note: "Note", error: BaseException | None, peaks: Mapping[str, int], *, killed: bool = False
) -> "Note":
    """Return the complete note of a run that has ended."""
    from penstock.registry.recording.experiment import Outcome, completed
    from penstock.registry.recording.rows import kept_file

    try:
        run = lineage.run(config.store, note.run)
    except PenstockError:  # it ended before its first node
        run = lineage.Run(note.run, config.name, ())
    state, failure = _state(run, error, killed=killed)
    kept = kept_file(config, note.run)
    shown = str(kept.relative_to(config.root) if kept.is_relative_to(config.root) else kept)
    outcome = Outcome(state, failure, peaks, shown if kept.is_file() else None)
    complete = completed(note, run, outcome, config.root)
    return _with_report(config, complete) if run.nodes and config.report.write else complete


def _with_report(config: Config, note: "Note") -> "Note":
    """Return the note of a run with the place of its report, which is written when the run is recorded."""
    artifacts = {**note.experiment["artifacts"], "report": reporting.shown_report(config, note.run)}
    return note.model_copy(update={"experiment": {**note.experiment, "artifacts": artifacts}})


def _state(run: lineage.Run, error: BaseException | None, *, killed: bool) -> tuple["State", str]:
    """Return the outcome of a run, and the sentence of its error."""
    if run.failed_node in gates() or isinstance(error, GateError):
        return "refused", str(error) if error else f"the gate {run.failed_node} refused the data"
    if run.state in ("pushed", "refused") and (error is None or not isinstance(error, NodeError)):
        return ("pushed" if run.state == "pushed" else "refused"), ""
    if error is None and not killed:
        return "finished", ""
    return "failed", (str(error) or type(error).__name__) if error else _KILLED


def _submitted(config: Config, found: "list[Note]") -> Recording | None:
    """Record runs in their order until one cannot be; return what became of the last one."""
    if not found:
        return None
    from penstock.core.machine import user_name
    from penstock.registry.opening import open_registry
    from penstock.registry.recording import notes
    from penstock.registry.recording.recorder import record

    try:
        result = None
        for note in found:
            with open_registry(config, actor=f"{user_name()}, run {note.run}") as registry:
                result = record(registry, note)
            notes.remove(config, note.run)
    except Exception as error:
        # Whatever it is, the run is not lost: its note remains.
        return Recording(problem=str(error) if isinstance(error, PenstockError) else f"{type(error).__name__}: {error}")
    if result is None:
        return None
    version = result.version
    return Recording(
        result.experiment.name,
        version.number if version else None,
        version.aliases if version else (),
        result.problem,
    )
