"""Processes: redirected output, work in a subprocess, a child that ends with its parent, and lazy imports."""

import ctypes
import importlib.util
import io
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, ParamSpec, TextIO, TypeVar

from penstock.core.interruption import SIGNALS

P = ParamSpec("P")
R = TypeVar("R")

_PR_SET_PDEATHSIG = 1


@contextmanager
def redirected_output(file: TextIO) -> Iterator[None]:
    """Redirect standard output, standard error and log lines to `file`, those of native code included.

    The file must stay open as long as the process logs: a logger that is made in the block refers to it.
    """
    outer = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    handlers = [h for h in logging.root.handlers if isinstance(h, logging.StreamHandler) and h.stream in outer]
    before = [(handler, handler.setStream(file)) for handler in handlers]
    _flush(*outer)
    saved = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
    for descriptor in saved:
        os.dup2(file.fileno(), descriptor)
    try:
        with redirect_stdout(file), redirect_stderr(file):
            yield
    finally:
        _flush(file)
        for descriptor, original in saved.items():
            os.dup2(original, descriptor)
            os.close(original)
        for handler, stream in before:
            if stream is not None:
                handler.setStream(stream)


def _flush(*streams: TextIO | None) -> None:
    for stream in streams:
        if stream is not None and not stream.closed:
            stream.flush()


@contextmanager
def discarded_stderr() -> Iterator[TextIO]:
    """Discard standard error, except for what is written to the stream that the context yields.

    TensorFlow's native code writes to standard error at any log level.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    try:
        with _screen(saved) as screen:
            yield screen
    finally:
        sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)


@contextmanager
def _screen(descriptor: int) -> Iterator[TextIO]:
    try:
        replaced = sys.stderr.fileno() != 2
    except (io.UnsupportedOperation, ValueError):
        replaced = True
    if replaced:  # A notebook, for example, replaces sys.stderr by a stream that is not descriptor 2.
        yield sys.stderr
        return
    with os.fdopen(os.dup(descriptor), "w", encoding="utf-8", errors="replace", buffering=1) as stream:
        yield stream


@contextmanager
def hidden_arguments() -> Iterator[None]:
    """Hide the command line: Beam and TFX's executors parse `sys.argv` for flags of their own."""
    before, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = before


def in_subprocess(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call a function in a fork of this process, and return or raise its result; its memory is released afterwards.

    This process must have one thread: a lock that another thread holds would be held in the fork for ever. The fork
    ends when the function ends, or when this process does.

    concurrent.futures starts as fast where it forks (6 to 8 ms for 5 to 11 ms here), and in 0.4 to 0.8 s where it
    spawns. But after a signal it waits for the function, 5 s for one of 5 s: Python 3.11 has no public way to end its
    processes.

    Raises:
        MemoryError: The fork was killed, usually because the system is out of memory.
        Exception: Whatever the function raised.
    """
    return during_subprocess(lambda: None, function, *arguments, **named)


def during_subprocess(work: Callable[[], object], function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call a function as `in_subprocess` does, and some work in this process at the same time.

    Raises:
        MemoryError: The fork was killed, usually because the system is out of memory.
        Exception: Whatever the function or the work raised.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    # Signals are blocked until the fork has replaced the signal handlers of this process.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    process = context.Process(target=_call, args=(theirs, os.getpid(), mask, function, (arguments, named)))
    try:
        process.start()
        theirs.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        with ours:
            work()
            error, outcome = ours.recv()
    except EOFError:
        raise MemoryError(f"{function.__name__} was ended from outside") from None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if process.pid is not None:
            process.kill()
            process.join()
    if error is not None:
        raise error
    result: R = outcome
    return result


def _call(
    channel: Connection,
    parent: int,
    mask: set[signal.Signals],
    function: Callable[..., Any],
    call_arguments: tuple[tuple[Any, ...], dict[str, Any]],
) -> None:
    end_with_parent(parent)
    # Ctrl-C and the end of a terminal reach both processes; the parent handles them, and ends this one.
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    arguments, named = call_arguments
    try:
        channel.send((None, function(*arguments, **named)))
    except Exception as error:
        channel.send((error, None))


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends; end it now if the parent has ended.

    Linux watches the thread that started this process, which must be the parent's main thread. Other kernels have no
    such call: a thread of this process then looks for its parent each second.

    Args:
        parent: The parent's process id, as the parent read it.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


class _LazyFinder(MetaPathFinder):
    """Finds modules by the usual path, and delays their execution until an attribute is read."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in self.names else None
        if spec and spec.loader:
            spec.loader = _LazyLoader(spec.loader)
        return spec


class _LazyLoader(importlib.util.LazyLoader):
    """Delays the execution of a module until an attribute is read other than its name and its file.

    `inspect` and AutoGraph read these of each module to find the source of a function.
    """

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        waiting = type(module)

        class Waiting(waiting):  # type: ignore[misc, valid-type]
            def __getattribute__(self, name: str) -> Any:
                if name in ("__name__", "__file__"):
                    return ModuleType.__getattribute__(self, name)
                # The class of the library looks for itself, and executes the module.
                object.__setattr__(self, "__class__", waiting)
                return getattr(self, name)

        module.__class__ = Waiting


def import_lazily(names: Iterable[str]) -> None:
    """Delay the execution of modules that are not imported yet until they are used; `import` works as before."""
    wanted = frozenset(names)
    if not any(isinstance(finder, _LazyFinder) and finder.names >= wanted for finder in sys.meta_path):
        sys.meta_path.insert(0, _LazyFinder(wanted))
