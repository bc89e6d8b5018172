"""Workers that start as forks of the command, whose program is not loaded again: that takes longer than their work.

The worker of a run is a process of its own here too, the child of the command, with the descriptors, the environment
and the arguments that the command gives it.
"""

import importlib
import os
import runpy
import subprocess
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from penstock.core.fingerprint import fingerprint
from penstock.reports.markup import environment
from pipeline import worker
from pipeline.repeat import MODULES

# By this name a worker is found, whose command line is that of the process of which it is a fork.
NAME = "forked worker"


def use() -> None:
    """Let the command of this process start its workers as forks.

    What each run would do again is done once: our sources are parsed for the fingerprints (kept by their content), the
    templates of the reports are compiled, and what makes a registry is imported.
    """
    worker.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": start})  # type: ignore[attr-defined]
    for module in MODULES:
        fingerprint(module)
    for template in environment().list_templates(["html"]):
        environment().get_template(template)
    for name in ("alembic.runtime.environment", "alembic.script", "pipeline.cli.running", "penstock.reports.run.page"):
        importlib.import_module(name)


def start(command: list[str], *, env: dict[str, str], pass_fds: list[int], **options: Any) -> "subprocess.Popen[bytes]":
    """Start a worker: a process that never gets to the program that `Popen` would execute."""
    assert command[1:3] == ["-P", "-m"], command

    def become_worker() -> None:
        try:
            close_all_but({0, 1, 2, *pass_fds})
            os.environ.clear()
            os.environ.update(env)
            Path("/proc/self/comm").write_text(NAME)
            sys.path[:] = [place for place in sys.path if place]  # -P
            sys.argv[:] = command[3:]
            runpy.run_module(command[3], run_name="__main__", alter_sys=True)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)

    return subprocess.Popen(command, env=env, pass_fds=pass_fds, preexec_fn=become_worker, **options)


def close_all_but(kept: set[int]) -> None:
    """Close what a new program would not have, such as the pipe by which `Popen` waits for its start."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:  # that of the list itself
                continue
