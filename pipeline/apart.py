"""A function in a process of its own, so that the memory it takes is given back."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from pipeline.interruption import SIGNALS
from pipeline.parentage import end_with

P = ParamSpec("P")
R = TypeVar("R")


def apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Return what the function returns, or raise what it raises, called in a copy of this process.

    To be called while this process has one thread: no lock of another may be held in the copy for ever. The copy ends
    with the function, and with this process, however that ends.

    Raises:
        MemoryError: The copy was ended, as a rule because of a lack of memory.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    # A signal waits until the copy has put its own answers to it in the place of ours.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    process = context.Process(target=_call, args=(theirs, os.getpid(), mask, function, (arguments, named)))
    try:
        process.start()
        theirs.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        with ours:
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
    given: tuple[tuple[Any, ...], dict[str, Any]],
) -> None:
    end_with(parent)
    # Ctrl-C and the end of a terminal reach both processes; the other one hears them, and ends this one.
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    arguments, named = given
    try:
        channel.send((None, function(*arguments, **named)))
    except Exception as error:
        channel.send((error, None))
