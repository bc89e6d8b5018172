"""`penstock lineage`: trace a pushed version, or the answer to a request, back to the files of its rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.metadata.ancestry import Ancestry


def lineage(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="A version's number, or `latest`.")] = "latest",
    request: Annotated[
        str | None, typer.Option("--request", metavar="ID", help="The version that answered it: its x-request-id.")
    ] = None,
    log: Annotated[
        list[Path] | None, typer.Option("--log", metavar="PLACE", help="Log to find it in: a folder, or an access log.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Its name in the log; default: the configured one.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid flowchart.")] = False,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what a pushed version, or the version that answered a request, was made from.

    It lists runs and artifacts back to the source files and their digests.
    """
    from penstock.config.loading import load
    from penstock.metadata.ancestry import ancestry

    loaded = load(config, settings or ())
    if request is not None:
        _of_request(loaded, request, (log or (), model, version), as_json=as_json, mermaid=mermaid)
        return
    if log or model:
        raise ConfigError("--log" if log else "--model", "--request ID with it", "none", "add --request ID")
    graph = ancestry(loaded.store, version)
    if as_json:
        print_json(graph.as_dict())
    else:
        print_lines(*_lines(graph, mermaid=mermaid))


def _of_request(
    config: "Config",
    request: str,
    given: tuple[list[Path] | tuple[()], str | None, str],
    *,
    as_json: bool,
    mermaid: bool,
) -> None:
    from penstock.metadata.ancestry import ancestry
    from pipeline.cli.requested import as_dicts, described, doubts, find_request

    places, model, version = given
    if version != "latest":
        raise ConfigError("--request", "no version, which the log names", version, f"leave {version} out")
    found = find_request(request, places, model or config.name)
    graphs = [ancestry(config.store, str(number)) for number in dict.fromkeys(each.version for each in found)]
    if as_json:
        whole = {
            "request": request,
            "answers": as_dicts(found),
            "warnings": doubts(graphs, found),
            "versions": [graph.as_dict() for graph in graphs],
        }
        print_json(whole)
        return
    if not mermaid:
        print_lines(*described(found, request), *doubts(graphs, found))
    for graph in graphs:
        print_lines(*([] if mermaid else [""]), *_lines(graph, mermaid=mermaid))


def _lines(graph: "Ancestry", *, mermaid: bool) -> Iterator[str]:
    from pipeline.cli.text.lineage import flowchart, tree

    yield from flowchart(graph).split("\n") if mermaid else tree(graph)
