"""Deadlines on a clock that a test can replace, and the estimated time of fitting and of saving a model.

A limit is in seconds of processor time, of all threads of this process: other programs on the machine take wall time
from a fit, but hardly any of its processor time, so that the same limit gives a model of the same quality under load.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from modules.families.problem import Columns

Clock = Callable[[], float]

# A limit of processor time ends in any case after this many times as much wall time.
MAX_WALL_FACTOR = 20.0
# The shortest duration: a clock may return the same time twice.
LEAST_SECONDS = 1e-9

MIN_LIMIT, ROWS_PER_SECOND, VALUES_PER_SECOND, MAX_LIMIT = 13.0, 200, 2e6, 600.0
# Seconds to trace and save the signatures of any model, and in addition for each transformed column.
SAVING, SAVING_COLUMN = 0.9, 0.015
# Seconds to save a network, which has its own graphs, and in addition for the variable of each category.
NETWORK, NETWORK_CATEGORY = 0.5, 0.1


class ProcessorClock:
    """Seconds of processor time since the clock was made; at least the wall time divided by MAX_WALL_FACTOR."""

    def __init__(self, processor: Clock = time.process_time, wall: Clock = time.monotonic) -> None:
        """Take the time on both clocks, which a test can replace."""
        self._processor, self._wall = processor, wall
        self._from = processor(), wall()

    def __call__(self) -> float:
        """Return the seconds."""
        processor, wall = self._seconds()
        return max(processor, wall)

    @property
    def is_starved(self) -> bool:
        """Whether the process got so little processor time that the wall time counts."""
        processor, wall = self._seconds()
        return wall > processor

    def _seconds(self) -> tuple[float, float]:
        return self._processor() - self._from[0], (self._wall() - self._from[1]) / MAX_WALL_FACTOR


@dataclass(frozen=True)
class Deadline:
    """The latest time to end.

    Attributes:
        at: The time on the clock; infinity where there is no limit.
        clock: Gives the time in seconds; only differences of times have a meaning.
    """

    at: float = math.inf
    clock: Clock = time.process_time

    @classmethod
    def after(cls, seconds: float, clock: Clock | None = None) -> "Deadline":
        """Return the deadline that is this many seconds from now, by default of processor time."""
        clock = clock or ProcessorClock()
        return cls(clock() + seconds, clock)

    def now(self) -> float:
        """Return the time on the clock."""
        return self.clock()

    def left(self) -> float:
        """Return the seconds until the deadline, negative when it has passed."""
        return self.at - self.clock()

    def since(self, started: float) -> float:
        """Return the seconds since a time on the clock, at least LEAST_SECONDS."""
        return max(self.clock() - started, LEAST_SECONDS)

    def moved(self, at: float) -> "Deadline":
        """Return a deadline at another time on the same clock."""
        return replace(self, at=at)


def default_time_limit(rows: int, columns: Columns, classes: int) -> float:
    """Return the time limit of `auto` in seconds where none is configured, from the size of the table.

    Args:
        rows: The number of training and validation rows.
        columns: The transformed columns.
        classes: The number of classes of a multiclass label, each of which is fitted; else 0.
    """
    values = rows * columns.width * max(classes, 1)
    fitting = MIN_LIMIT + rows / ROWS_PER_SECOND + values / VALUES_PER_SECOND
    return min(fitting, MAX_LIMIT) + SAVING_COLUMN * len(columns.names)


def saving_seconds(columns: Columns) -> float:
    """Return the estimated seconds to save the signatures of a small model over these columns."""
    return SAVING + SAVING_COLUMN * len(columns.names)


def network_saving_seconds(columns: Columns) -> float:
    """Return the estimated seconds that saving a network over these columns takes in addition."""
    return NETWORK + NETWORK_CATEGORY * len(columns.categories)
