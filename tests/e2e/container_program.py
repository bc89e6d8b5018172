"""The first process of a machine for containers: it imports what nodes use, and runs each command in a fork of itself.

A fork has folders of its own in place of the empty ones of the machine. `containers.py` gives this text to the process;
nobody imports it.
"""

import ctypes
import gc
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import traceback
from importlib import import_module

__file__ = "container"  # without one, DuckDB takes the process for a session of a person, and draws its progress

import components  # noqa: E402

IMPORTED = (
    *("keras", "kfp.pipeline_spec.pipeline_spec_pb2"),
    *("modules.evaluation", "modules.preprocessing", "modules.training"),
    *("tfx.components.evaluator.executor", "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_entrypoint_utils"),
    *(module.name for module in pkgutil.walk_packages(components.__path__, "components.")),
)
NEW_MOUNTS, BIND, DETACH = 0x00020000, 4096, 2
LIBC = ctypes.CDLL(None, use_errno=True)


def check(result: int) -> None:
    """Raise the error of a call of the system."""
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter(folders: dict[str, str], everything: str) -> None:
    """Put the folders of this container in place of those of the machine, and hide those of the other containers."""
    check(LIBC.unshare(NEW_MOUNTS))
    for target, source in folders.items():
        os.makedirs(target, exist_ok=True)
        check(LIBC.mount(source.encode(), target.encode(), None, BIND, None))
    check(LIBC.umount2(everything.encode(), DETACH))


def run(call: dict, log: int) -> int:
    """Run `python -m MODULE ARGUMENTS` as the first program of a container, and return its exit code."""
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    try:
        enter(call["folders"], call["everything"])
        os.environ.clear()
        os.environ.update(call["environment"])
        python, option, module, *arguments = call["words"]
        assert (python, option) == ("python", "-m"), call["words"]
        sys.argv[:] = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def watched(call: dict, log: int, ended: int) -> None:
    """Run a command in a fork, and write its exit code."""
    container = os.fork()
    if not container:
        code = run(call, log)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    os.write(ended, str(os.waitstatus_to_exitcode(os.waitpid(container, 0)[1])).encode())


def serve(calls: socket.socket) -> None:
    """Run the commands that come; several may run at the same time."""
    while True:
        message, files, _, _ = socket.recv_fds(calls, 1 << 20, 2)
        if not message:
            return
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            calls.close()
            watched(json.loads(message), *files)
            os._exit(0)
        for file in files:
            os.close(file)


gc.disable()  # until all is imported: nothing of it is garbage
for name in IMPORTED:
    import_module(name)
gc.collect()
gc.freeze()
gc.enable()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what has ended is forgotten
serve(socket.socket(fileno=int(sys.argv[1])))
