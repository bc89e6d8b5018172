"""A worker process that runs the nodes, while this process stays small and watches them.

The worker ends when this process does, however it ends: the kernel kills it (`end_with_parent`), and it also reads a
pipe that this process holds open. Two processes also separate two copies of SQLite: ML Metadata contains its own, and
file locks work between processes only.
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
from penstock.core.process import during_subprocess
from pipeline.plan import RunOptions
from pipeline.session import Launch, failed_node, log_file

P = ParamSpec("P")
R = TypeVar("R")

# Without these each thread keeps an arena of freed memory, in total a fifth of the memory of a worker.
_ALLOCATION = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "8388608"}
_SCREEN = "screen"
_LOG = "log"
_WATCH_SECONDS = 0.2


class Worker(Launch):
    """A process that runs nodes; it ends with its `with` block.

    If it is started early, it imports TFX while this process still checks the table.
    """

    def __init__(self, runner: str, config_file: Path, settings: Sequence[str], *, on_screen: bool = False) -> None:
        """Take the arguments of the worker.

        Args:
            runner: The runner's module, such as `pipeline.runners.local`.
            config_file: The configuration file.
            settings: The command line's `key=value` settings.
            on_screen: Whether its output goes to the screen instead of the log file of the run.
        """
        self._output = _SCREEN if on_screen else _LOG
        # -P: files in the working directory may have the names of our packages.
        self._command = [sys.executable, "-P", "-m", runner, "--config", str(config_file)]
        for setting in settings:
            self._command += ["--set", setting]
        self._process: subprocess.Popen[bytes] | None = None
        self._resources = ExitStack()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._resources.close()

    def start(self) -> None:
        """Start the process, unless it is running already."""
        if self._process is not None:
            return
        # A worker ends without clean-up, and leaves temporary files behind, such as code that TensorFlow generates.
        folder = self._resources.enter_context(temporary_folder())
        self._report, write_end = os.pipe()
        # Its output before it receives a run, and so the name of a log file.
        self._early_output = tempfile.TemporaryFile()  # noqa: SIM115  it is open as long as the process runs
        self._process = subprocess.Popen(
            [*self._command, "--worker", self._output, "--report", str(write_end), "--parent", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=sys.stderr if self._output == _SCREEN else self._early_output,
            stderr=None if self._output == _SCREEN else self._early_output,
            pass_fds=[write_end],
            env={**environment_with(**_ALLOCATION), "TMPDIR": str(folder)},
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the worker
        )
        os.close(write_end)

    def peak_memory(self) -> int | None:
        """Return the peak memory of the process since the last call, where the system measures it."""
        from penstock.core.machine import peak_memory

        return peak_memory(self._process.pid) if self._process is not None else None

    def call(self, work: Callable[[], object], function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Return the result of a function that runs in a copy of this process, which stays small."""
        return during_subprocess(work, function, *arguments, **named)

    def run(self, config: Config, options: RunOptions, watch: Callable[[], None]) -> None:
        """Run the nodes and return when they have finished; meanwhile `watch` is called repeatedly.

        Raises:
            PenstockError: The error that the worker reports.
            NodeError: The worker was killed.
        """
        self.start()
        process = self._process
        assert process is not None  # noqa: S101  for mypy; `start` has set it
        with _polling(watch):
            text = self._report_of(process, options)
        if text:
            raise _error(json.loads(text))
        if process.returncode:
            self._save_early_output(log_file(config, options.run_id))
            raise _killed(config, options, process.returncode)

    def _report_of(self, process: "subprocess.Popen[bytes]", options: RunOptions) -> str:
        """Send the options to the worker, wait for its end, and return its error report; empty if there is none."""
        assert process.stdin is not None  # noqa: S101  for mypy; it was started with a pipe
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(dataclasses.asdict(options)).encode() + b"\n")
            process.stdin.flush()
        # Only the worker holds the write end, so the read ends with the worker.
        try:
            with os.fdopen(self._report, encoding="utf-8") as stream:
                text = stream.read()
            process.wait()
        except KeyboardInterrupt:
            # Before the clean-up: the worker would continue with the next node.
            process.kill()
            process.wait()
            raise
        return text

    def _save_early_output(self, log: Path) -> None:
        """Write the output of a worker that ended before it opened the log file."""
        if not log.exists() and self._output == _LOG:
            self._early_output.seek(0)
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_bytes(self._early_output.read())


@contextmanager
def _polling(watch: Callable[[], None]) -> Iterator[None]:
    """Call a function repeatedly in a thread until the block ends."""
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
    """Wait for the options of a run and return them; end this process if the parent closes the pipe."""
    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(1)
    threading.Thread(target=_end_with_pipe, daemon=True).start()
    options = RunOptions(**json.loads(line))
    if output == _LOG:
        _redirect_output(log_file(config, options.run_id))
    return options


def _redirect_output(log: Path) -> None:
    """Redirect standard output and error to the log file, and copy earlier output to it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    early_output = os.pread(1, os.fstat(1).st_size, 0)
    with log.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    os.write(1, early_output)


@contextmanager
def reporting(descriptor: int) -> Iterator[None]:
    """Send an error of the block to the parent process."""
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
        # The kernel kills processes with SIGKILL if the machine is out of memory.
        from penstock.core.machine import memory_limit

        reason += f", usually out of memory: this machine has {memory_limit() / 2**30:.1f} GiB"
        remedy = f"free some or use fewer rows, or {remedy}"
    return NodeError(
        failed_node(config, options), "a worker that runs to its end", f"one that ended by {reason}", remedy
    )
