"""`penstock init`: propose a configuration and a schema for a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.commands import complete
from pipeline.cli.options import DEFAULT_CONFIG, DebugOption, JsonOption
from pipeline.cli.printing import tell, tell_json

if TYPE_CHECKING:
    from penstock.proposal.proposal import Proposal

QueryOption = Annotated[str | None, typer.Option(help="SQL over the source, which is called `source`.")]
TableOption = Annotated[str | None, typer.Option("--table", help="Table or view of a database.")]
SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="CSV, TSV or Parquet: a file, folder or glob; or a database's URL.")
]


def init(  # noqa: PLR0913 a parameter per option
    source: SourceArgument,
    label: Annotated[str, typer.Option(metavar="COLUMN", help="The column to predict.")],
    query: QueryOption = None,
    table: TableOption = None,
    name: Annotated[str | None, typer.Option(help="The pipeline's name, else the source's.")] = None,
    config: Annotated[
        Path, typer.Option("--config", help="The file to write; schema.pbtxt goes next to it.")
    ] = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Propose a configuration and a schema for a table.

    They are pipeline.toml and schema.pbtxt.

    Exit code 0: both are written, and `penstock run` takes them; 2: bad data or arguments, and nothing was written.
    """
    from penstock.proposal.initial import propose_files
    from pipeline.preflight import check_inputs

    made = propose_files(
        source, label, query=query, table=table, name=name, config=config, check=check_inputs, force=force
    )
    if as_json:
        whole = _whole(made.proposal, made.name, made.files)
        tell_json({**whole, "next": complete("penstock run", config)})
        return
    from pipeline.cli.text.proposal import lines

    tell(*lines(made.proposal, made.files, config))


def _whole(proposal: "Proposal", name: str, files: tuple[Path, ...]) -> dict[str, Any]:
    figures = proposal.quick_scores
    return {
        "name": name,
        "task": proposal.task.task,
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
        "metric": proposal.metric,
        "bound": proposal.threshold,
        "constant": figures and figures.constant,
        "quick_model": figures and figures.quick,
        "warnings": list(proposal.warnings),
        "files": [str(file) for file in files],
    }
