"""Which requests go into the log, and what of them."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from penstock.core.features import hexadecimal_name, served_name, spelled_name


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

    def leaves_out(self, name: str) -> bool:
        """Return whether an input, a feature of examples or an output is left out."""
        return _is_named(name, self.without)

    def hashes(self, name: str) -> bool:
        """Return whether the hash of an input, a feature of examples or an output is written."""
        return _is_named(name, self.hashed)

    def unknown(self, names: Collection[str]) -> list[str]:
        """Return the columns to leave out or to hash that are none of some inputs and outputs."""
        return sorted(each for each in self.without | self.hashed if not any(_is_named(name, {each}) for name in names))


def _is_named(name: str, given: Collection[str]) -> bool:
    """Return whether a name is given, as the column of a table or as the input of a signature that is made of it."""
    return any(name in _names(each) or each in _names(name) for each in given)


@lru_cache(maxsize=10_000)
def _names(column: str) -> tuple[str, ...]:
    return column, served_name(column), spelled_name(column), hexadecimal_name(column)
