"""What a request may cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a request may cost.

    Attributes:
        body_bytes: The largest body.
        body_seconds: How long a body may take to arrive.
        headers: The most headers.
        rate: Requests in a minute of one token, or of one address without a token; 0 for no limit.
        refusals: Requests in a minute of one address whose token is not valid, until further ones are refused.
    """

    body_bytes: int = 8_000_000
    body_seconds: float = 30.0
    headers: int = 100
    rate: int = 6_000
    refusals: int = 60
