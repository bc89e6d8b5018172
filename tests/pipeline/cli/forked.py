"""A process that has imported the command and runs each call in a fork of itself: importing takes longer than a call.

A call has its own process, working directory, arguments, streams and exit code, as one that a shell starts.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
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
    message, files, _, _ = socket.recv_fds(calls, 1 << 20, 2)
    if not message:
        break
    if not os.fork():
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
    _, status, used = os.wait4(-1, 0)
    calls.send(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime]).encode())
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
        os.umask(umask := os.umask(0o077))
        call = json.dumps([str(folder), arguments, program, umask, environment]).encode()
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

    def _end(self) -> None:
        self._calls.close()
        self._process.wait()


def _read(file: IO[str], texts: list[str]) -> None:
    texts.append(file.read())
