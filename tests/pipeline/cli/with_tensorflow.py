"""What a process does whose forks run and score: it imports TensorFlow and TFX, and lets workers start as forks too.

The worker of a run is a process of its own here too, the child of the command, with the descriptors, the environment
and the arguments that the command gives it. Only its program is not loaded again, which takes six seconds.

`command.py` gives this text to the process; nobody imports it.
"""

import os
import runpy
import subprocess
import sys
import traceback
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from pipeline import worker
from pipeline.plan import prepare_imports


def start(command: list[str], *, env: dict[str, str], pass_fds: list[int], **options: Any) -> "subprocess.Popen[bytes]":
    """Start a worker: a process that never gets to the program that `Popen` would execute."""
    assert command[1:3] == ["-P", "-m"], command

    def become_worker() -> None:
        try:
            close_all_but({0, 1, 2, *pass_fds})
            os.environ.clear()
            os.environ.update(env)
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


prepare_imports()
for name in ("components.candidate_server", "keras", "modules.preprocessing", "modules.training", "modules.evaluation"):
    import_module(name)
worker.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": start})  # type: ignore[attr-defined]
