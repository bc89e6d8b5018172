"""`penstock dashboard`: runs, data, models, lineage and traffic as pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, SetOption
from pipeline.cli.printing import print_lines

if TYPE_CHECKING:
    from penstock.config.config import Config


def dashboard(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for a free one.")] = 8700,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name under which others reach it; repeatable. `*`: any name."),
    ] = None,
    pipelines: Annotated[
        list[Path] | None,
        typer.Option("--pipeline", metavar="FILE", help="Show another pipeline too, by its configuration; repeatable."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    debug: DebugOption = False,
) -> None:
    """Show runs, data, models, lineage and traffic as pages, until Ctrl-C.

    The pages only read. To promote, roll back, start a run or accept changes of the schema from them, sign in with a
    token of the registry.
    """
    from penstock.config.loading import load
    from penstock.dashboard.serving import Address, serve
    from penstock.dashboard.sources import Shown, Sources
    from penstock.registry.transport import is_loopback

    first = load(config, settings or ())
    others = [*(first.path(each.config) for each in first.dashboard.pipelines), *(pipelines or ())]
    loaded = [(first, commands_of(config, settings or ())), *((load(each, ()), commands_of(each)) for each in others)]
    if not is_loopback(host) and not allow_host:
        expected = "the name under which others reach it, as everybody who does can read all pages"
        raise ConfigError(f"--host {host}", expected, "none", "add --allow-host NAME")
    sources = Sources.of(
        Shown(each, nodes_with_upstream(each), commands, nodes_of_each_time(each)) for each, commands in loaded
    )
    address = Address(host, port, tuple(allow_host or ()))
    serve(address, sources, _announce)


def nodes_with_upstream(config: "Config") -> Mapping[str, tuple[str, ...]]:
    """Return the nodes of a pipeline in the order of the data, each with the nodes that it waits for."""
    from pipeline.nodes import nodes_of, upstream_of

    return {node: upstream_of(config, node) for node in nodes_of(config)}


def nodes_of_each_time(config: "Config") -> frozenset[str]:
    """Return the nodes whose outputs never come from the cache."""
    from pipeline.nodes import is_cached, nodes_of, resolvers_for

    nodes = nodes_of(config)
    resolvers = resolvers_for(nodes)
    return frozenset(node for node in nodes if node in resolvers or not is_cached(node))


def commands_of(file: Path, settings: Sequence[str] = ()) -> dict[str, list[str]]:
    """Return the words of the commands that the pages of a pipeline start, by their verbs."""
    import sys

    given = ["--config", str(file.absolute()), *(word for each in settings for word in ("--set", each))]
    found = {}
    for verb in ("run", "resume", "schema diff", "schema accept", "drift"):
        as_json = [] if verb in ("run", "resume") else ["--json"]
        found[verb] = [sys.executable, "-m", "pipeline.cli.main", *verb.split(), *as_json, *given]
    return found


def _announce(url: str) -> None:
    import sys

    print_lines(f"The dashboard is at {url}.", "Ctrl-C ends it.")
    sys.stdout.flush()
