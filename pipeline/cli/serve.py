"""`penstock registry serve`: answer requests for the registry over HTTP."""

from typing import Annotated, Literal

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.commands import with_options
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, SetOption
from pipeline.cli.printing import print_lines


def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for a free one.")] = 8600,
    workers: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Number of processes.")] = 1,
    reads: Annotated[
        Literal["open", "token"] | None,
        typer.Option(metavar="WAY", help="open or token: whether reads need a token; default on loopback: open."),
    ] = None,
    rate: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Requests a minute of a token or an address, per process; 0: no limit."),
    ] = 6_000,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    debug: DebugOption = False,
) -> None:
    """Answer requests over HTTP until Ctrl-C or SIGTERM.

    Requests that were begun are answered before it ends. It prints one line of JSON for each request.
    """
    from penstock.config.loading import load
    from penstock.registry.http.bounds import Limits
    from penstock.registry.http.serving import Serving, check_reads
    from penstock.registry.http.serving import serve as serve_registry

    loaded = load(config, settings or ())
    open_to_readers = check_reads(host, reads)
    if loaded.registry_uri.startswith("http"):
        expected = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        raise ConfigError("registry.uri", expected, "the address of a server", "name the database")
    limits = Limits(rate=rate)
    serving = Serving(loaded.registry_uri, loaded.root, host, port, workers, open_to_readers, limits)
    token = with_options("penstock token create NAME --scope write", config, settings or ())
    serve_registry(serving, lambda url: _announce(url, token))


def _announce(url: str, token: str) -> None:
    import sys

    print_lines(
        f"The registry answers at {url}; its paths are documented at {url}/docs.",
        f"Whoever changes it needs a token: {token}",
        "Ctrl-C ends it.",
    )
    sys.stdout.flush()
