"""`penstock verify`: send the golden rows of a version to a server again, and compare what it answers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.bearer import token_in
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.parity.checking import Servers
    from penstock.parity.verification import Verification

_DIFFERS = 1
_HOST_AND_PORT = re.compile(r"([^\s:/@?#\[\]]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
_MOST_COLUMNS = 40


def verify(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="A number, an alias, or a version name.")],
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Server with TensorFlow Serving's REST; default: one that is started here."),
    ] = None,
    grpc: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="The same server's gRPC; it is used without TLS.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the model there; default: the pipeline's name.")
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option(metavar="X", help="Largest difference that passes; default: the certificate's.")
    ] = None,
    token: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="File with a bearer token for the server.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Send the golden rows of a version to a server, and compare the answers with the expected values.

    With --grpc the rows and the token are sent without TLS: use it on this machine, or in a network that you trust.

    A URL that names a model (`.../v1/models/NAME`) is used as it is; with any other the version must have the number
    that it has here.

    Exit code 0: the answers are the expected ones; 1: an answer differs; 2: nothing was compared.
    """
    from penstock.config.loading import load
    from penstock.parity.verification import expected_of
    from penstock.parity.verification import verify as compare
    from penstock.registry.choosing import choose
    from penstock.serving.model import versions

    if tolerance is not None and not tolerance > 0:
        raise ConfigError(f"--tolerance {tolerance}", "a number above 0", str(tolerance), "choose another")
    if grpc is not None and not _HOST_AND_PORT.fullmatch(grpc):
        next_step = "leave the scheme and the path out; with TLS, use --url https://HOST alone"
        raise ConfigError("--grpc", "HOST:PORT, which is used without TLS", "another text", next_step)
    loaded = load(config, settings or ())
    pushed, chosen = loaded.path(loaded.push.directory), choose(loaded, version)
    found = versions.newest(pushed) if chosen.number is None else versions.numbered(pushed, chosen.number)
    expected = expected_of(found.directory, tolerance)
    if url is None and grpc is None:
        servers = _started(found.directory)
    else:
        servers = _addressed(url, grpc, model or loaded.name, found.version, token_in(token))
    with servers as opened:
        result = compare(opened, found.version, expected)
    if as_json:
        print_json(result.plain())
    else:
        print_lines(*_lines(result))
    if result.state == "differs":
        raise typer.Exit(_DIFFERS)


@contextmanager
def _addressed(
    url: str | None, grpc: str | None, model: str, number: int | None, token: str | None
) -> Iterator["Servers"]:
    """Yield clients of the interfaces whose addresses are given."""
    from penstock.core.process import discarded_stderr
    from penstock.parity.checking import Servers
    from penstock.parity.rest import RestServer
    from penstock.parity.rpc import GrpcServer

    rest = RestServer(url, model, number, token) if url is not None else None
    with discarded_stderr():
        rpc = GrpcServer(grpc, model, number, token) if grpc is not None else None
        try:
            yield Servers(rest, rpc)
        finally:
            for each in (rest, rpc):
                if each is not None:
                    each.close()


@contextmanager
def _started(version: Path) -> Iterator["Servers"]:
    """Yield clients of a server of the version."""
    from penstock.parity.local import MODEL, serving

    with serving(version) as (rest, grpc), _addressed(rest, grpc, MODEL, None, None) as servers:
        yield servers


def _lines(result: "Verification") -> list[str]:
    from penstock.parity.checking import shown
    from penstock.parity.verification import sentence
    from pipeline.cli.text.columns import clip, columns
    from pipeline.cli.text.run_lines import latency_lines

    version = "the model" if result.version is None else f"version {result.version}"
    title = [f"{result.rows:,} golden rows of {version}, sent to:", f"  {result.server}"]
    rows = [[form.form, f"{max(form.largest.values(), default=0.0):.1e}"] for form in result.forms]
    table = columns([["Form of request", "Largest difference"], *rows], right=(1,)) if rows else []
    if result.difference is None:
        last = f"All answers are the expected ones, within {result.tolerance:g}."
        return [*title, "", *table, "", *latency_lines(result.latency), last]
    values = [clip(f"  {name} = {shown(value)}") for name, value in result.difference.columns.items()]
    more = len(values) - _MOST_COLUMNS
    rest = [f"  and {more} more: --json lists all"] if more > 0 else []
    return [*title, "", *table, *([""] if table else []), sentence(result), *values[:_MOST_COLUMNS], *rest]
