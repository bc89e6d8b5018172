"""A scorer that asks a server, and the version of the model that answered each row."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from penstock.core.errors import ConfigError, DataError
from penstock.serving.model.scorer import Scorer
from penstock.serving.remote.address import Address
from penstock.serving.remote.rest import RestModel
from penstock.serving.remote.retrying import Patience
from penstock.serving.remote.signature import RemoteSignature

VERSION = "model_version"


class RemoteModel(Protocol):
    """A model on a server."""

    name: str

    def close(self) -> None:
        """Close the connections."""
        ...

    def signature(self) -> RemoteSignature:
        """Return its signature."""
        ...

    def predict(self, inputs: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], int | None]:
        """Return the outputs for columns, and the version that answered if the server says it."""
        ...


@dataclass(frozen=True)
class Server:
    """How a server is asked.

    Attributes:
        address: The model on it.
        grpc: Whether over gRPC, or else over REST.
        parallel: The number of requests at a time.
        token: The bearer token.
        any_version: Whether several versions may answer.
        patience: How long requests are repeated.
    """

    address: Address
    grpc: bool = False
    parallel: int = 4
    token: str | None = None
    any_version: bool = False
    patience: Patience = Patience()  # noqa: RUF009


class RemoteScorer:
    """Asks a server for predictions, and compares the version of each answer with the first one.

    Attributes:
        signature: The signature of the version that answered first.
        scorer: The scorer.
    """

    def __init__(self, server: Server, model: RemoteModel) -> None:
        """Take the connection, and ask for the signature."""
        self._server, self._model = server, model
        self.signature = model.signature()
        self.versions: set[int] = set()
        self._lock = threading.Lock()
        outputs = tuple(sorted(self.signature.outputs))
        if VERSION in outputs:
            received = f"an output {VERSION!r}"
            raise ConfigError(model.name, "no output of the name of the column of the version", received, "rename it")
        kinds, widths = self.signature.kinds(model.name), self.signature.widths()
        self.scorer = Scorer(kinds, (*outputs, VERSION), self._score, widths)

    def _score(self, columns: Mapping[str, np.ndarray]) -> list[pa.Array]:
        rows = len(next(iter(columns.values())))
        inputs = {name: self.signature.to_send(name, values) for name, values in columns.items()}
        outputs, version = self._model.predict(inputs)
        names = self.scorer.outputs[:-1]
        if set(outputs) == {""}:
            outputs = {names[0]: outputs[""]} if len(names) == 1 else outputs
        missing = [name for name in names if name not in outputs]
        if missing:
            received = f"no {missing[0]!r}"
            raise DataError(self._model.name, f"the outputs {', '.join(names)}", received, "check the server")
        found = [self.signature.received(name, outputs[name], rows, self._model.name) for name in names]
        return [*found, pa.array(np.full(rows, self._checked(version)))]

    def _checked(self, version: int | None) -> int:
        """Return the version that answered.

        Raises:
            DataError: It is another one than before, and this was not asked for.
        """
        if version is None and self._server.any_version and self._server.address.version is None:
            expected, received = "answers with their version, for --any-version", "none"
            raise DataError(self._model.name, expected, received, "leave --any-version out, or use --grpc")
        # A server that does not say it was asked for this version.
        answered = self.signature.version if version is None else version
        with self._lock:
            self.versions.add(answered)
        if answered != self.signature.version and not self._server.any_version:
            expected, received = f"answers of version {self.signature.version}", f"one of version {answered}"
            raise DataError(self._model.name, expected, received, "name a version, or allow several with --any-version")
        return answered


@contextmanager
def connected(server: Server) -> Iterator[RemoteScorer]:
    """Connect to a server; unless several versions are allowed, it is asked for the version that it has now.

    So a file is scored by one version while another one is loaded, also by a server that does not say which one
    answers, as TensorFlow Serving over REST.

    Raises:
        ConfigError: There is no such model, or its signature has another form.
        DataError: The server does not answer.
    """
    model = _connect(server, server.address)
    try:
        if not server.any_version and server.address.version is None:
            found = model.signature().version
            model.close()
            model = _connect(server, server.address.of_version(found))
        yield RemoteScorer(server, model)
    finally:
        model.close()


def _connect(server: Server, address: Address) -> RemoteModel:
    parts = (address, server.parallel, server.token, server.patience)
    if not server.grpc:
        return RestModel(*parts)
    from penstock.serving.remote.rpc import RpcModel  # gRPC is not needed for REST

    return RpcModel(*parts)
