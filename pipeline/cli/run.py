"""`penstock run`: run the pipeline, from the table to the pushed model."""

from typing import Annotated

import typer

from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption


def run(
    config: ConfigOption = DEFAULT_CONFIG,
    runner: Annotated[str, typer.Option(help="Where the nodes run: local or beam.")] = "local",
    from_node: Annotated[
        str | None, typer.Option("--from", metavar="NODE", help="Start at this node; reuse the outputs before it.")
    ] = None,
    to_node: Annotated[str | None, typer.Option("--to", metavar="NODE", help="Stop after this node.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run all nodes, even those in the cache.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read all artifacts and versions, to find any damage.")
    ] = False,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run the pipeline, from the table to the pushed model.

    Exit code 0: done; 1: a node failed; 2: bad configuration, data or arguments; nothing ran; 3: the model was
    refused; nothing was pushed.
    """
    from penstock.config.loading import load
    from pipeline.cli import running
    from pipeline.plan import RunOptions

    options = RunOptions(from_node=from_node, to_node=to_node, cache=not no_cache, verify=verify)
    called = running.Settings(runner, as_json, debug, config, tuple(settings or ()))
    raise typer.Exit(running.run(load(config, settings or ()), options, called))
