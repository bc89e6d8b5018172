"""Which requests are copied to the challenger."""

import hashlib
from dataclasses import dataclass

from penstock.server.copying.waiting import Limits

_BYTES, _ALL = 8, 1 << 64


@dataclass(frozen=True)
class Challenging:
    """Which requests are copied to the challenger, which `ModelConfig` names.

    Attributes:
        share: The share of the requests, from 0 to 1.
        limits: How many copies may wait; those above are dropped and counted.
    """

    share: float = 0.1
    limits: Limits = Limits()

    def takes(self, request_id: str) -> bool:
        """Return whether the request of an id is one of the share: each server decides the same for one id."""
        digest = hashlib.sha256(b"challenger\0" + request_id.encode()).digest()
        return int.from_bytes(digest[:_BYTES], "big") < self.share * _ALL
