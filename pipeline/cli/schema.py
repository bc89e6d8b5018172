"""`penstock schema`: show the schema, compare data with it, accept changes."""

import dataclasses
import shlex
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.core.errors import ConfigError
from penstock.core.text import shorten
from pipeline.cli.commands import handles_errors, with_options
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.registry.acceptance import Acceptance
    from penstock.schema.current import LoadedSchema
    from pipeline.schema.review import Difference, Review

DIFFERENT = 1
_MOST = 25
_MOST_ACCEPTED = 5
# With more changed columns than this, the suggested command accepts all of them.
_MOST_NAMED = 8

app = typer.Typer(help="Review the schema: show it, compare data with it, accept changes.", no_args_is_help=True)

SourceArgument = Annotated[
    str | None, typer.Argument(metavar="SOURCE", help="Rows to compare; default: the configured ones.")
]
EnvironmentOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="SERVING for rows without a label; default: TRAINING.")
]


@app.command()
@handles_errors
def show(
    write: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to a new file, for review.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show the schema, column by column.

    It is the configured schema, with the last changes that were accepted and by whom, or the one that the last run
    inferred.
    """
    from penstock.config.loading import load
    from penstock.schema.current import current_schema, described_columns
    from pipeline.schema.acceptance import accepted_before
    from pipeline.schema.review import write_copy

    loaded = load(config, settings or ())
    found = current_schema(loaded)
    accepted, fault = accepted_before(loaded, _MOST_ACCEPTED) if loaded.schema_.file else ([], "")
    if write is not None:
        write_copy(found, write)
    columns = described_columns(found.schema)
    if as_json:
        written = None if write is None else str(write)
        whole = {"schema": str(found.file), "origin": found.origin, "written": written}
        environments = list(found.schema.default_environment)
        history = [_acceptance(each) for each in accepted]
        print_json({**whole, "environments": environments, "columns": columns, "accepted": history})
        return
    print_lines(*_schema_lines(found, columns), *_accepted_lines(accepted, fault))
    if write is not None and loaded.schema_.file is None:
        print_lines(
            "", f"Wrote {write}. To check each run with it, add to {config}:", "", "[schema]", f'file = "{write}"'
        )
    elif write is not None:
        print_lines("", f"Wrote {write}.")


@app.command()
@handles_errors
def diff(
    source: SourceArgument = None,
    environment: EnvironmentOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also exit with 1 if a distance is above its threshold.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show the values that the schema does not allow.

    It also shows the distance of each column from the training data of the last pushed model.

    Exit code 0: the rows agree with the schema; 1: a column differs, or with --strict a distance is above its
    threshold; 2: bad configuration, data or arguments, or with --strict no column can be compared.
    """
    from penstock.config.loading import load
    from pipeline.schema.review import check_compared, review

    found = review(load(config, settings or ()), source, environment, quiet=not debug)
    if strict:
        check_compared(found)
    if as_json:
        print_json(_as_dict(found))
    else:
        command = with_options(_accept(found, source, environment), config, settings or ())
        print_lines(*_diff_lines(found), *_distance_lines(found), *_next(found, command))
    raise typer.Exit(DIFFERENT if found.differences or (strict and found.beyond) else 0)


@app.command()
@handles_errors
def accept(
    columns: Annotated[
        list[str] | None, typer.Argument(metavar="COLUMN", help="Columns whose changes are accepted.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Accept every change.")] = False,
    source: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="The rows given to `diff`; default: the configured ones.")
    ] = None,
    environment: EnvironmentOption = None,
    expect: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="Accept nothing unless the changes are those that `diff --json` named so."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write changes that `diff` shows into the schema file.

    Comments and all other columns are not changed. The registry records who accepted them: the owner of
    `registry.token`, or else the user.
    """
    from penstock.config.loading import load
    from pipeline.schema.acceptance import record
    from pipeline.schema.review import accept as accept_changes
    from pipeline.schema.review import check_file, review

    if bool(columns) == everything:
        raise ConfigError("accept", "columns, or --all", "both" if columns else "neither", "name the columns to accept")
    loaded = load(config, settings or ())
    check_file(loaded)
    found = review(loaded, source, environment, quiet=not debug)
    accepted = accept_changes(loaded, found, columns or (), everything=everything, expect=expect)
    left = [each.column for each in found.differences if each not in accepted]
    recorded = record(loaded, found.loaded.file, accepted)
    if as_json:
        changes = [dataclasses.asdict(each) for each in accepted]
        by = None if recorded is None else dataclasses.asdict(recorded)
        print_json({"schema": str(found.loaded.file), "accepted": changes, "left": left, "recorded": by})
        return
    for each in accepted:
        print_lines(f"accepted  {each.column}: {each.change}")
    if recorded is not None:
        print_lines(
            f"It is not recorded that {recorded.by} accepted this: {recorded.problem}"
            if recorded.problem
            else f"Recorded in the registry: accepted by {recorded.by}."
        )
    run = with_options("penstock run", config, settings or ()) if accepted else ""
    print_lines(_result_line(loaded.schema_.file or "", run, left))


def _result_line(file: str, run: str, left: list[str]) -> str:
    result = f"{file} is changed; review it, then run `{run}`." if run else f"{file} is not changed."
    return f"{result} Not accepted: {', '.join(name or '(the whole table)' for name in left)}." if left else result


def _schema_lines(found: "LoadedSchema", columns: list[dict[str, Any]]) -> list[str]:
    from pipeline.cli.text.columns import columns as aligned

    rows = [["Column", "Type", "Must be present", "Not in", "May hold"]]
    for each in columns:
        rows.append(
            [each["column"], each["type"], each["presence"], ", ".join(each["not_in_environment"]), each["domain"]]
        )
    if not any(row[3] for row in rows[1:]):
        rows = [[*row[:3], row[4]] for row in rows]
    return [f"Schema: {found.origin}", "", *aligned(rows)]


def _accepted_lines(accepted: "Sequence[Acceptance]", fault: str) -> list[str]:
    if fault:
        return ["", f"Who accepted changes is not known: {fault}"]
    if not accepted:
        return []
    lines = ["", "Accepted changes, newest first:"]
    for each in accepted:
        lines += ["", f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC by {each.who}"]
        lines += [f"  {change.column}: {shorten(change.change, 200)}" for change in each.body.changes[:_MOST]]
        more = len(each.body.changes) - _MOST
        lines += [f"  and {more} more columns: --json lists all"] if more > 0 else []
    return lines


def _acceptance(each: "Acceptance") -> dict[str, Any]:
    return {"at": each.at.isoformat(), "by": each.actor, **each.body.model_dump(mode="json")}


def _diff_lines(found: "Review") -> list[str]:
    if not found.differences:
        return [f"{found.source} agrees with the schema ({found.loaded.origin})."]
    count = len(found.differences)
    lines = [f"{count} column{'s differ' if count > 1 else ' differs'} from the schema ({found.loaded.origin}):"]
    lines += [line for each in found.differences[:_MOST] for line in _difference(each)]
    return [*lines, *(["", f"and {count - _MOST} more: --json lists all"] if count > _MOST else [])]


def _difference(each: "Difference") -> list[str]:
    return [
        "",
        each.column or "(the whole table)",
        *([f"  allowed  {each.allowed}"] if each.allowed else []),
        f"  found    {each.found}",
        f"  change   {each.change or 'not possible in the schema: fix the data'}",
    ]


def _distance_lines(found: "Review") -> list[str]:
    from pipeline.cli.text.columns import columns as aligned

    if found.version is None:
        return []
    heading = f"Distance from the training data of version {found.version}: "
    if not found.distances:
        return ["", f"{heading}no column can be compared."]
    rows = [["Column", "Measure", "Distance", "At most", ""]]
    for each in found.distances[:_MOST]:
        mark = "" if each.passed else "above"
        rows.append([each.column, each.measure, f"{each.distance:.4f}", f"{each.threshold:g}", mark])
    summary = f"{len(found.beyond)} of {len(found.distances)} columns above their threshold"
    more = len(found.distances) - _MOST
    rest = [f"and {more} more: --json lists all"] if more > 0 else []
    return ["", heading + summary, *aligned(rows, right=(2, 3)), *rest]


def _next(found: "Review", command: str) -> list[str]:
    possible = _possible(found)
    return ["", f"To allow {'it' if len(possible) == 1 else 'them'}: {command}"] if possible else []


def _possible(found: "Review") -> list[str]:
    return [each.column for each in found.differences if each.change and each.column]


def _accept(found: "Review", source: str | None, environment: str | None) -> str:
    possible = _possible(found)
    words = ["penstock", "schema", "accept", *(possible if len(possible) <= _MOST_NAMED else ["--all"])]
    for option, value in (("--source", source), ("--environment", environment)):
        words += [option, value] if value else []
    return shlex.join(words)


def _as_dict(found: "Review") -> dict[str, Any]:
    return {
        "schema": str(found.loaded.file),
        "source": found.source,
        "environment": found.environment,
        "digest": found.digest,
        "differences": [dataclasses.asdict(each) for each in found.differences],
        "version": found.version,
        "distances": [each.model_dump() for each in found.distances],
    }
