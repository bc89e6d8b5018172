"""`penstock score`: score the rows of files or a database into a file or a table, in shards that can be resumed."""

import hashlib
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.core.errors import ConfigError
from penstock.core.text import counted, printable
from penstock.core.urls import DATABASES, is_remote, mask_password, scheme_of, split_table
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json
from pipeline.cli.scored import (
    FolderOption,
    VersionOption,
    chosen_model,
    print_findings,
    reported,
    row_progress,
    silence,
)

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.serving.sharded.run import Runner, Scored, Scoring
    from penstock.serving.sharded.shards import Task
    from penstock.serving.sharded.work import Outcome
    from penstock.tables.databases.target import Target
    from penstock.tables.input import Input

_FORMATS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
_TABLE = "a URL with a table, such as postgresql://USER@HOST/DATABASE#TABLE"


def score(  # noqa: PLR0913 a parameter per option
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="CSV, TSV or Parquet: a file, a folder, a glob; or a database URL.")
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="TARGET", help="A file (CSV, TSV, JSON lines, Parquet), or URL#TABLE.")
    ],
    query: Annotated[
        str | None, typer.Option(metavar="SQL", help="A query over the files (`source`), or of the database.")
    ] = None,
    table: Annotated[str | None, typer.Option(metavar="NAME", help="Table or view of the source's database.")] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column of the table's key; rows are replaced by it. Default: appended."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    model: FolderOption = None,
    version: VersionOption = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Shards scored at a time, without a Beam runner.")
    ] = 2,
    batch_size: Annotated[int, typer.Option(min=1, metavar="N", help="Number of rows per batch.")] = 8192,
    restart: Annotated[
        bool, typer.Option("--restart", help="Score all rows again after an interruption, and discard its rows.")
    ] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Score the rows of files or a database into a file or a table.

    Each row gets its predictions, the version of the model, the id of the scoring and its time. A scoring that was
    interrupted continues when the command is started again.

    Exit code 0: done; 2: bad configuration, data or arguments; nothing is published.
    """
    began, now = time.monotonic(), datetime.now(UTC)
    given, target = _source(source, query, table), _target(to, key or [])
    chosen = chosen_model(config, settings, model, version)
    loaded = None if model is not None else _loaded(config, settings)
    from penstock.serving.sharded.run import Progress, Scoring
    from penstock.serving.sharded.run import score as run

    _check(target, given)
    scoring = Scoring(given, chosen, target, _folder(target, loaded), batch_size, restart)
    with nullcontext(sys.stderr) if debug else silence() as screen:
        runner = _runner(loaded, scoring, workers)
        with row_progress(None if as_json else screen, f"Scoring with {chosen}") as bar:
            scored = run(scoring, runner, now, Progress(bar.start, bar.advance))
        seconds = time.monotonic() - began
        if not as_json:
            print_findings(screen, scored)
            before = f", {scored.kept:,} of them before an interruption" if scored.kept else ""
            line = f"Scored {counted(scored.rows, 'row')}{before} with {chosen} in {seconds:.1f} s: {_shown(target)}"
            screen.write(printable(line) + "\n")
            return
    print_json(_result(scored, scoring, seconds))


def _source(source: str, query: str | None, table: str | None) -> "Input":
    """Return the source."""
    from penstock.config.data import not_a_select, source_error
    from penstock.config.loading import filled
    from penstock.core.places import is_remote_place
    from penstock.tables.input import Input

    if fault := source_error(source):
        raise ConfigError("SOURCE", *fault, "correct it")
    if is_remote_place(source):
        raise ConfigError("SOURCE", "files of this machine, or a database", "a bucket", "copy the files here first")
    if not is_remote(source):
        if table is not None:
            raise ConfigError("--table", "none with a source of files", repr(table), "leave it out")
        return Input(source, query)
    source, named = split_table(filled(source, "SOURCE"))
    given = [name for name, value in (("--table", table or named), ("--query", query)) if value is not None]
    if len(given) != 1:
        received = " and ".join(given) or "neither"
        raise ConfigError("SOURCE", "--table or --query with a database", received, "name the rows in one way")
    if query is not None and (word := not_a_select(query)) is not None:
        raise ConfigError("--query", "one SELECT", word or "no statement", "correct the query")
    return Input(source, query, table=table or named)


def _target(to: str, key: Sequence[str]) -> "Path | Target":
    """Return the file or the table that scored rows are written into."""
    from penstock.config.data import source_error
    from penstock.config.loading import filled

    if not scheme_of(to):
        if key:
            raise ConfigError("--key", "none with a file", key[0], "leave it out, or name a table with --to")
        return Path(to)
    url, table = _split(to)
    if scheme_of(url) not in DATABASES:
        received = f"{scheme_of(url)}://"
        raise ConfigError("--to", f"a file, or the URL of {', '.join(DATABASES)}", received, "name another target")
    if fault := source_error(url):
        raise ConfigError("--to", *fault, "correct it")
    if table is None:
        raise ConfigError("--to", _TABLE, "no table", "add #TABLE")
    from penstock.tables.databases.target import Target

    return Target(filled(url, "--to"), table, tuple(key))


def _split(url: str) -> tuple[str, str | None]:
    """Return a URL and the table after `#`."""
    # A password may contain the character.
    before, at, place = url.rpartition("@")
    address, mark, table = place.partition("#")
    return (before + at + address, table or None) if mark else (url, None)


def _check(target: "Path | Target", source: "Input") -> None:
    from penstock.serving.batch.output import check_output

    if isinstance(target, Path):
        check_output(target, Path(source.source), "--to")


def _loaded(config: Path, settings: Sequence[str] | None) -> "Config":
    from penstock.config.loading import load

    return load(config, settings or ())


def _folder(target: "Path | Target", config: "Config | None") -> Path:
    """Return the work folder: next to a file; for a table in the state folder, which each worker of a cluster has."""
    if isinstance(target, Path):
        absolute = target.absolute()
        return absolute.with_name(f".{absolute.name}.scoring")
    identity = hashlib.sha256(f"{mask_password(target.url)}#{target.table}".encode()).hexdigest()[:16]
    state = config.state_folder if config is not None else Path("state").absolute()
    return state / "scoring" / identity


def _runner(config: "Config | None", scoring: "Scoring", workers: int) -> "Runner":
    """Return what scores shards: threads of this process, or the Beam runner of the configuration."""
    from penstock.config.beam import flag_of
    from penstock.serving.sharded.shards import in_threads

    if config is None or (config.beam.runner == "local" and flag_of(config.beam.options, "runner") is None):
        return partial(in_threads, workers=workers)
    return partial(_on_beam, config=config, scoring=scoring)


def _on_beam(task: "Task", numbers: Sequence[int], *, config: "Config", scoring: "Scoring") -> "Iterable[Outcome]":
    from components.cluster import check_cluster
    from components.scoring import on_beam
    from pipeline.definition import beam_arguments

    arguments = beam_arguments(config)
    check_cluster(config.beam, arguments, task.plan.files.paths, Path(task.folder))
    return on_beam(task, numbers, arguments)


def _shown(target: "Path | Target") -> str:
    return str(target) if isinstance(target, Path) else target.name


def _result(scored: "Scored", scoring: "Scoring", seconds: float) -> dict[str, object]:
    return {
        "rows": scored.rows,
        "rows_before_interruption": scored.kept,
        "shards": scored.shards,
        "run": scored.run,
        "time": scored.time,
        "model": {"version": scoring.model.version, "directory": str(scoring.model.directory)},
        "output": _shown(scoring.target),
        "seconds": round(seconds, 3),
        **reported(scored),
    }
