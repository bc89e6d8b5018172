"""Running the nodes in a process of their own, while this one stays light enough to watch them.

The worker ends when this process does, however it ends: the kernel sees to that from its first line on. It also waits
on a pipe that this process holds open. Two processes also keep two copies of SQLite apart: ML Metadata brings its own,
and locks on a file hold between processes only.
"""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from penstock.config.config import Config
from penstock.config.loading import environment_with
from penstock.core import errors
from penstock.core.errors import NodeError, PenstockError
from penstock.core.files import temporary_folder
from penstock.core.process import in_subprocess
from pipeline.plan import RunOptions
from pipeline.session import Launch, failed_node, log_file

P = ParamSpec("P")
R = TypeVar("R")

# Each thread would keep memory of its own that it has no use for any more; together that is a fifth of all.
_ALLOCATION = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "8388608"}
_SCREEN = "screen"
_LOG = "log"
_WATCH_SECONDS = 0.2


class Worker(Launch):
    """A process that runs nodes; whoever leaves its `with` block before it is done ends it.

    Started early, it imports what nodes need while this process still looks at the table.
    """

    def __init__(self, runner: str, config_file: Path, settings: Sequence[str], *, on_screen: bool = False) -> None:
        """Take what the worker is started with.

        Args:
            runner: The runner's module, such as `pipeline.runners.local`.
            config_file: The configuration file.
            settings: The command line's `key=value` settings.
            on_screen: Leave its output on the screen instead of in the run's log file.
        """
        self._output = _SCREEN if on_screen else _LOG
        # Not from the working directory: what lies there may have the names of our packages.
        self._command = [sys.executable, "-P", "-m", runner, "--config", str(config_file)]
        for setting in settings:
            self._command += ["--set", setting]
        self._process: subprocess.Popen[bytes] | None = None
        self._room = ExitStack()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._room.close()

    def start(self) -> None:
        """Start the process, unless it is started already."""
        if self._process is not None:
            return
        # For what a worker leaves behind that ends without ado, such as the code that TensorFlow generates.
        folder = self._room.enter_context(temporary_folder())
        self._report, told = os.pipe()
        # What it prints before it is told of a run, and with that of a log file.
        self._early = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
        self._process = subprocess.Popen(
            [*self._command, "--worker", self._output, "--report", str(told), "--parent", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=sys.stderr if self._output == _SCREEN else self._early,
            stderr=None if self._output == _SCREEN else self._early,
            pass_fds=[told],
            env={**environment_with(**_ALLOCATION), "TMPDIR": str(folder)},
            start_new_session=True,  # so that Ctrl-C reaches this process alone, which then ends the worker
        )
        os.close(told)

    def call(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Return what a function returns in a copy of this process, which stays light."""
        return in_subprocess(function, *arguments, **named)

    def run(self, config: Config, options: RunOptions, watch: Callable[[], None]) -> None:
        """Run the nodes and return when they have run; meanwhile `watch` is called now and then.

        Raises:
            PenstockError: What the worker reports.
            NodeError: The worker was killed.
        """
        self.start()
        process = self._process
        assert process is not None  # noqa: S101  for the types; it holds by what stands above
        with _now_and_then(watch):
            text = self._report_of(process, options)
        if text:
            raise _error(json.loads(text))
        if process.returncode:
            self._keep_early(log_file(config, options.run_id))
            raise _killed(config, options, process.returncode)

    def _report_of(self, process: "subprocess.Popen[bytes]", options: RunOptions) -> str:
        """Have the process run the nodes, and return what it reports when it has ended; nothing where all went well."""
        assert process.stdin is not None  # noqa: S101  for the types; it was started with a pipe
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(dataclasses.asdict(options)).encode() + b"\n")
            process.stdin.flush()
        # The pipe is held open by the worker alone, so this ends with it.
        try:
            with os.fdopen(self._report, encoding="utf-8") as stream:
                text = stream.read()
            process.wait()
        except KeyboardInterrupt:
            # Before anybody cleans up after it: meanwhile it would go on to the next node.
            process.kill()
            process.wait()
            raise
        return text

    def _keep_early(self, log: Path) -> None:
        """Write what a worker printed that ended before it could take the log file."""
        if not log.exists() and self._output == _LOG:
            self._early.seek(0)
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_bytes(self._early.read())


@contextmanager
def _now_and_then(watch: Callable[[], None]) -> Iterator[None]:
    """Call a function now and then, in a thread, until the block is left."""
    done = threading.Event()

    def poll() -> None:
        while not done.wait(_WATCH_SECONDS):
            watch()

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def serve(config: Config, output: str) -> RunOptions:
    """Wait for a run, and return its options; end this process where the one that started it wants no more."""
    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(1)
    threading.Thread(target=_end_with_pipe, daemon=True).start()
    options = RunOptions(**json.loads(line))
    if output == _LOG:
        _take(log_file(config, options.run_id))
    return options


def _take(log: Path) -> None:
    """Have all that is printed go to the log file, what was printed before included."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    early = os.pread(1, os.fstat(1).st_size, 0)
    with log.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    os.write(1, early)


@contextmanager
def reporting(descriptor: int) -> Iterator[None]:
    """Send what goes wrong inside to the process that watches."""
    try:
        yield
    except PenstockError as error:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"class": type(error).__name__, **error.as_dict()}, stream)
        raise


def _end_with_pipe() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _error(report: dict[str, Any]) -> PenstockError:
    kind = getattr(errors, report.pop("class"))
    error: PenstockError = kind(**{**report, "details": tuple(report["details"])})
    return error


def _killed(config: Config, options: RunOptions, code: int) -> NodeError:
    reason, remedy = f"exit code {code}", f"read {log_file(config, options.run_id)}, then `penstock resume`"
    if code < 0:
        reason = f"signal {-code}"
    if code == -signal.SIGKILL:
        # The kernel ends so what takes more memory than there is.
        from penstock.core.machine import memory_limit

        reason += f", as a rule because of a lack of memory: there are {memory_limit() / 2**30:.1f} GiB here"
        remedy = f"free some or use fewer rows, or {remedy}"
    return NodeError(
        failed_node(config, options), "a worker that runs to its end", f"one that ended by {reason}", remedy
    )
