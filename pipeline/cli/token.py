"""`penstock token`: make, list and revoke the tokens of the registry's server."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.commands import handles_errors
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.recorded import opened_registry

if TYPE_CHECKING:
    from penstock.registry.documents import Token

_SCOPES = ("read", "write", "promote", "admin")

app = typer.Typer(help="Make, list and revoke the tokens of the registry's server.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Owner of the token, who is named in each event.")]


@app.command()
@handles_errors
def create(
    name: NameArgument,
    scope: Annotated[
        list[str], typer.Option(metavar="SCOPE", help="What it allows: read, write, promote or admin. Repeatable.")
    ],
    days: Annotated[float | None, typer.Option(metavar="N", help="Days until it expires; default: never.")] = None,
    about: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Make a token and print it, once.

    Only its hash is stored. `read` is needed where reads are not open, `write` to record, `promote` to move aliases and
    to archive; `admin` allows everything, tokens included.
    """
    from penstock.config.loading import load
    from penstock.registry.existing import open_or_make

    body = _body(name, scope, days, about)
    with open_or_make(load(config, settings or ())) as registry:
        token, text = registry.create_token(body)
    if as_json:
        print_json({**_shown(token), "token": text})
        return
    print_lines(text, f"It is not shown again. {_sentence(token)}")


@app.command("list")
@handles_errors
def list_tokens(
    all_of_them: Annotated[bool, typer.Option("--all", help="Also show revoked ones.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the tokens, without their texts."""
    from penstock.registry.existing import NothingYet
    from penstock.registry.naming import ALL, ALL_ARCHIVED, every

    found: list[Token] = []
    # A list makes no registry.
    with suppress(NothingYet), opened_registry(config, settings) as (_, registry):
        found += every(registry.tokens, ALL_ARCHIVED if all_of_them else ALL)
    if as_json:
        print_json({"tokens": [_shown(each) for each in found]})
        return
    print_lines(*(_sentence(each) for each in found) if found else ("There are no tokens.",))


@app.command()
@handles_errors
def revoke(
    name: NameArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Revoke a token: the server refuses it from now on."""
    with opened_registry(config, settings) as (_, registry):
        token = registry.revoke_token(name)
    if as_json:
        print_json(_shown(token))
        return
    print_lines(_sentence(token))


def _body(name: str, scopes: list[str], days: float | None, about: str) -> Any:
    """Return what the registry needs to make a token.

    Raises:
        ConfigError: The name, a scope or the number of days is not valid.
    """
    from pydantic import ValidationError

    from penstock.registry.documents import TokenBody
    from penstock.registry.errors import quoted

    wrong = [scope for scope in scopes if scope not in _SCOPES]
    if wrong:
        raise ConfigError("--scope", f"one of {', '.join(_SCOPES)}", quoted(wrong[0]), "give one of them")
    try:
        return TokenBody.model_validate({"name": name, "scopes": scopes, "days": days, "description": about})
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        what, expected, received = {
            "name": ("the name of the token", "letters, digits, dots, underscores and hyphens", quoted(name)),
            "days": ("--days", "a number above 0, up to 36500", str(days)),
        }.get(key, ("--about", "a text of up to 4000 characters without NUL", "another text"))
        raise ConfigError(what, expected, received, "correct it") from None


def _shown(token: "Token") -> dict[str, Any]:
    found = token.model_dump(mode="json")
    return {**found, "revoked": found.pop("archived")}


def _sentence(token: "Token") -> str:
    expires = f"expires {token.expires:%Y-%m-%d %H:%M} UTC" if token.expires else "never expires"
    ending = f"revoked {token.archived:%Y-%m-%d %H:%M} UTC" if token.archived else expires
    about = f"  {token.description}" if token.description else ""
    return f"{token.name}: {', '.join(token.scopes)}; {ending}{about}"
