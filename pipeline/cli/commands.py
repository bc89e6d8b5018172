"""Commands that Penstock suggests, completed with the `--config` and `--set` options that the user gave."""

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

# Keys whose value can contain a URL with a password. A query is left as it is: SQL may contain `:` and `@`.
_URLS = ("data", "data.source", "metadata", "metadata.uri", "registry", "registry.uri")
# A command in an error message. Names in it are quoted for a shell, so that they can contain a backtick.
# `penstock workers` has no configuration.
_COMMAND = re.compile(r"""`(penstock (?!workers)(?:'[^']*'|"[^"]*"|[^`'"])+)`""")


def options(config: Path, settings: Sequence[str] = ()) -> list[str]:
    """Return `--config` and `--set` as they were given, with passwords removed."""
    words = [] if config == DEFAULT_CONFIG else ["--config", str(config)]
    for setting in settings:
        key, equals, value = setting.partition("=")
        words += ["--set", key + equals + (mask_password(value) if key.strip() in _URLS else value)]
    return words


def with_options(command: str, config: Path, settings: Sequence[str] = ()) -> str:
    """Return a command with the given options added, except settings of keys that the command sets itself."""
    free = [setting for setting in settings if f"--set {setting.partition('=')[0]}=" not in command]
    words = options(config, free)
    return f"{command} {shlex.join(words)}" if words else command


def add_options_to_error(error: PenstockError, config: Path, settings: Sequence[str] = ()) -> None:
    """Add the given options to the commands in the next step of an error."""
    error.next_step = _COMMAND.sub(lambda match: f"`{with_options(match[1], config, settings)}`", error.next_step)


def handles_errors(verb: Callable[..., None]) -> Callable[..., None]:
    """Return a verb that completes the commands in its errors and reports a signal as an error.

    Typer calls it with keyword arguments.
    """

    @functools.wraps(verb)
    def wrapped(**given: Any) -> None:
        try:
            with _report_interruption():
                verb(**given)
        except PenstockError as error:
            if given.get("config"):
                add_options_to_error(error, given["config"], given.get("settings") or ())
            raise

    return wrapped


@contextmanager
def _report_interruption() -> Iterator[None]:
    """Raise Interrupted for a signal, even if a library turned the KeyboardInterrupt into another exception."""
    try:
        yield
    except (KeyboardInterrupt, Exception) as error:
        if isinstance(error, KeyboardInterrupt) or is_interrupted():
            raise interrupted("the command", "", "nothing half-written is left, start it again") from None
        raise
