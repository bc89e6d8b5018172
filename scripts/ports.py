"""Ports of loopback for servers that take a number when they start."""

import random
import socket
from pathlib import Path

from penstock.core.errors import ConfigError

HOST = "127.0.0.1"
# Linux gives outgoing connections ports of this range: one of them could take the port before the server has it.
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _TRIES = 10_000, 100
_RANDOM = random.SystemRandom()


def free_port(preferred: int = 0) -> int:
    """Return a free port of loopback, the preferred one if it is free; no outgoing connection takes the others.

    Raises:
        ConfigError: None is free.
    """
    highest = _first_of_connections() - 1
    others = [_RANDOM.randint(_LOWEST, highest) for _ in range(_TRIES)] if highest > _LOWEST else [0]
    for port in (*([preferred] if preferred else []), *others):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigError(f"a port of {HOST}", "a free one", "none", "end other servers")


def _first_of_connections() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 49_152  # the first of IANA's dynamic ports, which other systems take
