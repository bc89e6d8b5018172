"""A client of TensorFlow Serving's REST interface, for golden rows: one connection, and a few attempts.

`http.client` and not httpx: it adds a tenth of the time to a request, and the latency is measured with it.
"""

import http.client
import json
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from penstock.core.errors import ConfigError, PenstockError, StoreError
from penstock.core.text import shorten
from penstock.core.urls import mask_password

# Seconds before each further attempt if the server is busy, starts, or closes the connection.
PAUSES = (0.2, 1.0, 3.0)
ANSWER_SECONDS = 60
_BUSY = (429, 503)
_PREFIX = "/v1/models/"


class Refused(PenstockError):
    """An answer of a server that refuses a request.

    Attributes:
        status: The status of the answer.
    """

    status = 0


class RestServer:
    """A model of a server.

    Attributes:
        name: The address of the model, for messages.
    """

    def __init__(self, url: str, model: str, version: int | None, token: str | None = None) -> None:
        """Check the address; nothing is sent.

        Args:
            url: The address of the server, or of a model (`.../v1/models/NAME`), which is then used as it is.
            model: The name of the model, if the address has none.
            version: The number of the version, if the address has none; None for the latest.
            token: A bearer token.

        Raises:
            ConfigError: The address is not valid.
        """
        parts = urlsplit(_checked(url))
        path = parts.path.rstrip("/")
        if _PREFIX not in f"{path}/":
            path += f"{_PREFIX}{model}" + ("" if version is None else f"/versions/{version}")
        self.name = f"{parts.scheme}://{parts.netloc}{path}"
        self._path, self._host, self._port = path, str(parts.hostname), parts.port
        self._secure = parts.scheme == "https"
        self._headers = {"Content-Type": "application/json", "User-Agent": "penstock"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def predict(self, body: Mapping[str, Any]) -> Any:
        """Return the answer to a request.

        Raises:
            Refused: The server refuses the request.
            StoreError: The server does not answer, or the answer is no JSON.
        """
        content = json.dumps(body).encode()
        for pause in (*PAUSES, None):
            try:
                status, answer = self._send("POST", f"{self._path}:predict", content)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if pause is None or isinstance(error, ssl.SSLCertVerificationError):
                    raise self._unanswered(error) from None
            else:
                if status == 200:
                    return self._parsed(answer)
                if pause is None or status not in _BUSY:
                    raise self._refused(status, answer)
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def versions(self) -> list[int]:
        """Return the versions that the server has available; none if it does not say."""
        model = self._path.partition("/versions/")[0].partition("/labels/")[0]
        try:
            status, answer = self._send("GET", model, None)
            found = json.loads(answer)["model_version_status"] if status == 200 else []
            return sorted(int(each["version"]) for each in found if each.get("state") == "AVAILABLE")
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
            self.close()
            return []

    def _send(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._connection = kind(self._host, self._port, timeout=ANSWER_SECONDS)
        self._connection.request(method, path, content, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def _parsed(self, answer: bytes) -> Any:
        try:
            return json.loads(answer)
        except (ValueError, RecursionError):
            text = shorten(repr(answer[-40:].decode(errors="replace")), 60)
            received = f"{len(answer)} bytes that end in {text}"
            raise StoreError(self.name, "an answer in JSON", received, "look at the server's log") from None

    def _refused(self, status: int, answer: bytes) -> PenstockError:
        try:
            reason = str(json.loads(answer)["error"])
        except (ValueError, KeyError, TypeError, RecursionError):
            reason = answer.decode(errors="replace") or "nothing"
        received = f"status {status}: {shorten(' '.join(reason.split()), 200)}"
        if status in _BUSY:
            return StoreError(self.name, "an answer", received, "try again when the server is ready")
        if status in (401, 403):
            return StoreError(self.name, "an answer", received, "set a token that the server accepts")
        refused = Refused(self.name, "an answer", received, "look at the server's log")
        refused.status = status
        return refused

    def _unanswered(self, error: Exception) -> StoreError:
        if isinstance(error, TimeoutError):
            return StoreError(self.name, f"an answer within {ANSWER_SECONDS} s", "none", _START)
        if isinstance(error, ssl.SSLCertVerificationError):
            next_step = "correct the server's certificate, or name that of its authority in SSL_CERT_FILE"
            return StoreError(self.name, "a certificate that this machine trusts", str(error.verify_message), next_step)
        if isinstance(error, http.client.BadStatusLine) and not isinstance(error, OSError):
            # Its text is what was received, as from a port of gRPC.
            return StoreError(self.name, "an answer in HTTP", "another protocol", "name the port of REST in --url")
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return StoreError(self.name, "a server that answers", shorten(str(reason).lower(), 150), _START)


_START = "start the server, or correct --url"


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or not url.isascii() or not url.isprintable() or set(" ?#") & set(url):
        raise ConfigError("--url", "http://HOST[:PORT] or https://HOST[:PORT]", repr(mask_password(url)), "correct it")
    if parts.username is not None:
        raise ConfigError("--url", "a URL without a user or a password", "one with them", "remove them")
    return url
