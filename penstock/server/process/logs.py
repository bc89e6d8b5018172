"""The logs: one line of JSON for each request, and lines about versions and errors."""

import errno
import logging
import os
import sys
import time
from typing import Any

import orjson

# Whoever read the log has gone.
_GONE = (errno.EPIPE, errno.EBADF)
# Everything of the server: versions, errors, and what the libraries say of requests that are no HTTP.
_LOGGERS = ("penstock", "uvicorn.error")


class AccessLog:
    """Writes a line for each request, to standard output."""

    def __init__(self, *, enabled: bool = True, descriptor: int = 1) -> None:
        """Make the log.

        Args:
            enabled: Whether anything is written.
            descriptor: Where.
        """
        self._descriptor = descriptor if enabled else -1
        self._second, self._text = 0, ""

    def write(self, **values: Any) -> None:
        """Write the values of a request that are not empty."""
        if self._descriptor < 0:
            return
        line = orjson.dumps(
            {"time": self._moment(), **{name: value for name, value in values.items() if value is not None}}
        )
        try:
            # One call, so that the lines of several processes do not mix.
            os.write(self._descriptor, line + b"\n")
        except OSError as error:
            # Requests are answered nevertheless; on a full disk the next lines may have room.
            if error.errno in _GONE:
                self._descriptor = -1

    def _moment(self) -> str:
        """Return the time in UTC; its text is made once a second."""
        now = time.time()
        if int(now) != self._second:
            self._second, self._text = int(now), time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        return f"{self._text}.{int(now % 1 * 1000):03}Z"


def log_lines() -> None:
    """Write what the server reports to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO if name == "penstock" else logging.ERROR)
