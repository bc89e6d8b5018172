"""A clock that moves when it is read, so that a test says at which reading a deadline has passed."""

import itertools


class Clock:
    """Gives a microsecond more at each reading, and from one reading on seconds that are far more."""

    def __init__(self, jump=None, far=1e9):
        self.readings, self._count, self._jump, self._far = 0, itertools.count(), jump, far

    def __call__(self):
        number = next(self._count)
        self.readings = number + 1
        return number * 1e-6 + (self._far if self._jump is not None and number >= self._jump else 0.0)
