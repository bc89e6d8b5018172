"""The answers of a service that took no run, as errors in four parts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from penstock.core.errors import ConfigError, PenstockError
from penstock.core.text import shorten

# A server may repeat the header of the request.
_TOKEN = re.compile(r"(?i:bearer|basic)\s+[\w.~+/=-]{8,}|eyJ[\w-]+\.[\w.-]+|ya29\.[\w.-]+")
_LONGEST = 600


@dataclass(frozen=True)
class Service:
    """A service, and what to do about its answers.

    Attributes:
        name: Its address.
        remedies: What to do, by HTTP status.
        expected: What is expected, by HTTP status, if it is no run; 0 for any other status.
    """

    name: str
    remedies: Mapping[int, str]
    expected: Mapping[int, str] = field(default_factory=dict)

    def refused(self, status: int, message: str) -> PenstockError:
        """Return the error for an HTTP status and the message of the server."""
        kind = ConfigError if status in (400, 409) else PenstockError
        expected = {**_EXPECTED, **self.expected}.get(status, self.expected.get(0, "a run"))
        return kind(self.name, expected, f"HTTP {status}{_said(message)}", self.remedies.get(status, _LATER))

    def unreachable(self, reason: str) -> PenstockError:
        """Return the error for a service that cannot be reached."""
        return PenstockError(self.name, "a service that answers", _shown(reason), self.remedies[0])


_LATER = "repeat it later, or ask who runs the service"
_EXPECTED = {
    400: "a request that the service accepts",
    401: "credentials that the service accepts",
    403: "the permission to create runs",
    404: "the API of the service",
    409: "a name that no run has",
}


def not_installed(package: str, command: str) -> ConfigError:
    """Return the error of a command for a client that is not installed."""
    return ConfigError(command, f"the package {package}", "an environment without it", "run `make set-up`")


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it was raised from: clients raise others while they report one."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def without_tokens(text: str) -> str:
    """Return a text with `***` in place of what looks like a token."""
    return _TOKEN.sub("***", text)


def _said(message: str) -> str:
    return f": {_shown(message)}" if message.strip() else ""


def _shown(text: str) -> str:
    return shorten(without_tokens(text), _LONGEST).rstrip(".")
