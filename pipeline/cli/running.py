"""A run of the pipeline as `run` and `resume` show it: notes, the live list of nodes, the result, the exit code."""

import io
import os
import shlex
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from penstock.config.config import Config
from penstock.config.loading import environment_flag
from penstock.core.errors import ConfigError, NodeError, PenstockError
from penstock.core.text import did_you_mean
from penstock.metadata import lineage
from penstock.metadata.summary import Recorded, RunSummary
from penstock.metadata.summary import Reported as ReportedPart
from pipeline import session
from pipeline.cli.commands import add_options_to_error
from pipeline.cli.commands import options as given_options
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.text.metric_rows import constant_name
from pipeline.cli.text.run_lines import (
    certificate_lines,
    drift_lines,
    leaderboard_lines,
    monotonic_lines,
    reading_lines,
    split_lines,
)
from pipeline.cli.text.screen import Screen, print_verdict
from pipeline.nodes import nodes_of
from pipeline.plan import RunOptions
from pipeline.recording import Recording
from pipeline.reporting import Reported, suspect_of
from pipeline.session import Updates
from pipeline.worker import Worker

RUNNERS = {"local": "pipeline.runners.local", "beam": "pipeline.runners.beam"}
REFUSED = 3


@dataclass(frozen=True)
class Settings:
    """The options of the command: where the nodes run, and what it prints."""

    runner: str
    as_json: bool
    debug: bool
    config_file: Path
    overrides: tuple[str, ...]


class _Display(Updates):
    """Shows the progress of a run, and collects the messages for `--json`.

    Attributes:
        screen: Draws the nodes.
        options: The options of the run, with its identifier as soon as it has one.
        began: Time at which the command started the run, in seconds since 1970.
        messages: Warnings, notes and repairs.
        recording: What became of the record of the run; None if runs are not recorded.
        report: Where its report is; None if none is written.
    """

    def __init__(self, config: Config, options: RunOptions, settings: Settings) -> None:
        self.options, self.began = options, time.time()
        self.messages: dict[str, list[str]] = {"warnings": [], "notes": [], "repairs": []}
        self.recording: Recording | None = None
        self.report: Reported | None = None
        self._shows = not settings.as_json
        stream = sys.stdout if self._shows else io.StringIO()
        self.screen = Screen(stream, nodes_of(config), color=not environment_flag("NO_COLOR"))
        self._drawing = ExitStack()

    def __enter__(self) -> "_Display":
        return self

    def __exit__(self, *_: object) -> None:
        self._drawing.close()

    @property
    def seconds(self) -> float:
        """How long the run has taken until now."""
        return time.time() - self.began

    def reading(self, name: str) -> None:
        """Print the source that is being read, because that can take long."""
        self._print_lines(f"Reading {name}")

    def checked(self, notes: tuple[str, ...], warnings: tuple[str, ...]) -> None:
        """Print notes and warnings above the nodes."""
        self.messages |= {"warnings": list(warnings), "notes": list(notes)}
        self._print_lines(*notes, *(f"Warning: {warning}" for warning in warnings))

    def started(self, options: RunOptions) -> None:
        """Start to draw the nodes; not earlier, because the check of the table forks this process."""
        self.options = options
        self._drawing.enter_context(self.screen)

    def repaired(self, line: str) -> None:
        """Print the line above the nodes."""
        self.messages["repairs"].append(line)
        self.screen.print_line(line)

    def noted(self, line: str) -> None:
        """Print the line above the nodes."""
        self.messages["notes"].append(line)
        self.screen.print_line(line)

    def nodes(self, run: lineage.Run) -> None:
        """Draw the nodes."""
        self.screen.update(run)

    def recorded(self, recording: Recording) -> None:
        """Receive what became of the record, for the result."""
        self.recording = recording

    def reported(self, report: Reported) -> None:
        """Receive where the report is, for the result."""
        self.report = report

    @property
    def ended(self) -> tuple[Recorded | None, ReportedPart | None]:
        """What became of the record and of the report, for the output with `--json`."""
        report = self.report
        return (
            Recorded(**vars(self.recording)) if self.recording else None,
            ReportedPart(file=str(report.file) if report.file else None, problem=report.problem) if report else None,
        )

    def _print_lines(self, *lines: str) -> None:
        if self._shows:
            print_lines(*lines)
            sys.stdout.flush()  # The screen does not write through this buffer.


