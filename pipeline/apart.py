"""A function in a process of its own, so that the memory it takes is given back."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Return what the function returns, or raise what it raises, called in a copy of this process.

    To be called while this process has one thread: no lock of another may be held in the copy for ever.

    Raises:
        MemoryError: The copy was ended, as a rule for want of memory.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        try:
            return pool.submit(function, *arguments, **named).result()
        except BrokenProcessPool as error:
            raise MemoryError(f"{function.__name__} was ended from outside") from error
