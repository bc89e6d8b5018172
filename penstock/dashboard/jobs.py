"""Commands that were started from a page: one at a time, each a process that goes on if the dashboard ends."""

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.core.errors import ConfigError, PenstockError
from penstock.core.privacy import private
from penstock.core.text import printable

_TAIL = 4_000
_LINES = 12
_LARGEST = 16 << 20


class Busy(PenstockError):
    """A command that was started before still runs."""


@dataclass(frozen=True)
class Job:
    """A command that was started.

    Attributes:
        name: Its verb.
        code: Its exit code; None while it runs.
        lines: The last lines that it printed; of a command that prints JSON, those of its errors.
        found: The JSON that it printed; empty while it runs, and if it printed none.
    """

    name: str
    code: int | None
    lines: tuple[str, ...]
    found: Mapping[str, Any] = field(default_factory=dict)

    def list(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return a list in the JSON; empty if there is none."""
        found = self.found.get(key)
        return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


class Jobs:
    """The commands that were started for a pipeline, for use from several threads."""

    def __init__(self, commands: Mapping[str, Sequence[str]], output: Path, *, as_json: bool = False) -> None:
        """Begin without one.

        Args:
            commands: The words of each command, by its verb.
            output: The file that its output is written to.
            as_json: Whether the commands print JSON; then their errors go to a second file.
        """
        self._commands, self._output = commands, output
        self._errors = output.with_suffix(".errors") if as_json else None
        self._lock = threading.Lock()
        self._last: tuple[str, subprocess.Popen[bytes]] | None = None

    def start(self, name: str, *words: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a command, with further words, in the environment of this process or in another one.

        Raises:
            ConfigError: There is no such command.
            Busy: One that was started from here still runs.
        """
        if name not in self._commands:
            raise ConfigError(f"the command {name!r}", f"one of {', '.join(self._commands)}", "another", "go back")
        with self._lock:
            if self._last is not None and self._last[1].poll() is None:
                received = f"`penstock {self._last[0]}`, which still runs"
                raise Busy("the pipeline", "no run that was started from here", received, "wait for its end")
            self._last = name, self._started([*self._commands[name], *words], environment)

    def _started(self, words: list[str], environment: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
        self._output.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(private())
            output = stack.enter_context(self._output.open("wb"))
            errors = stack.enter_context(self._errors.open("wb")) if self._errors else subprocess.STDOUT
            return subprocess.Popen(
                words,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )

    def last(self) -> Job | None:
        """Return the last command that was started; None if there is none."""
        with self._lock:
            if self._last is None:
                return None
            name, process = self._last
            code = process.poll()
        return Job(name, code, self._lines(), {} if code is None else self._found())

    def _lines(self) -> tuple[str, ...]:
        try:
            text = (self._errors or self._output).read_bytes()[-_TAIL:].decode(errors="replace")
        except OSError:
            return ()
        return tuple(printable(line) for line in text.splitlines()[-_LINES:])

    def _found(self) -> Mapping[str, Any]:
        try:
            if self._errors is None or self._output.stat().st_size > _LARGEST:
                return {}
            found = json.loads(self._output.read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
