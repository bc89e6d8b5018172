"""Runs that were started from a page: one at a time, each a process that goes on if the dashboard ends."""

import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.core.errors import ConfigError, PenstockError
from penstock.core.privacy import private
from penstock.core.text import printable

_TAIL = 4_000
_LINES = 12


class Busy(PenstockError):
    """A command that was started before still runs."""


@dataclass(frozen=True)
class Job:
    """A command that was started.

    Attributes:
        name: Its verb.
        code: Its exit code; None while it runs.
        lines: The last lines that it printed.
    """

    name: str
    code: int | None
    lines: tuple[str, ...]


class Jobs:
    """The commands that were started for a pipeline, for use from several threads."""

    def __init__(self, commands: Mapping[str, Sequence[str]], output: Path) -> None:
        """Begin without one.

        Args:
            commands: The words of each command, by its verb.
            output: The file that its output is written to.
        """
        self._commands, self._output = commands, output
        self._lock = threading.Lock()
        self._last: tuple[str, subprocess.Popen[bytes]] | None = None

    def start(self, name: str) -> None:
        """Start a command.

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
            self._output.parent.mkdir(parents=True, exist_ok=True)
            with private(), self._output.open("wb") as output:
                words = list(self._commands[name])
                process = subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
                )
            self._last = name, process

    def last(self) -> Job | None:
        """Return the last command that was started; None if there is none."""
        with self._lock:
            if self._last is None:
                return None
            name, process = self._last
            code = process.poll()
        return Job(name, code, self._lines())

    def _lines(self) -> tuple[str, ...]:
        try:
            text = self._output.read_bytes()[-_TAIL:].decode(errors="replace")
        except OSError:
            return ()
        return tuple(printable(line) for line in text.splitlines()[-_LINES:])
