"""Commands that a person is told to type next, with the options that say which pipeline is meant."""

import functools
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from penstock.core.errors import PenstockError
from penstock.core.interruption import interrupted, is_interrupted
from penstock.core.urls import mask_password
from pipeline.cli.options import DEFAULT_CONFIG

# Keys whose value may be or hold a URL with a password; in SQL a `:` and an `@` are no such thing.
_URLS = ("data", "data.source", "metadata", "metadata.uri")
# A command in the words of an error; a name in it is quoted as a shell wants it, and may hold any sign.
_TOLD = re.compile(r"""`(penstock (?:'[^']*'|"[^"]*"|[^`'"])+)`""")


def options(config: Path, settings: Sequence[str] = ()) -> list[str]:
    """Return the words of `--config` and `--set` as they were given, but for passwords."""
    words = [] if config == DEFAULT_CONFIG else ["--config", str(config)]
    for setting in settings:
        key, equals, value = setting.partition("=")
        words += ["--set", key + equals + (mask_password(value) if key.strip() in _URLS else value)]
    return words


def complete(command: str, config: Path, settings: Sequence[str] = ()) -> str:
    """Return a command with the options that were given, but for keys that it sets itself."""
    free = [setting for setting in settings if f"--set {setting.partition('=')[0]}=" not in command]
    words = options(config, free)
    return f"{command} {shlex.join(words)}" if words else command


def complete_error(error: PenstockError, config: Path, settings: Sequence[str] = ()) -> None:
    """Complete the commands in what an error tells to do next."""
    error.next_step = _TOLD.sub(lambda told: f"`{complete(told[1], config, settings)}`", error.next_step)


def completing(verb: Callable[..., None]) -> Callable[..., None]:
    """Return a verb whose errors tell complete commands; it is called by the names of its options, as Typer does."""

    @functools.wraps(verb)
    def completed(**given: Any) -> None:
        try:
            with _interruption_told():
                verb(**given)
        except PenstockError as error:
            if given.get("config"):
                complete_error(error, given["config"], given.get("settings") or ())
            raise

    return completed


@contextmanager
def _interruption_told() -> Iterator[None]:
    """Turn a request to end, and what a library makes of it, into our sentence where none was made nearer to it."""
    try:
        yield
    except (KeyboardInterrupt, Exception) as error:
        if isinstance(error, KeyboardInterrupt) or is_interrupted():
            raise interrupted("the command", "", "nothing half-written is left, start it again") from None
        raise
