"""The metrics of a prediction server, asked for while a page waits: within a second, and of a limited size."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from prometheus_client.parser import text_string_to_metric_families

from penstock.core.errors import PenstockError
from penstock.registry.transport import is_loopback

SECONDS = 1.0
_LARGEST = 4 << 20
_OURS = (b"penstock_", b"# TYPE penstock_")


class NoMetrics(PenstockError):
    """A server has no metrics that can be read."""


@dataclass(frozen=True)
class Sample:
    """One number of the metrics: its name, its labels and its value."""

    name: str
    labels: dict[str, str]
    value: float


def scrape(url: str) -> list[Sample]:
    """Return the numbers that the server counts by Penstock's names; TensorFlow Serving's say the same.

    Raises:
        NoMetrics: It does not answer within a second, or answers something else.
    """
    text = b"\n".join(line for line in _body(url).splitlines() if line.startswith(_OURS)) + b"\n"
    try:
        found = list(_samples(text.decode()))
    except ValueError:
        raise _refusal(url, "lines that are no metrics") from None
    if not found:
        raise _refusal(url, "none of Penstock's")
    return found


def _samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        for each in family.samples:
            yield Sample(each.name, dict(each.labels), float(each.value))


def _body(url: str) -> bytes:
    local = is_loopback(urlsplit(url).hostname or "")
    until = time.monotonic() + SECONDS
    try:
        with (
            # A proxy of the environment cannot reach this machine's own addresses. Reading the certificates of the
            # authorities takes 16 ms.
            httpx.Client(timeout=SECONDS, trust_env=not local, verify=url.startswith("https")) as client,
            client.stream("GET", url, headers={"Accept": "text/plain"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise _refusal(url, f"the code {answer.status_code}")
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > _LARGEST:
                    raise _refusal(url, f"more than {_LARGEST >> 20} MB")
                if time.monotonic() > until:
                    raise _refusal(url, f"no end within {SECONDS:g} s")
            return body
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise _refusal(url, reason) from None


def _refusal(url: str, received: str) -> NoMetrics:
    next_step = "start `penstock serve`, or set `metrics` in [dashboard] to the address of its metrics"
    return NoMetrics(f"the metrics at {url}", "those of a prediction server", received, next_step)
