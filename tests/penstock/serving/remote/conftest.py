"""A server that answers as TensorFlow Serving's REST interface does, and fails in the ways that a test lists."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from penstock.serving.remote.address import Address
from penstock.serving.remote.retrying import Patience

TYPES = {"color": "DT_STRING", "count": "DT_DOUBLE"}
PATIENCE = Patience(attempts=5, first=0.001, longest=0.001)


class Server(ThreadingHTTPServer):
    """A model that doubles `count`.

    Attributes:
        faults: What the next predictions do instead of answering.
        scored: The counts of the rows that it has answered.
        version: The version that it says, None for none.
        now: The version that it has.
        headers: The headers of the requests for predictions.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults: list[str] = []
        self.scored: list[float] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.now, self.says = 3, True
        self.types, self.outputs = TYPES, {"prediction": "DT_FLOAT"}
        self.lock = threading.Lock()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def address(self, **more) -> Address:
        return Address(self.host, "m", **more)

    def handle_error(self, *_) -> None:
        """Say nothing of clients that close."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer takes 40 ms
    server: Server

    def log_message(self, *_) -> None:
        """Log nothing."""

    def do_GET(self) -> None:  # noqa: N802
        def tensors(types):
            shape = {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}
            return {name: {"dtype": kind, "tensor_shape": shape, "name": "x:0"} for name, kind in types.items()}

        signature = {"inputs": tensors(self.server.types), "outputs": tensors(self.server.outputs)}
        spec = {"name": "m", "signature_name": "", "version": str(self.server.now)}
        found = {"model_spec": spec, "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}}}
        self.answer(200, json.dumps(found))

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.paths.append(self.path)
            self.server.headers.append(dict(self.headers))
            fault = self.server.faults.pop(0) if self.server.faults else ""
            # A request that is still in flight when a test begins a new list is one of the old list.
            scored = self.server.scored
        counts = body["inputs"]["count"]
        predictions = json.dumps({"outputs": [2 * count for count in counts]})
        if fault in BUSY:
            status, headers = BUSY[fault]
            self.answer(status, '{"error": "busy"}', **headers)
        elif fault in ("close", "cut"):
            if fault == "cut":
                self.send_response(200)
                self.send_header("Content-Length", str(len(predictions)))
                self.end_headers()
                self.wfile.write(predictions[:10].encode())
            self.close_connection = True
            self.connection.close()
        elif fault in ANSWERS:
            self.answer(*ANSWERS[fault])
        elif fault == "new":
            self.server.now += 1
            self.answer(200, predictions)
        else:
            scored += counts
            self.answer(200, predictions)

    def answer(self, status: int, text: str, **headers: str) -> None:
        self.send_response(status)
        if self.server.says:
            headers["x-penstock-version"] = str(self.server.now)
        for name, value in {"Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


BUSY = {
    **{str(status): (status, {}) for status in (408, 502, 503, 504)},
    "429": (429, {"Retry-After": "7"}),
    "soon": (429, {"Retry-After": "0.1"}),
}
ANSWERS = {
    "fewer": (200, '{"outputs": [1.0]}'),
    "more": (200, json.dumps({"outputs": [1.0] * 5000})),
    "invalid": (200, '{"outputs": [1.0'),
    "empty": (200, ""),
    "deep": (200, "[" * 100_000),
    "list": (200, "[1]"),
    "text": (200, '{"outputs": ["a", "b"]}'),
    "none": (200, '{"outputs": [null, null]}'),
    "ragged": (200, '{"outputs": [[1.0], [1.0, 2.0]]}'),
    "one": (200, '{"outputs": 1.0}'),
    "other": (200, '{"outputs": {"a": [1.0, 2.0], "b": [1.0, 2.0]}}'),
    "error": (200, '{"error": "no"}'),
    "400": (400, '{"error": "x must\\n be positive"}'),
    "404": (404, '{"error": "Servable not found for request: Specific(m, 3)"}'),
    "413": (413, "too large"),
    "401": (401, '{"error": "no token"}'),
    "500": (500, "<html>"),
    "302": (302, ""),
}


@contextmanager
def started() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with started() as made:
        yield made
