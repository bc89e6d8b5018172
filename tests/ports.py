"""Ports of loopback for servers that the tests start: a server has its port some time after it was chosen."""

import os

from scripts.ports import free_port

_given: set[int] = set()


def own_port() -> int:
    """Return a free port that no other process of pytest-xdist chooses, and this one only once."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    # A process that replaces one that has ended has a higher number.
    while (port := free_port()) % count != number % count or port in _given:
        pass
    _given.add(port)
    return port
