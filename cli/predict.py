"""`penstock predict`: score the rows of a file with a pushed model."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from cli import streams
from cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from serving.versions import ModelVersion

OutputOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV, TSV, JSON lines or Parquet; else CSV on standard output."),
]


def predict(  # noqa: PLR0913 a parameter per option
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rows to score: CSV, TSV, JSON lines or Parquet.")],
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of a SavedModel; then no configuration is read.")
    ] = None,
    version: Annotated[int | None, typer.Option(metavar="N", help="A pushed version, else the newest.")] = None,
    output: OutputOption = None,
    batch_size: Annotated[int, typer.Option(min=1, metavar="N", help="Rows that are scored at once.")] = 8192,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Score the rows of a file with a pushed model.

    The output has all its columns, then the predictions.

    Exit code 0: done; 2: bad configuration, data or arguments, and no output is left.
    """
    started = time.monotonic()
    if as_json and output is None:
        raise ConfigError("--json", "--output FILE beside it", "none", "name the file for the rows")
    if output is not None:
        from serving.output import check_output

        check_output(output, file)
    chosen = _model(config, settings, model, version)
    with nullcontext() if output else _to_standard_output(), nullcontext(sys.stderr) if debug else _silence() as screen:
        rows, columns = _score(file, chosen, output, size=batch_size, screen=None if as_json else screen)
        seconds = time.monotonic() - started
        if not as_json:
            where = output or "standard output"
            screen.write(f"Scored {rows:,} rows with {chosen} in {seconds:.1f} s: {where}\n")
            return
    told = {"version": chosen.version, "directory": str(chosen.directory)}
    result = {"rows": rows, "model": told, "output": str(output), "seconds": round(seconds, 3), "columns": columns}
    print(json.dumps(result))


def _model(config: Path, settings: list[str] | None, folder: Path | None, version: int | None) -> "ModelVersion":
    from serving import versions

    if folder is not None:
        if version is not None:
            raise ConfigError("--model and --version", "one of them", "both", "leave one out")
        return versions.at(folder)
    from pipeline.config import load

    loaded = load(config, settings or ())
    pushed = loaded.path(loaded.push.directory)
    return versions.newest(pushed) if version is None else versions.numbered(pushed, version)


def _score(
    file: Path, model: "ModelVersion", output: Path | None, *, size: int, screen: TextIO | None
) -> tuple[int, list[str]]:
    """Write the scored rows; return their number and the names of the predictions."""
    from serving.batch import Job, check_columns, predict
    from serving.output import open_output
    from serving.rows import open_rows
    from serving.scorer import load

    with ExitStack() as stack:
        # Whatever can be wrong with the files is told before TensorFlow takes its seconds to load.
        rows = stack.enter_context(open_rows(file))
        target = stack.enter_context(open_output(output))
        advance = stack.enter_context(_progress(screen, rows.count, f"Scoring with {model}"))
        job = Job(str(file), rows, model, load(model))
        check_columns(job)
        return predict(job, target, size=size, on_rows=advance), list(job.scorer.outputs)


@contextmanager
def _progress(screen: TextIO | None, total: int, title: str) -> Iterator[Callable[[int], None]]:
    """Draw a bar where somebody can see it and nothing else is being drawn there."""
    from pipeline.config import environment_flag

    if screen is None or not screen.isatty() or environment_flag("NO_COLOR"):
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(file=screen, stderr=True)
    with Progress(*columns, console=console, transient=True, disable=console.is_dumb_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda rows: bar.advance(task, rows)


@contextmanager
def _silence() -> Iterator[TextIO]:
    from serving.silence import silence

    with silence() as screen:
        yield screen


@contextmanager
def _to_standard_output() -> Iterator[None]:
    """End where standard output does not take the rows; quietly when who reads it (`| head`) has seen enough."""
    try:
        with streams.needed():
            yield
    except BrokenPipeError:
        raise typer.Exit(0) from None
