"""Sends the requests of the HTTP client: the token, retries, and the server's errors as the registry's own."""

import ipaddress
import re
import ssl
import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from penstock.core.errors import ConfigError, PenstockError, StoreError
from penstock.core.text import shorten
from penstock.core.urls import mask_password
from penstock.registry.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized, unstorable

CONNECT_SECONDS = 10
# Longer than the server waits for its database.
ANSWER_SECONDS = 60
# Seconds before each further attempt.
PAUSES = (0.2, 1.0, 3.0)
_LONGEST_PAUSE = 10
# What to do about a server of an earlier release.
_OLDER = "update the server, or correct registry.uri"
_PARTS = ("what", "expected", "received", "next_step")
_KINDS = {kind.__name__: kind for kind in (Conflict, Forbidden, Invalid, NotFound, Unauthorized)}
# The server did not begin with the request.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Transport:
    """A connection to a server of the registry.

    Attributes:
        name: The address, for messages.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        """Check the address and the token; nothing is sent.

        Raises:
            ConfigError: The URL or the token is not valid.
        """
        parts = parsed(url)
        self.name = url.rstrip("/")
        headers = {"Accept": "application/json", "User-Agent": "penstock"}
        if token:
            if not re.fullmatch("[!-~]+", token):
                received = "one with spaces or other characters"
                raise ConfigError("registry.token", "a token as `penstock token create` prints it", received, "copy it")
            headers["Authorization"] = f"Bearer {token}"
        local = is_loopback(parts.hostname or "")
        self._client = httpx.Client(
            base_url=f"{self.name}/",
            headers=headers,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            # A proxy of the environment cannot reach this machine's own addresses.
            trust_env=not local,
            # Without a proxy and HTTPS no certificate is checked, and reading those of the authorities takes 16 ms.
            verify=parts.scheme == "https" or not local,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, method: str, path: str, *, repeatable: bool = True, **given: Any) -> bytes:
        """Send a request and return the body of its answer.

        Args:
            method: The method.
            path: The path, without a slash at its beginning.
            repeatable: Whether it may be sent again if no answer came, because a second one changes nothing.
            given: Its parameters, headers and content.

        Raises:
            RegistryError: The server refuses it.
            StoreError: The server does not answer, or is none of a registry.
        """
        for pause in (*PAUSES, None):
            try:
                answer = self._client.request(method, path, **given)
            except UnicodeEncodeError:
                raise unstorable() from None
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                retried = isinstance(error, _UNSENT) or (repeatable and isinstance(error, httpx.TransportError))
                if pause is None or not retried or is_certificate(error):
                    raise self._unanswered(error, changed=method != "GET" and not isinstance(error, _UNSENT)) from None
            else:
                if answer.is_success:
                    return self._content(answer)
                # A server that answers 429 or 503 changed nothing.
                if pause is None or answer.status_code not in (429, 503):
                    raise self._refused(answer)
                pause = max(pause, _asked_pause(answer))
                if pause > _LONGEST_PAUSE:
                    raise self._refused(answer)
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def foreign(self, received: str, next_step: str = "correct registry.uri") -> StoreError:
        """Return the error of an answer that no registry of this release gives."""
        return StoreError(f"registry {self.name}", "a Penstock registry of this release", received, next_step)

    def _content(self, answer: httpx.Response) -> bytes:
        if "application/json" not in answer.headers.get("content-type", ""):
            kind = answer.headers.get("content-type", "nothing").partition(";")[0]
            raise self.foreign(f"an answer of another kind ({shorten(kind, 40)})")
        return answer.content

    def _refused(self, answer: httpx.Response) -> PenstockError:
        """Return the error of an answer that is none of success."""
        if answer.is_redirect:
            place = urlsplit(answer.headers.get("location", ""))
            received = f"a redirection to {shorten(place.hostname or 'another path', 100)}"
            next_step = "set registry.uri to the final address"
            return StoreError(f"registry {self.name}", "an answer", received, next_step)
        try:
            error = answer.json()["error"]
            what, expected, received, next_step = (str(error[name]) for name in _PARTS)
            kind = _KINDS.get(error.get("kind"))
            details = tuple(str(each) for each in error.get("details", ()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return self.foreign(f"an answer of status {answer.status_code}")
        if unknown := _unknown(what, received):
            return self.foreign(f"an older one, which does not know {shorten(unknown, 80)}", _OLDER)
        if kind is not None:
            return kind(what, expected, received, next_step, details)
        if error.get("kind") == "UnknownRequest" and answer.status_code in (404, 405):
            return self.foreign("one that does not know this request", _OLDER)
        if answer.status_code in (413, 422):
            return Invalid(what, expected, received, next_step, details)
        received = f"{received} ({answer.status_code})"
        return StoreError(f"registry {self.name}: {what}", expected, received, next_step, details)

    def _unanswered(self, error: Exception, *, changed: bool) -> StoreError:
        """Return the error of a request without an answer."""
        next_step = "start `penstock registry serve`, or correct registry.uri"
        if changed:
            next_step = "look whether the change was made, then repeat it"
        return unanswered(f"registry {self.name}", error, next_step, ANSWER_SECONDS)


def unanswered(what: str, error: Exception, next_step: str, answer_seconds: int) -> StoreError:
    """Return the error of a request to a server that got no answer.

    Args:
        what: The server.
        error: Why there is none.
        next_step: What to do unless it is the server's certificate.
        answer_seconds: How long the answer may take.
    """
    if is_certificate(error):
        received = f"one that is not: {shorten(reason_of(error), 150)}"
        next_step = "correct the server's certificate, or name that of its authority in SSL_CERT_FILE"
        return StoreError(what, "a certificate that this machine trusts", received, next_step)
    if isinstance(error, httpx.TimeoutException):
        seconds = CONNECT_SECONDS if isinstance(error, httpx.ConnectTimeout) else answer_seconds
        return StoreError(what, f"an answer within {seconds} s", "none", next_step)
    received = shorten(mask_password(reason_of(error)), 150)
    return StoreError(what, "a server that answers", received, next_step)


def is_loopback(host: str) -> bool:
    """Return whether a name or an address is one of this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parsed(url: str, key: str = "registry.uri", instead: str = "registry.token to a token") -> SplitResult:
    """Return the parts of the address of a server.

    Args:
        url: The address.
        key: What names it, for messages.
        instead: What has the secret that does not belong into an address.

    Raises:
        ConfigError: It is not valid, or has a user or a password.
    """
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, httpx.InvalidURL):
        is_valid = False
    if not is_valid or re.search(r"[\s\x00-\x1f?#]", url):
        raise ConfigError(key, "https://HOST[:PORT]", repr(mask_password(url)), "correct it")
    if parts.username is not None:
        received = "one with a user or a password"
        raise ConfigError(key, "a URL without them", received, f"set {instead} instead")
    return parts


def _unknown(what: str, received: str) -> str | None:
    """Return the parameter or the field of a request that a server does not know: it is of an earlier release."""
    if what == "the parameters":
        return received.partition(" (did you mean")[0]
    return received.partition(":")[0] if received.endswith("Extra inputs are not permitted") else None


def _asked_pause(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0.0


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def is_certificate(error: Exception) -> bool:
    """Return whether a certificate is why a request got no answer."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _chain(error)) or (
        "CERTIFICATE_VERIFY_FAILED" in str(error)
    )


def reason_of(error: Exception) -> str:
    """Return why a request got no answer."""
    for each in _chain(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return str(each.verify_message)
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
