"""Running the nodes in a process of their own, while this one stays light enough to watch them.

The worker ends when this process does, however it ends: it waits on a pipe that only this process holds open. Two
processes also keep two copies of SQLite apart: ML Metadata brings its own, and locks on a file hold between processes
only.
"""

import dataclasses
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from pipeline import errors
from pipeline.config import Config
from pipeline.errors import NodeError, PenstockError
from pipeline.execution import failed_node, log_file
from pipeline.plan import RunOptions


@dataclasses.dataclass(frozen=True)
class Worker:
    """What a worker is started with.

    Attributes:
        runner: The runner's module, such as `pipeline.runners.local`.
        config_file: The configuration file.
        settings: The command line's `key=value` settings.
        log: Where its output goes; None leaves it on the screen.
    """

    runner: str
    config_file: Path
    settings: tuple[str, ...]
    log: TextIO | None

    def run(self, config: Config, options: RunOptions) -> None:
        """Run the nodes and return when they have run.

        Raises:
            PenstockError: What the worker reports.
            NodeError: The worker was killed.
        """
        report, told = os.pipe()
        # Not from the working directory: what lies there may have the names of our packages.
        command = [sys.executable, "-P", "-m", self.runner, "--config", str(self.config_file)]
        for setting in self.settings:
            command += ["--set", setting]
        command += ["--worker", json.dumps(dataclasses.asdict(options)), "--report", str(told)]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=self.log or sys.stderr,
            stderr=self.log,
            pass_fds=[told],
            start_new_session=True,  # so that Ctrl-C reaches this process alone, which then ends the worker
        ) as process:
            os.close(told)
            try:
                # The pipe is held open by the worker alone, so this ends with it.
                with os.fdopen(report, encoding="utf-8") as stream:
                    text = stream.read()
                process.wait()
            except BaseException:
                process.kill()
                raise
        if text:
            raise _error(json.loads(text))
        if process.returncode:
            raise _killed(config, options, process.returncode)


def serve(text: str) -> RunOptions:
    """Return the options that a worker was started with, and end this process once the one that started it is gone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return RunOptions(**json.loads(text))


@contextmanager
def reporting(descriptor: int) -> Iterator[None]:
    """Send what goes wrong inside to the process that watches."""
    try:
        yield
    except PenstockError as error:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"class": type(error).__name__, **error.as_dict()}, stream)
        raise


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _error(report: dict[str, Any]) -> PenstockError:
    kind = getattr(errors, report.pop("class"))
    error: PenstockError = kind(**{**report, "details": tuple(report["details"])})
    return error


def _killed(config: Config, options: RunOptions, code: int) -> NodeError:
    reason = f"signal {-code}, perhaps for want of memory" if code < 0 else f"exit code {code}"
    return NodeError(
        failed_node(config, options),
        "a worker that runs to its end",
        f"one that ended by {reason}",
        f"read {log_file(config, options.run_id)}, then `penstock resume`",
    )
