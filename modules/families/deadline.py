"""When work is to end, on a clock that a test can replace."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

Clock = Callable[[], float]

# Less than this no work takes; a clock may give the same time twice.
LEAST_SECONDS = 1e-9


@dataclass(frozen=True)
class Deadline:
    """When to end at the latest.

    Attributes:
        at: The time on the clock; infinity where there is no limit.
        clock: Gives the time in seconds; only differences of times mean anything.
    """

    at: float = math.inf
    clock: Clock = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Clock = time.monotonic) -> "Deadline":
        """Return the deadline in so many seconds from now."""
        return cls(clock() + seconds, clock)

    def now(self) -> float:
        """Return the time on the clock."""
        return self.clock()

    def left(self) -> float:
        """Return the seconds until the deadline, negative when it has passed."""
        return self.at - self.clock()

    def since(self, started: float) -> float:
        """Return the seconds that passed since a time on the clock, more than none."""
        return max(self.clock() - started, LEAST_SECONDS)

    def moved(self, at: float) -> "Deadline":
        """Return a deadline at another time on the same clock."""
        return replace(self, at=at)
