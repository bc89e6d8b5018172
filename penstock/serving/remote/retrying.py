"""Repeats a request that a server could not answer: with growing pauses, and as long as the server asks for."""

import email.utils
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from penstock.core.errors import DataError

_Answer = TypeVar("_Answer")


class Unanswered(Exception):
    """A request that can be repeated: the server is busy, or the connection was lost.

    Attributes:
        reason: What was received, for the error.
        pause: The seconds that the server asks to wait.
    """

    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.pause = reason, pause


@dataclass(frozen=True)
class Patience:
    """How long a request is repeated.

    Attributes:
        attempts: The number of attempts.
        first: The longest pause after the first attempt, in seconds; it doubles after each further one.
        longest: The longest pause of all.
        most: The longest pause that a server may ask for.
    """

    attempts: int = 10
    first: float = 0.2
    longest: float = 15.0
    most: float = 300.0


def repeated(
    send: Callable[[], _Answer], name: str, patience: Patience, wait: Callable[[float], object] = time.sleep
) -> _Answer:
    """Return the answer of a request, which is repeated after `Unanswered`.

    Args:
        send: Sends the request.
        name: The name of the model in messages.
        patience: How long it is repeated.
        wait: Waits for some seconds; the request is not repeated if it returns true.

    Raises:
        DataError: No attempt was answered.
    """
    for attempt in range(patience.attempts):
        try:
            return send()
        except Unanswered as error:
            if attempt + 1 == patience.attempts or error.pause > patience.most:
                times = f" at each of {attempt + 1} attempts" if attempt else ""
                remedy = "start the command again, which continues where it writes to a file"
                raise DataError(name, "predictions", f"{error.reason}{times}", remedy) from error
            if wait(pause_after(attempt, error.pause, patience)):
                raise
    raise AssertionError("there is at least one attempt")


def pause_after(attempt: int, asked: float, patience: Patience) -> float:
    """Return the seconds before the next attempt: those that are asked for, and a random part that spreads clients."""
    longest = min(patience.longest, patience.first * 2**attempt)
    return asked + secrets.SystemRandom().uniform(longest / 2, longest)


def asked_pause(header: str | None) -> float:
    """Return the seconds of a Retry-After header, which is a number or a date; 0 without one that can be read."""
    if not header:
        return 0.0
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
