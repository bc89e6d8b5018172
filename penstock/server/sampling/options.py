"""Which requests go into the log, and what of them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sampling:
    """Which requests go into the log, and what of them.

    Attributes:
        folder: The folder of the files, which is made if it is missing; below it are folders by model and signature.
        share: The share of the requests, from 0 to 1.
        without: The inputs and outputs that are left out.
        hashed: Those of which a keyed hash is written: equal values have equal hashes, and nobody without the key can
            find out a value by trying.
        key: The key of the hashes.
        most_bytes: The size at which a file is complete and another one begun.
        seconds: The age at which it is.
        waiting: How many requests may wait for being written; those above are dropped and counted.
        waiting_bytes: How many bytes they may have.
    """

    folder: Path
    share: float = 0.01
    without: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()
    key: bytes = b""
    most_bytes: int = 64 << 20
    seconds: float = 3600.0
    waiting: int = 1000
    waiting_bytes: int = 64 << 20
