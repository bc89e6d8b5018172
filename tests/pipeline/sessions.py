"""A complete run in this process, with a function in place of its nodes."""

from collections.abc import Callable
from pathlib import Path

from penstock.config.config import Config
from penstock.metadata import lineage
from pipeline import recording, session
from pipeline.plan import RunOptions


def write_table(folder: Path, first: float = 0.0) -> None:
    """Write rows that pass the checks of a run; they depend on the first number."""
    rows = "".join(f"{first + number / 2},{number % 2}\n" for number in range(60))
    (folder / "trips.csv").write_text(f"miles,tip\n{rows}")


class Recording(session.Launch):
    """Calls a function in place of the nodes, and records the calls."""

    def __init__(self, work: Callable[[], object] = lambda: None) -> None:
        self.calls: list[str] = []
        self.given: list[tuple[Config, RunOptions]] = []
        self._work = work

    def start(self) -> None:
        self.calls.append("start")

    def run(self, config: Config, options: RunOptions, watch: Callable[[], None]) -> None:
        self.calls.append("run")
        self.given.append((config, options))
        self._work()
        watch()


class RecordedUpdates(session.Updates):
    """Records the events of a run in their order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []
        self.runs: list[lineage.Run] = []
        self.recording: recording.Recording | None = None

    @property
    def repairs(self) -> list[str]:
        """The lines about files that were moved or damaged."""
        return [str(line) for kind, line in self.events if kind == "repaired"]

    @property
    def notes(self) -> list[str]:
        """The lines about what the run does other than asked."""
        return [str(line) for kind, line in self.events if kind == "noted"]

    def reading(self, name: str) -> None:
        self.events.append(("reading", name))

    def checked(self, notes: tuple[str, ...], warnings: tuple[str, ...]) -> None:
        self.events.append(("checked", (notes, warnings)))

    def started(self, options: RunOptions) -> None:
        self.events.append(("started", options.run_id))

    def repaired(self, line: str) -> None:
        self.events.append(("repaired", line))

    def noted(self, line: str) -> None:
        self.events.append(("noted", line))

    def recorded(self, recording: recording.Recording) -> None:
        self.recording = recording

    def nodes(self, run: lineage.Run) -> None:
        self.runs.append(run)


def run_with(
    config: Config, options: RunOptions, work: Callable[[], object], updates: RecordedUpdates | None = None
) -> lineage.Run:
    """Run with a function in place of the nodes."""
    return session.run(config, options, Recording(work), updates)
