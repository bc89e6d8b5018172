"""Requests to end, as a person, a system or another program sends them: Ctrl-C, SIGTERM, SIGHUP."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from penstock.core.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# From this one on a signal ends the process at once, whatever keeps it from ending.
_FORCED_EXIT_COUNT = 3


class Signalled(KeyboardInterrupt):
    """A signal that asks this process to end; a second is not raised into what cleans up after the first."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class _Received:
    """The signals since `interruptible` was entered, and whether a sentence names them already."""

    def __init__(self) -> None:
        self.waits = False
        self.forget()

    def forget(self) -> None:
        self.numbers: list[int] = []
        self.is_told = False


_received = _Received()


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Signalled at a request to end, so that each of them leaves nothing half-written.

    A signal that is ignored, as `nohup` has it for SIGHUP, stays so.
    """
    ours = threading.current_thread() is threading.main_thread()
    handled = [each for each in SIGNALS if ours and signal.getsignal(each) not in (signal.SIG_IGN, None, _raise)]
    if handled:
        _received.forget()
    before = {each: signal.signal(each, _raise) for each in handled}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def end_by_default() -> None:
    """Let a request to end do what the system does by itself: for the last lines of a process that has said all."""
    for each in SIGNALS:
        if signal.getsignal(each) is _raise:
            signal.signal(each, signal.SIG_DFL)


@contextmanager
def uninterruptible() -> Iterator[None]:
    """Let a request to end wait until the block has ended: what is done in it is done whole."""
    _received.waits, before, known = True, _received.waits, len(_received.numbers)
    try:
        yield
    finally:
        _received.waits = before
    if not before and (later := _received.numbers[known:]):
        raise Signalled(later[0])


def is_interrupted() -> bool:
    """Say whether a request to end was received that no sentence names yet.

    Libraries turn what a handler raises into errors of their own; then this tells what is behind them.
    """
    return bool(_received.numbers) and not _received.is_told


def interrupted(what: str, when: str, next_step: str) -> Interrupted:
    """Return the error for a request to end.

    Args:
        what: What was interrupted.
        when: Where in it, such as `during Trainer`; may be empty.
        next_step: How to go on.
    """
    _received.is_told = True
    number = next(iter(_received.numbers), signal.SIGINT)
    received = f"{signal.Signals(number).name} {when}".rstrip()
    error = Interrupted(f"{what} was interrupted", received=received, next_step=next_step)
    error.exit_code = 128 + number
    return error


def _raise(number: int, _: FrameType | None) -> None:
    _received.numbers.append(number)
    if len(_received.numbers) >= _FORCED_EXIT_COUNT:
        os.write(2, b"Ended at once, for a third signal; the next run removes what is left half-written.\n")
        os._exit(128 + number)
    if not (_received.waits or _is_handled()):
        raise Signalled(number)


def _is_handled() -> bool:
    """Say whether an earlier signal is being dealt with: its exception is on its way, or was reported already."""
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, Signalled):
        error = error.__context__
    return error is not None or _received.is_told
