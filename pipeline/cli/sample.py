"""`penstock sample`: some rows of a table, each as likely as any other."""

from pathlib import Path
from typing import Annotated

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.init import QueryOption, SourceArgument, TableOption
from pipeline.cli.options import DebugOption, JsonOption
from pipeline.cli.printing import tell, tell_json

_SEED = 20


def sample(  # noqa: PLR0913 a parameter per option
    source: SourceArgument,
    size: Annotated[int, typer.Argument(metavar="ROWS", help="How many rows.")],
    query: QueryOption = None,
    table: TableOption = None,
    output: Annotated[Path, typer.Option(metavar="FILE", help="CSV or Parquet, by its ending.")] = Path("sample.csv"),
    seed: Annotated[int, typer.Option(min=0, metavar="SEED", help="Another seed gives other rows.")] = _SEED,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write some rows of a table, each as likely as any other.

    They are in the order of the table.

    Exit code 0: done; 2: bad data or arguments, and nothing was written.
    """
    if size < 1:
        raise ConfigError("ROWS", "a number of rows, 1 or more", str(size), "ask for at least one row")
    from penstock.proposal.initial import input_of
    from penstock.tables.sample import check_output, write_sample
    from penstock.tables.sample import sample as take
    from penstock.tables.source import open_table

    check_output(output)
    if output.exists() and not force:
        raise ConfigError(f"--output {output}", "no file yet", "one that is there", "write it over with --force")
    with open_table(input_of(source, query=query, table=table)) as rows:
        found = take(rows, size, seed)
    write_sample(found.data, output)
    if as_json:
        told = {"rows": found.data.num_rows, "total": found.total, "seed": seed, "output": str(output)}
        tell_json(told)
    elif found.total < size:
        tell(f"Wrote all {found.total:,} rows to {output}: the table has no {size:,}")
    else:
        tell(f"Wrote {found.data.num_rows:,} of {found.total:,} rows to {output} (seed {seed})")
