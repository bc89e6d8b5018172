"""A run as the command shows it: notes of the check, the live list of nodes, the verdict, the exit code."""

import io
import os
import shlex
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from penstock.config.config import Config
from penstock.config.loading import environment_flag
from penstock.core.errors import ConfigError, NodeError, PenstockError
from penstock.core.text import did_you_mean
from penstock.metadata import lineage
from penstock.metadata.summary import RunSummary
from pipeline import session
from pipeline.cli.commands import complete_error
from pipeline.cli.commands import options as given_options
from pipeline.cli.printing import tell, tell_json
from pipeline.cli.text.metric_rows import CONSTANT
from pipeline.cli.text.parts import drift_lines, leaderboard_lines, reading_lines, split_lines
from pipeline.cli.text.screen import Screen, tell_verdict
from pipeline.nodes import nodes_of
from pipeline.plan import RunOptions
from pipeline.session import Updates
from pipeline.worker import Worker

RUNNERS = {"local": "pipeline.runners.local", "beam": "pipeline.runners.beam"}
REFUSED = 3


@dataclass(frozen=True)
class Settings:
    """How the command was called: where the nodes run, and what it prints."""

    runner: str
    as_json: bool
    debug: bool
    config_file: Path
    overrides: tuple[str, ...]


class _Display(Updates):
    """Shows a run as it goes on, and keeps what `--json` says of it.

    Attributes:
        screen: Draws the nodes.
        options: The options of the run, with its name once it has one.
        began: Seconds since 1970 when the command began with the run.
        said: Warnings, notes and repairs.
    """

    def __init__(self, config: Config, options: RunOptions, settings: Settings) -> None:
        self.options, self.began = options, time.time()
        self.said: dict[str, list[str]] = {"warnings": [], "notes": [], "repairs": []}
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
        """How long the run has taken so far."""
        return time.time() - self.began

    def reading(self, name: str) -> None:
        """Say what is fetched, which may take a while."""
        self._tell(f"Reading {name}")

    def checked(self, notes: tuple[str, ...], warnings: tuple[str, ...]) -> None:
        """Print notes and warnings above the nodes."""
        self.said |= {"warnings": list(warnings), "notes": list(notes)}
        self._tell(*notes, *(f"Warning: {warning}" for warning in warnings))

    def started(self, options: RunOptions) -> None:
        """Begin to draw the nodes: only now, for the check of the table copies this process, which has one thread."""
        self.options = options
        self._drawing.enter_context(self.screen)

    def repaired(self, line: str) -> None:
        """Print the line above the nodes."""
        self.said["repairs"].append(line)
        self.screen.tell(line)

    def nodes(self, run: lineage.Run) -> None:
        """Draw the nodes."""
        self.screen.update(run)

    def _tell(self, *lines: str) -> None:
        if self._shows:
            tell(*lines)
            sys.stdout.flush()  # The screen writes past the buffer.


def run(config: Config, options: RunOptions, settings: Settings) -> int:
    """Run the pipeline, show it, and return the exit code.

    Raises:
        PenstockError: The run cannot start, or a node failed.
    """
    worker = Worker(_runner(settings.runner), settings.config_file, settings.overrides, on_screen=settings.debug)
    display = _Display(config, options, settings)
    try:
        with display:
            found = session.run(config, options, worker, display)
    except NodeError as error:
        if not settings.as_json:
            raise
        complete_error(error, settings.config_file, settings.overrides)
        failure = _failure(config, display.options)
        tell_json(failure.as_run(nodes_of(config), display.seconds, display.said, error).plain())
        return error.exit_code
    try:
        if settings.as_json:
            tell_json(RunSummary.of(found).as_run(nodes_of(config), display.seconds, display.said).plain())
        else:
            _tell(display.screen.console, config, found, settings, display.seconds)
    except KeyboardInterrupt:
        raise session.interruption_of(config, display.options) from None
    return REFUSED if found.state == "refused" else 0


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
        found = lineage.run(config.store, options.run_id)
    except PenstockError:
        found = lineage.Run(options.run_id, config.name, ())
    return RunSummary.of(found, skip_damaged=True)


def _tell(console: Console, config: Config, found: lineage.Run, settings: Settings, seconds: float) -> None:
    """Print verdict, metrics and the next command."""
    verdict = found.verdict()
    console.print()
    console.print(_headline(config, found, seconds), style="bold")
    if board := found.leaderboard():
        for line in leaderboard_lines(board):
            console.print(line, soft_wrap=True)
    if verdict:
        tell_verdict(console, verdict, CONSTANT[config.model.task])
    if drift := found.drift():
        for line in drift_lines(drift):
            console.print(line, soft_wrap=True)
    for line in [*reading_lines(found.reading()), *split_lines(found.split(), found.rows())]:
        console.print(line, soft_wrap=True)
    if found.quarantined and config.data.quarantine:
        folder = os.path.relpath(config.path(config.data.quarantine))
        console.print(f"Malformed rows in quarantine: {found.quarantined:,}, in {folder}", soft_wrap=True)
    console.print(f"Next: {_next_command(config, found, settings)}", soft_wrap=True)


def _headline(config: Config, found: lineage.Run, seconds: float) -> str:
    if found.state == "pushed" and found.pushed_model:
        folder = os.path.relpath(found.pushed_model.properties["pushed_destination"])
        return f"Blessed and pushed: {config.name} version {found.pushed_version}, in {folder} ({seconds:.0f} s)"
    if found.state == "refused":
        return f"Refused, nothing was pushed: {config.name}, run {found.id} ({seconds:.0f} s)"
    return f"Done, without a push: {config.name}, run {found.id} ({seconds:.0f} s)"


def _next_command(config: Config, found: lineage.Run, settings: Settings) -> str:
    """Return the command to type next, with the options that this one was given."""
    source = Path(config.input.source)
    if found.state == "pushed" and not config.input.is_remote and source.is_file():
        words = ["predict", os.path.relpath(source), "--output", "predictions.csv"]
    else:
        words = ["show", found.id]
    return shlex.join([_command(), *words, *given_options(settings.config_file, settings.overrides)])


def _command() -> str:
    """Return how the person can call this command again."""
    script = Path(sys.argv[0])
    if script.suffix == ".py":  # called as a module, which the person cannot type
        script = Path(sys.executable).with_name("penstock")
    on_path = shutil.which("penstock")
    return "penstock" if on_path and Path(on_path).resolve() == script.resolve() else os.path.relpath(script)
