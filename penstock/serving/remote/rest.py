"""TensorFlow Serving's REST interface, as a client."""

import base64
import json
import threading
from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np

from penstock.core.errors import ConfigError, DataError
from penstock.core.text import shorten
from penstock.serving.model.scorer import SIGNATURE
from penstock.serving.remote.address import Address
from penstock.serving.remote.retrying import Patience, Unanswered, asked_pause, repeated
from penstock.serving.remote.signature import RemoteSignature, Tensor

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 120.0
_VERSION = "x-penstock-version"
_GONE = "correct --url or --version; if the version was replaced, name another one, or allow several with --any-version"
# 408: a process that was suspended in the middle of a request, or a slow network. 502 and 504 are of a proxy.
_PASSING = {
    408: "status 408 (the request arrived too slowly)",
    429: "status 429 (too many requests)",
    502: "status 502 (no valid answer behind the proxy)",
    503: "status 503 (not available)",
    504: "status 504 (no answer in time behind the proxy)",
}


class RestModel:
    """A model on a server, with one connection for each request at a time.

    Attributes:
        name: The address, for messages.
    """

    def __init__(self, address: Address, connections: int, token: str | None, patience: Patience) -> None:
        """Take the address, the number of requests at a time, and a bearer token."""
        self.name = str(address)
        self._address, self._patience = address, patience
        self._closed = threading.Event()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            headers={"User-Agent": "penstock", **headers},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=connections),
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections, and repeat nothing more."""
        self._closed.set()
        self._client.close()

    def signature(self) -> RemoteSignature:
        """Return the signature that the server's metadata has.

        Raises:
            ConfigError: The server has no such model, or its signature has another form.
            DataError: The server does not answer.
        """
        answer = self._send("GET", "/metadata")
        try:
            metadata = answer.json()
            signatures = metadata["metadata"]["signature_def"]["signature_def"]
            inputs, outputs = ({k: _tensor(v) for k, v in signatures[SIGNATURE][each].items()} for each in _SIDES)
            return RemoteSignature(int(metadata["model_spec"]["version"]), inputs, outputs)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            received = f"an answer without the signature {SIGNATURE}"
            raise ConfigError(
                self.name, "the metadata of a model of TensorFlow Serving", received, "correct --url"
            ) from None

    def predict(self, inputs: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], int | None]:
        """Return the outputs for columns, and the version that answered if the server says it.

        Raises:
            DataError: The server refuses the rows, or does not answer.
        """
        columns = {name: _plain(values) for name, values in inputs.items()}
        body = json.dumps({"signature_name": SIGNATURE, "inputs": columns}).encode()
        answer = self._send("POST", ":predict", content=body, headers={"Content-Type": "application/json"})
        try:
            outputs = json.loads(answer.content)["outputs"]
        except (ValueError, KeyError, TypeError, RecursionError):
            received = f"{shorten(repr(answer.text), 60)}"
            raise DataError(self.name, "predictions as JSON", received, "check what answers at this address") from None
        version = answer.headers.get(_VERSION, "")
        return _texts(outputs), int(version) if version.isascii() and version.isdecimal() else None

    def _send(self, method: str, path: str, **given: Any) -> httpx.Response:
        return repeated(lambda: self._attempt(method, path, given), self.name, self._patience, self._closed.wait)

    def _attempt(self, method: str, path: str, given: Mapping[str, Any]) -> httpx.Response:
        # The prefix is part of the path, which `Address` has quoted.
        scheme = "https" if self._address.secure else "http"
        url = f"{scheme}://{self._address.host}{self._address.path}{path}"
        try:
            answer = self._client.request(method, url, **given)
        except httpx.TransportError as error:
            raise Unanswered(str(error).lower() or type(error).__name__) from error
        if answer.status_code in _PASSING:
            raise Unanswered(_PASSING[answer.status_code], asked_pause(answer.headers.get("retry-after")))
        if answer.status_code != httpx.codes.OK:
            raise self._refused(answer)
        return answer

    def _refused(self, answer: httpx.Response) -> DataError:
        try:
            reason = str(answer.json()["error"])
        except (ValueError, KeyError, TypeError, RecursionError):
            reason = answer.reason_phrase
        received = f"status {answer.status_code} ({shorten(' '.join(reason.split()), 200)})"
        remedies = {404: _GONE, 413: "lower --batch-size", 401: "give the token by --token-file"}
        remedy = remedies.get(answer.status_code, "correct the rows or --url")
        return DataError(self.name, "predictions", received, remedy)


_SIDES = ("inputs", "outputs")


def _tensor(info: Mapping[str, Any]) -> Tensor:
    shape = info["tensor_shape"]
    if shape.get("unknown_rank"):
        return Tensor(str(info["dtype"]), None)
    return Tensor(str(info["dtype"]), tuple(int(each["size"]) for each in shape.get("dim") or ()))


def _plain(values: np.ndarray) -> list[Any]:
    """Return values as JSON has them; bytes that are not UTF-8 as base64."""
    if values.dtype != object:
        listed: list[Any] = values.tolist()
        return listed
    return [_text(value) if isinstance(value, bytes) else _plain(value) for value in values]


def _text(value: bytes) -> str | dict[str, str]:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


def _texts(outputs: Any) -> dict[str, Any]:
    """Return the outputs by name; the only one, which has no name in the answer, as the name "" ."""
    named = outputs if isinstance(outputs, dict) and "b64" not in outputs else {"": outputs}
    return {name: _decoded(values) if name.endswith("_bytes") else values for name, values in named.items()}


def _decoded(values: Any) -> Any:
    if isinstance(values, list):
        return [_decoded(value) for value in values]
    return base64.b64decode(values["b64"]) if isinstance(values, dict) and "b64" in values else values
