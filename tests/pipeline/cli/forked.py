"""A process that has imported the command and runs each call in a fork of itself: importing takes longer than a call.

A call has its own process, working directory, arguments, streams and exit code, as one that a shell starts.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

# What the commands import, at once or later. The process has no thread of Python, so that its forks are whole.
SERVER = """
__file__ = "penstock"  # without one, DuckDB takes the process for a session of a person, and draws its progress
import gc, json, os, socket, sys, tempfile
gc.disable()  # until all is imported: nothing of it is garbage
import duckdb, filelock, ml_metadata, pyarrow.parquet, sqlalchemy.dialects.sqlite
import pipeline.cli.app
from pipeline.cli import main
from penstock.registry import client, existing
from penstock.config import loading
from penstock.metadata import lineage
{more}
calls = socket.socket(fileno=int(sys.argv[1]))
sys.argv[:] = [main.__file__]
sys.modules["__main__"] = main  # the help takes the name of the program from it
gc.collect()
gc.freeze()
gc.enable()
while True:
    message, files, _, _ = socket.recv_fds(calls, 1 << 20, 3)
    if not message:
        break
    has_own_socket = len(files) == 3
    if has_own_socket:
        # Nobody waits for the end of this call before the next one: a process of its own does.
        if os.fork():
            for file in files:
                os.close(file)
            continue
        calls = socket.socket(fileno=files.pop())
    if not (command := os.fork()):
        folder, arguments, program, umask, environment = json.loads(message)
        for number, file in enumerate(files, 1):
            os.dup2(file, number)
            os.close(file)
        calls.close()
        os.chdir(folder)
        os.umask(umask)
        if environment:
            os.environ.clear()
            os.environ.update(environment)
            tempfile.tempdir = None  # it is taken from the environment again
        sys.argv += arguments
        exec(program, {})
        main.main()
    for file in files:
        os.close(file)
    if has_own_socket:
        calls.send(json.dumps(command).encode())
    _, status, used = os.wait4(command, 0)
    calls.send(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime]).encode())
    if has_own_socket:
        os._exit(0)
"""


class Forked:
    """The process, from its first call to the end of the tests.

    Attributes:
        used: The processor time of the calls of all such processes, in seconds: `tests/costs.py` adds it.
    """

    used = 0.0

    def __init__(self, root: Path, environment: dict[str, str], more: str = "") -> None:
        """Start the process.

        Args:
            root: Its working directory.
            environment: Its environment.
            more: What it does in addition, before the first call.
        """
        self._lock = threading.Lock()
        self._calls, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # `-c` puts the working directory before the other places of modules, as `-m` does.
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVER.replace("{more}", more), str(theirs.fileno())],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self._end)

    def run(
        self, folder: Path, *arguments: str, program: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess:
        """Run the command in a folder, with the umask of this process; calls of several threads are made in turn.

        Args:
            folder: The working directory.
            *arguments: The words after `penstock`.
            program: What runs before the command in the same process.
            environment: The variables of the call, if they are not those of the process.
        """
        call = _call(folder, arguments, program, environment)
        with self._lock:
            (out, their_out), (err, their_err) = os.pipe(), os.pipe()
            socket.send_fds(self._calls, [call], [their_out, their_err])
            os.close(their_out)
            os.close(their_err)
            read: list[str] = []
            with open(out) as output, open(err) as errors:
                thread = threading.Thread(target=_read, args=(errors, read))
                thread.start()
                printed = output.read()
                thread.join()
            code, used = json.loads(self._calls.recv(100))
            Forked.used += used
        return subprocess.CompletedProcess(arguments, code, printed, read[0])

    def start(
        self, folder: Path, *arguments: str, environment: dict[str, str] | None = None, files: Sequence[int] = ()
    ) -> "Started":
        """Start the command in a folder, and return without waiting for its end.

        Args:
            folder: The working directory.
            *arguments: The words after `penstock`.
            environment: The variables of the call, if they are not those of the process.
            files: The descriptors of its output and its errors; without them it has pipes.
        """
        ended, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pipes = [] if files else [os.pipe(), os.pipe()]
        given = [*(files or [writing for _, writing in pipes]), theirs.fileno()]
        with self._lock:
            socket.send_fds(self._calls, [_call(folder, arguments, "", environment)], given)
        theirs.close()
        for _, writing in pipes:
            os.close(writing)
        return Started(ended, [open(reading) for reading, _ in pipes])

    def _end(self) -> None:
        self._calls.close()
        self._process.wait()


def _call(folder: Path, arguments: Sequence[str], program: str, environment: dict[str, str] | None) -> bytes:
    os.umask(umask := os.umask(0o077))
    return json.dumps([str(folder), arguments, program, umask, environment]).encode()


class Started:
    """A call that was started, with what the tests use of `subprocess.Popen`.

    Attributes:
        pid: The number of its process.
        returncode: Its exit code, or minus the signal that ended it; None before `poll` has seen its end.
    """

    def __init__(self, ended: socket.socket, pipes: list[IO[str]]) -> None:
        """Take the socket that says how it ended, and the other ends of its output and errors."""
        self._ended, self._read = ended, [_Reader(pipe) for pipe in pipes]
        self.pid: int = json.loads(ended.recv(100))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code if it has ended."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended."""
        if (code := self._look(timeout)) is None:
            raise subprocess.TimeoutExpired("penstock", timeout or 0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, ...]:
        """Return its output and its errors once it has ended."""
        self.wait(timeout)
        return tuple(each.text() for each in self._read)

    def send_signal(self, how: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._ended.settimeout(timeout)
            with suppress(BlockingIOError, TimeoutError):
                self.returncode, used = json.loads(self._ended.recv(100))
                Forked.used += used
                self._ended.close()
        return self.returncode


class _Reader:
    """Reads a pipe to its end, so that nobody waits who writes into it."""

    def __init__(self, pipe: IO[str]) -> None:
        self._texts: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[str]) -> None:
        with pipe:
            _read(pipe, self._texts)

    def text(self) -> str:
        self._thread.join()
        return self._texts[0]


def _read(file: IO[str], texts: list[str]) -> None:
    texts.append(file.read())
