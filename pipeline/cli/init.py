"""`penstock init`: propose a configuration and a schema for a table."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.commands import with_options
from pipeline.cli.options import DEFAULT_CONFIG, DebugOption, JsonOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.proposal.proposal import Proposal

_MOST_ERRORS = 20
QueryOption = Annotated[str | None, typer.Option(help="SQL; the table of the source is `source`.")]
TableOption = Annotated[str | None, typer.Option("--table", help="Table or view of a database.")]
SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="CSV, TSV or Parquet: a file, folder or glob; or a database's URL.")
]


def init(  # noqa: PLR0913 a parameter per option
    source: SourceArgument,
    label: Annotated[str, typer.Option(metavar="COLUMN", help="The column to predict.")],
    weight: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column with the weight of each row.")
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="LOSS", help="Predict a number by poisson, tweedie=1.5, quantile=0.9, huber=2 or squared."
        ),
    ] = None,
    label_order: Annotated[
        str | None,
        typer.Option(metavar="CLASSES", help="All classes of an ordinal label, the lowest first: low,mid,high."),
    ] = None,
    query: QueryOption = None,
    table: TableOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the pipeline; default: the source's name.")] = None,
    config: Annotated[
        Path, typer.Option("--config", help="The file to write; schema.pbtxt is written next to it.")
    ] = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Propose a configuration and a schema for a table.

    It writes pipeline.toml and schema.pbtxt, and label_errors.csv if some labels are probably wrong.

    Exit code 0: both are written, and `penstock run` accepts them; 2: bad data or arguments; nothing is written.
    """
    from penstock.proposal.initial import propose_files
    from penstock.proposal.label_options import parse_options
    from pipeline.preflight import check_inputs

    proposed = propose_files(
        source,
        label,
        query=query,
        table=table,
        name=name,
        config=config,
        check=check_inputs,
        force=force,
        weight=weight,
        options=parse_options(loss, label_order),
    )
    if as_json:
        as_dict = _as_dict(proposed.proposal, proposed.name, proposed.files)
        print_json({**as_dict, "next": with_options("penstock run", config)})
        return
    from pipeline.cli.text.proposal import lines

    print_lines(*lines(proposed.proposal, proposed.files, config))


def _as_dict(proposal: "Proposal", name: str, files: tuple[Path, ...]) -> dict[str, Any]:
    from penstock.proposal.label_options import option_of

    scores = proposal.quick_scores
    return {
        "name": name,
        "task": proposal.task.task,
        **({"loss": option_of(proposal.task.loss)} if proposal.task.loss.name != "squared" else {}),
        **({"label_order": list(proposal.task.order)} if proposal.task.order else {}),
        "label": {
            "column": proposal.label.name,
            "missing": proposal.label.missing,
            "infinite": proposal.label.infinite,
            "classes": [{"value": value, "rows": rows} for value, rows in proposal.task.classes],
        },
        "rows": proposal.rows,
        "sampled": proposal.sampled,
        "features": {choice.column: choice.role for choice in proposal.features},
        "left_out": {choice.column: choice.reason for choice in proposal.left_out},
        "reasons": {choice.column: choice.reason for choice in proposal.features},
        "leaks": {choice.column: choice.score for choice in proposal.choices if choice.score is not None},
        "query": proposal.query,
        **({"weight": proposal.weight} if proposal.weight is not None else {}),
        "metric": proposal.metric,
        "bound": proposal.threshold,
        "constant": scores and scores.constant,
        "quick_model": scores and scores.quick,
        "personal": {each.column: f"{each.what}, {each.evidence}" for each in proposal.checks.personal},
        "protected": {each.column: f"{each.what}, {each.evidence}" for each in proposal.checks.protected},
        "suspects": {each.column: each.reason for each in proposal.checks.suspects},
        "label_errors": _label_errors(proposal),
        "warnings": list(proposal.warnings),
        "files": [str(file) for file in files],
    }


def _label_errors(proposal: "Proposal") -> dict[str, Any] | None:
    """Return how many rows were checked and how many labels are probably wrong, with the first of them."""
    found = proposal.checks.label_errors
    if found is None:
        return None
    return {
        "checked": found.checked,
        "rows": len(found.errors),
        "first": [asdict(each) for each in found.errors[:_MOST_ERRORS]],
    }
