"""What the commands that score rows share: the model, the progress, and what they report of the rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TextIO

import typer

from penstock.core.errors import ConfigError, DataError
from penstock.core.text import printable
from pipeline.cli import streams
from pipeline.cli.printing import console

if TYPE_CHECKING:
    from penstock.serving.model.findings import Findings
    from penstock.serving.model.versions import ModelVersion

FolderOption = Annotated[
    Path | None, typer.Option("--model", metavar="DIR", help="Folder of a SavedModel; no configuration is read.")
]
VersionOption = Annotated[
    str | None,
    typer.Option(metavar="VERSION", help="A number, an alias, or a version name; default: the newest version."),
]


@dataclass(frozen=True)
class Places:
    """Where rows, model and output of a command are.

    Attributes:
        file: The file with the rows.
        output: The file for the scored rows, None for standard output.
        config: The configuration.
        settings: Its overridden keys.
        model: The folder of the model, None for one of the configuration.
        version: The version.
    """

    file: Path
    output: Path | None
    config: Path
    settings: list[str] | None
    model: Path | None
    version: str | None


class Reported(Protocol):
    """What is reported of scored rows.

    Attributes:
        outputs: The names of the predictions in the model.
        columns: The names of the predictions in the output.
        findings: Unseen and out-of-range values of the rows.
        computed: The inputs that were computed from the file's columns, as in training.
        taken: The inputs that training computes and that the file has.
    """

    @property
    def outputs(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def columns(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def findings(self) -> "Findings": ...  # noqa: D102
    @property
    def computed(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def taken(self) -> Sequence[str]: ...  # noqa: D102


def print_findings(screen: TextIO, scored: Reported) -> None:
    """Print notes and warnings about the rows."""
    lines = [*scored.findings.notes, *(f"Warning: {warning}" for warning in scored.findings.warnings)]
    for given, written in zip(scored.outputs, scored.columns, strict=True):
        if given != written:
            lines.insert(0, f"The file has a column {given!r}: the prediction of this name is in {written!r}")
    for names, origin in ((scored.taken, "taken from the file"), (scored.computed, "computed from the file's columns")):
        if names:
            lines.insert(0, f"Computed by data.query in training, and here {origin}: {', '.join(names)}")
    screen.writelines(f"{printable(line)}\n" for line in lines)


def reported(scored: Reported) -> dict[str, object]:
    """Return what `--json` prints of scored rows, whichever command scored them."""
    counts = scored.findings.counts
    return {
        "columns": scored.columns,
        "unseen": {name: each.unseen for name, each in counts.items() if each.unseen},
        "outside": {name: each.outside for name, each in counts.items() if each.outside},
        "computed": scored.computed,
        "taken": scored.taken,
        "warnings": scored.findings.warnings,
    }


def chosen_model(config: Path, settings: list[str] | None, folder: Path | None, version: str | None) -> "ModelVersion":
    """Return the model, with the files that were pushed and that the registry recorded."""
    from penstock.serving.model import versions

    if folder is not None:
        if version is not None:
            raise ConfigError("--model and --version", "one of them", "both", "leave one out")
        at_folder = versions.at(folder)
        _check_intact(at_folder)
        return at_folder
    from penstock.config.loading import load
    from penstock.registry.choosing import choose

    loaded = load(config, settings or ())
    pushed, chosen = loaded.path(loaded.push.directory), choose(loaded, version)
    found = versions.newest(pushed) if chosen.number is None else versions.numbered(pushed, chosen.number)
    _check_intact(found)
    chosen.check(found.version, found.directory)
    return found


def _check_intact(model: "ModelVersion") -> None:
    """Raise an error if the files of a version have changed since they were pushed."""
    from penstock.versions import record

    changes = record.check(model.directory)
    if changes:
        first, *more = changes
        received = str(first) + (f", and {len(more)} more" if more else "")
        raise DataError(model.place, "the files that were pushed", received, "write `penstock run`, which repairs it")


class RowProgress:
    """A progress bar that counts rows, or nothing if the screen is no terminal."""

    def __init__(self, bar: Any = None, task: Any = None) -> None:
        """Take rich's bar and its task."""
        self._bar, self._task = bar, task

    def start(self, rows: int, done: int = 0) -> None:
        """Show the number of rows, and of those that were done before."""
        if self._bar is not None:
            self._bar.update(self._task, total=rows, completed=done)

    def advance(self, rows: int) -> None:
        """Count further rows."""
        if self._bar is not None:
            self._bar.advance(self._task, rows)


@contextmanager
def row_progress(screen: TextIO | None, title: str) -> Iterator[RowProgress]:
    """Draw a progress bar with the rows per second if the screen is a terminal."""
    from penstock.config.loading import environment_flag

    if screen is None or not screen.isatty() or environment_flag("NO_COLOR"):
        yield RowProgress()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:,.0f} rows/s" if task.speed else "")

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()
    )  # fmt: skip
    drawn = console(screen, stderr=True)
    with Progress(*columns, console=drawn, transient=True, disable=drawn.is_dumb_terminal) as bar:
        yield RowProgress(bar, bar.add_task(title, total=None))


@contextmanager
def silence() -> Iterator[TextIO]:
    """Discard what libraries write to standard error, and yield the stream of the command's own lines."""
    from penstock.core.process import discarded_stderr

    with discarded_stderr() as screen:
        yield screen


@contextmanager
def to_standard_output() -> Iterator[None]:
    """Stop if standard output cannot be written; a closed pipe (`| head`) is not an error."""
    try:
        with streams.required_output():
            yield
    except BrokenPipeError:
        raise typer.Exit(0) from None
