"""How many requests a token or an address may send, counted in this process."""

import hashlib
import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


class Rates:
    """The counts of this process, in windows of a minute."""

    def __init__(self, rate: int, refusals: int) -> None:
        """Start to count.

        Args:
            rate: Requests in a minute; 0 for no limit.
            refusals: Requests without a valid token in a minute; 0 for no limit.
        """
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rate = RateLimitItemPerMinute(rate) if rate else None
        self._refusals = RateLimitItemPerMinute(refusals) if refusals else None

    def wait(self, authorization: str | None, address: str) -> int:
        """Count a request, and return the seconds until the next one is allowed; 0 if this one is."""
        if self._refusals and not self._limiter.test(self._refusals, "refused", address):
            return self._seconds(self._refusals, "refused", address)
        # The storage keeps no token.
        who = hashlib.sha256(authorization.encode()).hexdigest() if authorization else address
        if self._rate and not self._limiter.hit(self._rate, "rate", who):
            return self._seconds(self._rate, "rate", who)
        return 0

    def refused(self, address: str) -> None:
        """Count a request whose token was not valid."""
        if self._refusals:
            self._limiter.hit(self._refusals, "refused", address)

    def _seconds(self, item: RateLimitItemPerMinute, kind: str, who: str) -> int:
        return max(1, math.ceil(self._limiter.get_window_stats(item, kind, who).reset_time - time.time()))
