"""Signals that ask the process to end: SIGINT (Ctrl-C), SIGTERM and SIGHUP."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from penstock.core.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The signal of this number ends the process immediately, without clean-up.
_FORCED_EXIT_COUNT = 3


class Signalled(KeyboardInterrupt):
    """A signal that asks this process to end; a second one does not interrupt the clean-up after the first."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class _Received:
    """The signals since `interruptible` was entered, and whether an error has reported them."""

    def __init__(self) -> None:
        self.is_delayed = False
        self.reset()

    def reset(self) -> None:
        self.numbers: list[int] = []
        self.is_reported = False


_received = _Received()


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Signalled when a signal asks the process to end, so that the block can clean up.

    A signal that the process ignores, as under `nohup`, stays ignored.

    Raises:
        Signalled: A signal was received.
    """
    is_main = threading.current_thread() is threading.main_thread()
    handled = [each for each in SIGNALS if is_main and signal.getsignal(each) not in (signal.SIG_IGN, None, _raise)]
    if handled:
        _received.reset()
    before = {each: signal.signal(each, _raise) for each in handled}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def end_by_default() -> None:
    """Restore the default action of the signals, for the last lines of a process that has printed its result."""
    for each in SIGNALS:
        if signal.getsignal(each) is _raise:
            signal.signal(each, signal.SIG_DFL)


@contextmanager
def uninterruptible() -> Iterator[None]:
    """Delay signals until the block has ended, so that it is not interrupted.

    Raises:
        Signalled: A signal was received in the block; raised after it.
    """
    _received.is_delayed, before, count = True, _received.is_delayed, len(_received.numbers)
    try:
        yield
    finally:
        _received.is_delayed = before
    if not before and (later := _received.numbers[count:]):
        raise Signalled(later[0])


def is_interrupted() -> bool:
    """Return whether a signal was received that no error has reported.

    Libraries convert the exception of a signal handler into errors of their own; this reveals the cause.
    """
    return bool(_received.numbers) and not _received.is_reported


def interrupted(what: str, when: str, next_step: str) -> Interrupted:
    """Return the error that reports a signal; its exit code is 128 plus the number of the signal.

    Args:
        what: What was interrupted.
        when: Where in it, such as `during Trainer`; may be empty.
        next_step: How to continue.
    """
    _received.is_reported = True
    number = next(iter(_received.numbers), signal.SIGINT)
    received = f"{signal.Signals(number).name} {when}".rstrip()
    error = Interrupted(f"{what} was interrupted", received=received, next_step=next_step)
    error.exit_code = 128 + number
    return error


def _raise(number: int, _: FrameType | None) -> None:
    _received.numbers.append(number)
    if len(_received.numbers) >= _FORCED_EXIT_COUNT:
        os.write(2, b"Ended by the third signal without clean-up; the next run removes incomplete files.\n")
        os._exit(128 + number)
    if not (_received.is_delayed or _is_handled()):
        raise Signalled(number)


def _is_handled() -> bool:
    """Return whether an earlier signal is being handled: its exception is propagating, or was reported."""
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, Signalled):
        error = error.__context__
    return error is not None or _received.is_reported
