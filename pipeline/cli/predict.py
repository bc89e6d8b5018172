"""`penstock predict`: score the rows of a file with a pushed model."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from penstock.core.errors import ConfigError, DataError
from penstock.core.text import printable
from pipeline.cli import streams
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import console, print_json

if TYPE_CHECKING:
    from penstock.serving.batch.score import Job
    from penstock.serving.model.findings import Findings
    from penstock.serving.model.versions import ModelVersion

OutputOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV, TSV, JSON lines or Parquet; default: CSV on standard output."),
]


def predict(  # noqa: PLR0913 a parameter per option
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rows to score: CSV, TSV, JSON lines or Parquet.")],
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of a SavedModel; no configuration is read.")
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="A number, an alias, or a version name; default: the newest version."),
    ] = None,
    output: OutputOption = None,
    batch_size: Annotated[int, typer.Option(min=1, metavar="N", help="Number of rows per batch.")] = 8192,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Score the rows of a file with a pushed model.

    The output has all columns of the file, then the predictions.

    Exit code 0: done; 2: bad configuration, data or arguments; no output is written.
    """
    started = time.monotonic()
    if as_json and output is None:
        raise ConfigError("--json", "--output FILE as well", "none", "name a file for the rows")
    if output is not None:
        from penstock.serving.batch.output import check_output

        check_output(output, file)
    chosen = _model(config, settings, model, version)
    with nullcontext() if output else _to_standard_output(), nullcontext(sys.stderr) if debug else _silence() as screen:
        scored = _score(file, chosen, output, size=batch_size, screen=None if as_json else screen)
        seconds = time.monotonic() - started
        if not as_json:
            where = output or "standard output"
            _print_findings(screen, scored)
            screen.write(printable(f"Scored {scored.rows:,} rows with {chosen} in {seconds:.1f} s: {where}") + "\n")
            return
    result = {
        "rows": scored.rows,
        "model": {"version": chosen.version, "directory": str(chosen.directory)},
        "output": str(output),
        "seconds": round(seconds, 3),
        "columns": scored.columns,
        "unseen": {name: counts.unseen for name, counts in scored.findings.counts.items() if counts.unseen},
        "outside": {name: counts.outside for name, counts in scored.findings.counts.items() if counts.outside},
        "computed": scored.computed,
        "taken": scored.taken,
        "warnings": scored.findings.warnings,
    }
    print_json(result)


def _print_findings(screen: TextIO, scored: "Scored") -> None:
    """Print notes and warnings about the rows."""
    lines = [*scored.findings.notes, *(f"Warning: {warning}" for warning in scored.findings.warnings)]
    for given, written in zip(scored.outputs, scored.columns, strict=True):
        if given != written:
            lines.insert(0, f"The file has a column {given!r}: the prediction of this name is in {written!r}")
    for names, origin in ((scored.taken, "taken from the file"), (scored.computed, "computed from the file's columns")):
        if names:
            lines.insert(0, f"Computed by data.query in training, and here {origin}: {', '.join(names)}")
    screen.writelines(f"{printable(line)}\n" for line in lines)


def _model(config: Path, settings: list[str] | None, folder: Path | None, version: str | None) -> "ModelVersion":
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


@dataclass(frozen=True)
class Scored:
    """The result of scoring a file.

    Attributes:
        rows: The number of scored rows.
        outputs: The names of the predictions in the model.
        columns: The names of the predictions in the output.
        findings: Unseen and out-of-range values of the rows.
        computed: The inputs that were computed from the file's columns, as in training.
        taken: The inputs that training computes and that the file has.
    """

    rows: int
    outputs: list[str]
    columns: list[str]
    findings: "Findings"
    computed: list[str]
    taken: list[str]


def _score(file: Path, model: "ModelVersion", output: Path | None, *, size: int, screen: TextIO | None) -> Scored:
    """Score the rows of a file and write them."""
    from penstock.serving.batch.output import is_text, open_output
    from penstock.serving.batch.rows import open_rows
    from penstock.serving.batch.score import Job, check_columns, output_names, predict
    from penstock.serving.model import document, scorer
    from penstock.serving.model.findings import Findings

    with ExitStack() as stack:
        # If the model has a document of its inputs, errors of the file are reported before TensorFlow is loaded.
        columns, loaded = document.load(model.directory), None
        if columns is None:
            # Serialized examples need the column names of training, which are unknown here.
            loaded = replace(scorer.load(model), examples=None)
            columns = scorer.document_of_signature(loaded)
        rows = stack.enter_context(open_rows(file, columns, reader=str(model), as_written=is_text(output)))
        target = stack.enter_context(open_output(output))
        advance = stack.enter_context(_progress(screen, rows.count, f"Scoring with {model}"))
        job = Job(
            str(file), rows, model, loaded or scorer.load(model), Findings.of(columns, model.directory), columns.sources
        )
        check_columns(job)
        scored = predict(job, target, size=size, on_rows=advance)
        return Scored(scored, list(job.scorer.outputs), output_names(job), job.findings, *_computed_inputs(job))


def _computed_inputs(job: "Job") -> tuple[list[str], list[str]]:
    """Return the inputs that are computed from the file's columns, and those that the file already has."""
    wanted = job.rows.wanted
    return [each.input.name for each in wanted if each.is_computed], [
        each.input.name for each in wanted if each.replaces_computation
    ]


@contextmanager
def _progress(screen: TextIO | None, total: int, title: str) -> Iterator[Callable[[int], None]]:
    """Draw a progress bar if the screen is a terminal."""
    from penstock.config.loading import environment_flag

    if screen is None or not screen.isatty() or environment_flag("NO_COLOR"):
        yield lambda rows: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    drawn = console(screen, stderr=True)
    with Progress(*columns, console=drawn, transient=True, disable=drawn.is_dumb_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda rows: bar.advance(task, rows)


@contextmanager
def _silence() -> Iterator[TextIO]:
    from penstock.core.process import discarded_stderr

    with discarded_stderr() as screen:
        yield screen


@contextmanager
def _to_standard_output() -> Iterator[None]:
    """Stop if standard output cannot be written; a closed pipe (`| head`) is not an error."""
    try:
        with streams.required_output():
            yield
    except BrokenPipeError:
        raise typer.Exit(0) from None
