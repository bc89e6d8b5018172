"""`penstock sample`: write a uniform random sample of the rows of a table."""

from pathlib import Path
from typing import Annotated

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.init import QueryOption, SourceArgument, TableOption
from pipeline.cli.options import DebugOption, JsonOption
from pipeline.cli.printing import print_json, print_lines

_SEED = 20


def sample(  # noqa: PLR0913 a parameter per option
    source: SourceArgument,
    size: Annotated[int, typer.Argument(metavar="ROWS", help="Number of rows.")],
    query: QueryOption = None,
    table: TableOption = None,
    output: Annotated[Path, typer.Option(metavar="FILE", help="CSV or Parquet, by its suffix.")] = Path("sample.csv"),
    seed: Annotated[int, typer.Option(min=0, metavar="SEED", help="Seed of the random numbers.")] = _SEED,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write a uniform random sample of the rows of a table.

    The rows keep the order of the table.

    Exit code 0: done; 2: bad data or arguments; nothing is written.
    """
    if size < 1:
        raise ConfigError("ROWS", "a number of rows, 1 or more", str(size), "ask for at least one row")
    from penstock.proposal.initial import input_of
    from penstock.tables.sample import check_output, write_sample
    from penstock.tables.sample import sample as draw_sample
    from penstock.tables.source import open_table

    check_output(output)
    if output.exists() and not force:
        raise ConfigError(f"--output {output}", "a new file", "one that exists", "overwrite it with --force")
    with open_table(input_of(source, query=query, table=table)) as rows:
        drawn = draw_sample(rows, size, seed)
    write_sample(drawn.data, output)
    if as_json:
        print_json({"rows": drawn.data.num_rows, "total": drawn.total, "seed": seed, "output": str(output)})
    elif drawn.total < size:
        print_lines(f"Wrote all {drawn.total:,} rows to {output}: the table has fewer than {size:,}")
    else:
        print_lines(f"Wrote {drawn.data.num_rows:,} of {drawn.total:,} rows to {output} (seed {seed})")
