"""A wait for a client that has an end: no client limits the time for addresses, credentials and answers together."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from penstock.core.errors import PenstockError
from penstock.core.interruption import interrupted

R = TypeVar("R")
_AFTERWARDS = "look in the list of runs whether it took the run before you repeat"


def within(seconds: float, service: str, work: Callable[[], R], afterwards: str = _AFTERWARDS) -> R:
    """Return the result of a function that calls a service.

    It runs in a thread that is left alone when the time is over: the command ends without waiting for threads.

    Args:
        seconds: How long it may take.
        service: The address, for errors.
        work: The function.
        afterwards: What to do if it did not answer, or was interrupted: it may have done what it was asked for.

    Raises:
        PenstockError: The service did not answer in time.
        Interrupted: A signal was received.
        Exception: Whatever the function raised.
    """
    future: Future[R] = Future()
    try:
        threading.Thread(target=_run, args=(future, work), daemon=True).start()
        return future.result(seconds)
    except TimeoutError:
        if future.done():
            raise
        received = f"none within {seconds:g} seconds"
        advice = f"{afterwards}, and raise --timeout if it is slow"
        raise PenstockError(service, "an answer", received, advice) from None
    except KeyboardInterrupt:
        raise interrupted("the submission", "", afterwards) from None


def _run(future: "Future[R]", work: Callable[[], R]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
