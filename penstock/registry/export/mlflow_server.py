"""Sends requests to MLflow's REST API; what it refuses is one sentence."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from penstock.core.errors import ConfigError, StoreError
from penstock.core.text import shorten
from penstock.core.urls import mask_password
from penstock.registry.transport import CONNECT_SECONDS, is_loopback, parsed, unanswered

USER, PASSWORD, TOKEN = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"  # noqa: S105
MISSING, EXISTS = "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS"
ANSWER_SECONDS = 120
_API = "api/2.0/mlflow"
_FILES = "api/2.0/mlflow-artifacts/artifacts"


class MlflowServer:
    """A connection to an MLflow server.

    Attributes:
        name: The address, for messages.
    """

    def __init__(self, url: str, variables: Mapping[str, str]) -> None:
        """Check the address and the credentials; nothing is sent.

        Args:
            url: `https://HOST`, with a path if the server is below one.
            variables: Of `MLFLOW_TRACKING_TOKEN`, `_USERNAME` and `_PASSWORD` those that are set.

        Raises:
            ConfigError: One of them is not valid.
        """
        parts = parsed(url, "--url", f"{USER} and {PASSWORD}")
        self.name = url.rstrip("/")
        local = is_loopback(parts.hostname or "")
        self._client = httpx.Client(
            base_url=f"{self.name}/",
            headers={"Accept": "application/json", "User-Agent": "penstock", **_authorization(variables)},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            # A proxy of the environment cannot reach this machine's own addresses.
            trust_env=not local,
            # Without a proxy and HTTPS no certificate is checked, and reading those of the authorities takes 16 ms.
            verify=parts.scheme == "https" or not local,
        )

    def __enter__(self) -> "MlflowServer":
        """Return the connection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._client.close()

    def find(self, path: str, **parameters: str) -> dict[str, Any] | None:
        """Return the answer to a GET; None if there is no such thing.

        Raises:
            ConfigError: The server refuses it.
            StoreError: It does not answer, or is no MLflow.
        """
        answer = self._send("GET", f"{_API}/{path}", params=parameters)
        return None if _code(answer) == MISSING else self._content(answer, path)

    def post(self, path: str, body: Mapping[str, Any], method: str = "POST") -> dict[str, Any]:
        """Return the answer to a body.

        Raises:
            ConfigError: The server refuses it.
            StoreError: It does not answer, or is no MLflow.
        """
        return self._content(self._send(method, f"{_API}/{path}", json=dict(body)), path)

    def create(self, path: str, body: Mapping[str, Any]) -> None:
        """Make something that another client may have made meanwhile.

        Raises:
            ConfigError: The server refuses it.
            StoreError: It does not answer, or is no MLflow.
        """
        answer = self._send("POST", f"{_API}/{path}", json=dict(body))
        if _code(answer) != EXISTS:
            self._content(answer, path)

    def upload(self, file: Path, place: str) -> None:
        """Store a file below the artifacts that the server keeps.

        Raises:
            ConfigError: The server refuses it.
            StoreError: It does not answer.
        """
        with file.open("rb") as content:
            length = {"Content-Length": str(file.stat().st_size)}
            answer = self._send("PUT", f"{_FILES}/{quote(place)}", content=content, headers=length)
        if not answer.is_success:
            raise self._refused(answer, f"the upload of {file.name}")

    def _send(self, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **given)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self._unanswered(error) from None

    def _content(self, answer: httpx.Response, path: str) -> dict[str, Any]:
        if not answer.is_success:
            raise self._refused(answer, path)
        try:
            content = answer.json()
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise self._foreign("an answer that is no JSON object")
        return content

    def _refused(self, answer: httpx.Response, what: str) -> ConfigError | StoreError:
        place = f"MLflow server {self.name}"
        if answer.status_code == 401:
            return ConfigError(
                place, f"{TOKEN}, or {USER} and {PASSWORD}, that it accepts", "others or none", "set them"
            )
        if answer.status_code == 403:
            return ConfigError(place, "a user who may do this", f"a refusal of {what}", "ask for the permission")
        if answer.is_redirect:
            return StoreError(place, "an answer", "a redirection", "correct --url, or sign in by its proxy first")
        if answer.status_code in (429, 502, 503, 504):
            received = f"status {answer.status_code} to {what}"
            return StoreError(place, "a server that is ready", received, "repeat the command; it goes on where it was")
        if not _code(answer):
            return self._foreign(f"status {answer.status_code} to {what}")
        message = shorten(mask_password(str(_error(answer).get("message", ""))), 200)
        received = f"{_code(answer)}: {message}".rstrip(". ")
        return ConfigError(f"{place}: {what}", "a request that it accepts", received, "correct it there, then repeat")

    def _foreign(self, received: str) -> StoreError:
        return StoreError(f"MLflow server {self.name}", "MLflow's REST API", received, "correct --url")

    def _unanswered(self, error: Exception) -> StoreError:
        next_step = "start it, or correct --url; a repeated export goes on where it was"
        return unanswered(f"MLflow server {self.name}", error, next_step, ANSWER_SECONDS)


def _authorization(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the header that MLflow's own client would send: the user comes before the token."""
    user, password, token = (variables.get(name, "") for name in (USER, PASSWORD, TOKEN))
    if bool(user) != bool(password):
        received = f"{USER if user else PASSWORD} only"
        raise ConfigError("the environment", f"both {USER} and {PASSWORD}", received, "set the other one too")
    if user:
        request = httpx.Request("GET", "http://localhost")
        [signed] = httpx.BasicAuth(user, password).auth_flow(request)
        return {"Authorization": signed.headers["Authorization"]}
    if token and not re.fullmatch("[!-~]+", token):
        received = "one with spaces or other characters"
        raise ConfigError(TOKEN, "a token without spaces", received, "copy it again")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _error(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_success:
        return {}
    try:
        content = answer.json()
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _code(answer: httpx.Response) -> str:
    """Return the code of MLflow's error; empty if the answer is none."""
    return str(_error(answer).get("error_code") or "")