def run(config: Config, options: RunOptions, settings: Settings) -> int:
    """Run the pipeline, show it, and return the exit code.

    Raises:
        PenstockError: The run cannot start, or a node failed.
    """
    worker = Worker(_runner(settings.runner), settings.config_file, settings.overrides, on_screen=settings.debug)
    display = _Display(config, options, settings)
    try:
        with display:
            finished = session.run(config, options, worker, display)
    except NodeError as error:
        if not settings.as_json:
            if display.recording:
                print_lines(display.recording.line)
            if display.report:
                print_lines(display.report.line)
            raise
        add_options_to_error(error, settings.config_file, settings.overrides)
        failure = _failure(config, display.options)
        print_json(failure.as_run(nodes_of(config), display.seconds, display.messages, error, display.ended).plain())
        return error.exit_code
    try:
        if settings.as_json:
            view = RunSummary.of(finished).as_run(
                nodes_of(config), display.seconds, display.messages, ended=display.ended
            )
            print_json(view.plain())
        else:
            _print_result(display, config, finished, settings)
    except KeyboardInterrupt:
        raise session.interruption_of(config, display.options) from None
    return REFUSED if finished.state == "refused" else 0


def _runner(name: str) -> str:
    if name in RUNNERS:
        return RUNNERS[name]
    if name in ("kubeflow", "vertex"):
        raise ConfigError(f"--runner {name}", "local or beam", repr(name), f"write `penstock compile --target {name}`")
    raise ConfigError(
        f"--runner {name}", " or ".join(RUNNERS), f"{name!r}{did_you_mean(name, RUNNERS)}", "choose one of them"
    )


def _failure(config: Config, options: RunOptions) -> RunSummary:
    try:
        recorded = lineage.run(config.store, options.run_id)
    except PenstockError:
        recorded = lineage.Run(options.run_id, config.name, ())
    return RunSummary.of(recorded, skip_damaged=True)


def _print_result(display: _Display, config: Config, finished: lineage.Run, settings: Settings) -> None:
    """Print the result of the run, its metrics and the next command."""
    console, verdict = display.screen.console, finished.verdict()
    console.print()
    console.print(_headline(config, finished, display.seconds), style="bold")
    if display.recording:
        console.print(display.recording.line, soft_wrap=True)
    if board := finished.leaderboard():
        for line in leaderboard_lines(board):
            console.print(line, soft_wrap=True)
    if verdict:
        print_verdict(console, verdict, constant_name(config.model.task, config.model.loss))
    if drift := finished.drift():
        for line in drift_lines(drift):
            console.print(line, soft_wrap=True)
    suspect = suspect_of(config, finished)
    lines = [
        *monotonic_lines(finished.monotonicity()),
        *certificate_lines(finished.certificate()),
        *_rows_lines(config, finished),
        *([f"Suspect: {suspect}"] if suspect else []),
    ]
    report = [display.report.line] if display.report else []
    for line in [*lines, *report, f"Next: {_next_command(config, finished, settings)}"]:
        console.print(line, soft_wrap=True)


def _rows_lines(config: Config, finished: lineage.Run) -> list[str]:
    """Return how the rows were read and split, and how many are in quarantine."""
    lines = [*reading_lines(finished.reading()), *split_lines(finished.split(), finished.rows())]
    if finished.quarantined and config.data.quarantine:
        folder = os.path.relpath(config.path(config.data.quarantine))
        lines.append(f"Malformed rows in quarantine: {finished.quarantined:,}, in {folder}")
    return lines


def _headline(config: Config, finished: lineage.Run, seconds: float) -> str:
    if finished.state == "pushed" and finished.pushed_model:
        folder = os.path.relpath(finished.pushed_model.properties["pushed_destination"])
        return f"Blessed and pushed: {config.name} version {finished.pushed_version}, in {folder} ({seconds:.0f} s)"
    if finished.state == "refused":
        return f"Refused, nothing was pushed: {config.name}, run {finished.id} ({seconds:.0f} s)"
    return f"Done, without a push: {config.name}, run {finished.id} ({seconds:.0f} s)"


def _next_command(config: Config, finished: lineage.Run, settings: Settings) -> str:
    """Return the suggested next command, with the options of this one."""
    source = Path(config.input.source)
    if finished.state == "pushed" and not config.input.is_remote and source.is_file():
        words = ["predict", os.path.relpath(source), "--output", "predictions.csv"]
    else:
        words = ["show", finished.id]
    return shlex.join([_command(), *words, *given_options(settings.config_file, settings.overrides)])


def _command() -> str:
    """Return how this command can be called from the current folder."""
    script = Path(sys.argv[0])
    if script.suffix == ".py":  # started with `python -m`
        script = Path(sys.executable).with_name("penstock")
    on_path = shutil.which("penstock")
    return "penstock" if on_path and Path(on_path).resolve() == script.resolve() else os.path.relpath(script)
