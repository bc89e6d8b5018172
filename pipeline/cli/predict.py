"""`penstock predict`: score the rows of a file with a pushed model."""

import sys
import time
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from penstock.core.errors import ConfigError
from penstock.core.text import counted, printable
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json
from pipeline.cli.scored import (
    FolderOption,
    Places,
    VersionOption,
    chosen_model,
    print_findings,
    reported,
    row_progress,
    silence,
    to_standard_output,
)

if TYPE_CHECKING:
    from penstock.serving.batch.score import Job
    from penstock.serving.model.findings import Findings
    from penstock.serving.model.versions import ModelVersion

# Explaining a row takes longer than scoring it: the progress is shown more often.
EXPLAINED_BATCH = 1024

OutputOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV, TSV, JSON lines or Parquet; default: CSV on standard output."),
]


def predict(  # noqa: PLR0913 a parameter per option
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rows to score: CSV, TSV, JSON lines or Parquet.")],
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    model: FolderOption = None,
    version: VersionOption = None,
    output: OutputOption = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Number of rows per batch; default: 8192, 1024 with --url or --explain."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add the contribution of each column to the score; see model.explain.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Model on a server: http://HOST:PORT/v1/models/NAME, or HOST:PORT."),
    ] = None,
    grpc: Annotated[bool, typer.Option("--grpc", help="With --url: use gRPC in place of REST.")] = False,
    parallel: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="With --url: requests at a time.")] = 4,
    any_version: Annotated[
        bool, typer.Option("--any-version", help="With --url: several versions of the model may answer.")
    ] = False,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --url: file with the server's bearer token.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="With --url: score all rows again after an interruption.")
    ] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Score the rows of a file with a pushed model.

    The output has all columns of the file, then the predictions. With --url a server scores the rows, and the command
    continues if it is started again after an interruption.

    Exit code 0: done; 2: bad configuration, data or arguments; no output is written.
    """
    started = time.monotonic()
    if as_json and output is None:
        raise ConfigError("--json", "--output FILE as well", "none", "name a file for the rows")
    if output is not None:
        from penstock.serving.batch.output import check_output

        check_output(output, file)
    if explain and url is not None:
        remedy = "leave --url out, or ask the server for the signature `explain`"
        raise ConfigError("--explain", "a model in a folder", "--url", remedy)
    if url is not None:
        from pipeline.cli.remote import Remote, predict_remote

        remote = Remote(url, grpc, parallel, any_version, token_file, restart)
        places = Places(file, output, config, settings, model, version)
        predict_remote(places, remote, size=batch_size or 1024, as_json=as_json, debug=debug)
        return
    _check_local(grpc=grpc, any_version=any_version, token_file=token_file, restart=restart)
    chosen = chosen_model(config, settings, model, version)
    with nullcontext() if output else to_standard_output(), nullcontext(sys.stderr) if debug else silence() as screen:
        size = batch_size or (EXPLAINED_BATCH if explain else 8192)
        scored = _score(file, chosen, output, size=size, explain=explain, screen=None if as_json else screen)
        seconds = time.monotonic() - started
        if not as_json:
            where = output or "standard output"
            print_findings(screen, scored)
            rows = counted(scored.rows, "row")
            screen.write(printable(f"Scored {rows} with {chosen} in {seconds:.1f} s: {where}") + "\n")
            return
    result = {
        "rows": scored.rows,
        "model": {"version": chosen.version, "directory": str(chosen.directory)},
        "output": str(output),
        "seconds": round(seconds, 3),
        **reported(scored),
    }
    print_json(result)


def _check_local(**given: object) -> None:
    for name, value in given.items():
        if value:
            raise ConfigError(f"--{name.replace('_', '-')}", "--url as well", "none", "name a server, or leave it out")


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


def _score(  # noqa: PLR0913
    file: Path, model: "ModelVersion", output: Path | None, *, size: int, explain: bool, screen: TextIO | None
) -> Scored:
    """Score the rows of a file and write them."""
    from penstock.serving.batch.output import is_text, open_output
    from penstock.serving.batch.rows import open_rows
    from penstock.serving.batch.score import Job, check_columns, output_names, predict
    from penstock.serving.model import document, explaining, scorer
    from penstock.serving.model.findings import Findings

    with ExitStack() as stack:
        # If the model has a document of its inputs, errors of the file are reported before TensorFlow is loaded.
        columns, loaded = document.load(model.directory), None
        if explain:
            columns, loaded = explaining.load(model, columns)
        if columns is None:
            # Serialized examples need the column names of training, which are unknown here.
            loaded = replace(scorer.load(model), examples=None)
            columns = scorer.document_of_signature(loaded)
        rows = stack.enter_context(open_rows(file, columns, reader=str(model), as_written=is_text(output)))
        target = stack.enter_context(open_output(output))
        bar = stack.enter_context(row_progress(screen, f"Scoring with {model}"))
        bar.start(rows.count)
        job = Job(
            str(file), rows, model, loaded or scorer.load(model), Findings.of(columns, model.directory), columns.sources
        )
        check_columns(job)
        scored = predict(job, target, size=size, on_rows=bar.advance)
        return Scored(scored, list(job.scorer.outputs), output_names(job), job.findings, *_computed_inputs(job))


def _computed_inputs(job: "Job") -> tuple[list[str], list[str]]:
    """Return the inputs that are computed from the file's columns, and those that the file already has."""
    wanted = job.rows.wanted
    return [each.input.name for each in wanted if each.is_computed], [
        each.input.name for each in wanted if each.replaces_computation
    ]
