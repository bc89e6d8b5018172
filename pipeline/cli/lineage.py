"""`penstock lineage`: trace a pushed version back to the files that its rows came from."""

from typing import Annotated

import typer

from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines


def lineage(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="A version's number, or `latest`.")] = "latest",
    config: ConfigOption = DEFAULT_CONFIG,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid flowchart.")] = False,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what a pushed version was made from.

    It lists runs and artifacts back to the source files and their digests.
    """
    from penstock.config.loading import load
    from penstock.metadata.ancestry import ancestry

    graph = ancestry(load(config, settings or ()).store, version)
    if as_json:
        print_json(graph.as_dict())
    elif mermaid:
        from pipeline.cli.text.lineage import flowchart

        print_lines(*flowchart(graph).split("\n"))
    else:
        from pipeline.cli.text.lineage import tree

        print_lines(*tree(graph))
