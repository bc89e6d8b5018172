"""Carrying out a run for the command: checks, the live list of nodes, the verdict, the exit code."""

import io
import os
import shlex
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from cli.commands import complete_error
from cli.commands import options as given_options
from cli.drift import drift_lines
from cli.leaderboard import leaderboard_lines
from cli.metric_rows import CONSTANT
from cli.printing import tell, tell_json
from cli.reading import reading_lines
from cli.screen import Screen, tell_verdict
from cli.splits import split_lines
from pipeline import execution, lineage
from pipeline.apart import apart
from pipeline.config import Config, environment_flag, suggestion
from pipeline.errors import ConfigError, NodeError, PenstockError
from pipeline.kept import note
from pipeline.ownership import claimed
from pipeline.plan import RunOptions, check_nodes, nodes_of
from pipeline.preflight import check_inputs, prepare
from pipeline.snapshots import held
from pipeline.stopped import stopped
from pipeline.summary import RunSummary
from pipeline.worker import Worker

RUNNERS = {"local": "pipeline.runners.local", "beam": "pipeline.runners.beam"}
REFUSED = 3
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Settings:
    """How the command was called: where the nodes run, and what it prints."""

    runner: str
    as_json: bool
    debug: bool
    config_file: Path
    overrides: tuple[str, ...]


def carry_out(config: Config, options: RunOptions, settings: Settings) -> int:
    """Run the pipeline, show it, and return the exit code.

    Raises:
        PenstockError: The run cannot start, or a node failed.
    """
    runner = _runner(settings.runner)
    check_nodes(config, options)
    with reading(config, as_json=settings.as_json) as config:
        try:
            return _carry_out(config, options, settings, runner)
        except KeyboardInterrupt:
            raise stopped(config, options) from None


@contextmanager
def reading(config: Config, *, as_json: bool) -> Iterator[Config]:
    """Yield the configuration to run with; where the rows are in a database, they are fetched first.

    Raises:
        PenstockError: They cannot be fetched.
    """
    if config.input.is_remote and not config.input.snapshot and not as_json:
        tell(f"Reading {config.input.name}")
        sys.stdout.flush()
    with held(config) as held_still:
        yield held_still


def _carry_out(config: Config, options: RunOptions, settings: Settings, runner: str) -> int:
    started = time.time()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    repairs: list[str] = []
    stream = io.StringIO() if settings.as_json else sys.stdout
    screen = Screen(stream, nodes_of(config), color=not environment_flag("NO_COLOR"))
    try:
        with Worker(runner, settings.config_file, settings.overrides, on_screen=settings.debug) as worker:
            if not (options.cache and options.is_whole and lineage.run_ids(config)):
                worker.start()  # there is no run that this one could repeat
            warnings, notes = apart(_check, config)
            if not settings.as_json:
                tell(*notes, *(f"Warning: {warning}" for warning in warnings))
                sys.stdout.flush()  # The screen writes past the buffer.
            prepare(config)
            options = replace(options, run_id=claimed(config, options.run_id))
            repaired = repairs.append if settings.as_json else screen.tell
            with screen:
                try:
                    found = execution.carry_out(
                        config, options, lambda: _watch(worker, config, options, screen), repaired
                    )
                finally:
                    _look(config, options, screen)
    except NodeError as error:
        if not settings.as_json:
            raise
        complete_error(error, settings.config_file, settings.overrides)
        messages = {"warnings": warnings, "notes": notes, "repairs": repairs}
        view = _failure(config, options).as_run(nodes_of(config), time.time() - started, messages, error)
        tell_json(view.plain())
        return error.exit_code
    if settings.as_json:
        messages = {"warnings": warnings, "notes": notes, "repairs": repairs}
        tell_json(RunSummary.of(found).as_run(nodes_of(config), time.time() - started, messages).plain())
    else:
        _tell(screen.console, config, found, settings, time.time() - started)
    return REFUSED if found.state == "refused" else 0


def _check(config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Check the table, and return warnings and notes: the rest would bring DuckDB and Arrow into this process."""
    checked = check_inputs(config)
    return checked.warnings, checked.notes


def _runner(name: str) -> str:
    if name in RUNNERS:
        return RUNNERS[name]
    if name in ("kubeflow", "vertex"):
        raise ConfigError(f"--runner {name}", "local or beam", repr(name), f"write `penstock compile --target {name}`")
    raise ConfigError(
        f"--runner {name}", " or ".join(RUNNERS), f"{name!r}{suggestion(name, RUNNERS)}", "choose one of them"
    )


def _watch(worker: Worker, config: Config, options: RunOptions, screen: Screen) -> None:
    """Have the worker run the nodes, and show them as the metadata store comes to know of them.

    Only meanwhile is the store looked at: this process writes to it before and after.
    """
    done = threading.Event()

    def poll() -> None:
        noted: set[int] = set()
        while not done.wait(_POLL_SECONDS):
            _look(config, options, screen)
            _note(config, options, noted)

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    try:
        worker.run(config, options)
    finally:
        done.set()
        thread.join()


def _look(config: Config, options: RunOptions, screen: Screen) -> None:
    with suppress(PenstockError):  # before its first node starts the store does not know the run
        screen.update(lineage.run(config, options.run_id))


def _note(config: Config, options: RunOptions, noted: set[int]) -> None:
    """Note what the files of new artifacts are, at once: what happens to them later is damage."""
    with suppress(PenstockError, OSError):  # the end of the run notes what is left
        nodes = lineage.run(config, options.run_id).nodes
        made = {artifact.id for node in nodes for artifact in node.outputs} - noted
        if made:
            note(config, made)
            noted |= made


def _failure(config: Config, options: RunOptions) -> RunSummary:
    try:
        found = lineage.run(config, options.run_id)
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
