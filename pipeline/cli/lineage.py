"""`penstock lineage`: a pushed version back to the files that its rows came from."""

from typing import Annotated

import typer

from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import tell, tell_json


def lineage(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="A version's number, or `latest`.")] = "latest",
    config: ConfigOption = DEFAULT_CONFIG,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid flowchart.")] = False,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show where a pushed version came from.

    That goes back to the files of its rows and their digests.
    """
    from penstock.config.loading import load
    from penstock.metadata.ancestry import ancestry

    graph = ancestry(load(config, settings or ()).store, version)
    if as_json:
        tell_json(graph.as_dict())
    elif mermaid:
        from pipeline.cli.text.lineage import flowchart

        tell(*flowchart(graph).split("\n"))
    else:
        from pipeline.cli.text.lineage import tree

        tell(*tree(graph))
