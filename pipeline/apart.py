"""A function in a process of its own, so that the memory it takes is given back."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Return what the function returns, or raise what it raises, called in a copy of this process.

    To be called while this process has one thread: no lock of another may be held in the copy for ever. The copy ends
    with the function, whatever becomes of this process meanwhile.

    Raises:
        MemoryError: The copy was ended, as a rule for want of memory.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(theirs, function, arguments, named))
    process.start()
    theirs.close()
    try:
        with ours:
            error, outcome = ours.recv()
    except EOFError:
        raise MemoryError(f"{function.__name__} was ended from outside") from None
    finally:
        process.kill()
        process.join()
    if error is not None:
        raise error
    result: R = outcome
    return result


def _call(channel: Connection, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    # Ctrl-C reaches both processes; the other one hears it, and ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        channel.send((None, function(*arguments, **named)))
    except Exception as error:
        channel.send((error, None))
