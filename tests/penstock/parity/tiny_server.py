"""A small server of TensorFlow Serving's REST interface with faults by request, and golden rows for it.

Its model adds up its numbers, and its serialized examples are JSON: neither it nor its client needs TensorFlow.
"""

import base64
import json
import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from penstock.parity.golden import GoldenRows

Row = dict[str, Any]
ROWS: list[Row] = [
    {"fare": 1.5, "kind": "Cash", "pair": [1.0, 2.0]},
    {"fare": None, "kind": "Card", "pair": [None, 4.0]},
    {"fare": 100000.0, "kind": "", "pair": [None, None]},
]


def model(row: Row) -> dict[str, Any]:
    fare = 0.25 if row["fare"] is None or math.isnan(row["fare"]) else row["fare"]
    pair = [0.0 if value is None or math.isnan(value) else value for value in row["pair"]]
    return {"probability": fare + sum(pair) + len(row["kind"]), "label": row["kind"] or "none"}


def golden(rows: list[Row] = ROWS, outputs: tuple[str, ...] = ("probability", "label")) -> GoldenRows:
    return GoldenRows(
        columns={name: tuple(row[name] for row in rows) for name in ROWS[0]},
        types={"fare": "float32", "kind": "string", "pair": "float32"},
        names={"fare": "the fare", "kind": "kind", "pair": "pair"},
        examples=tuple(base64.b64encode(json.dumps(row).encode()).decode() for row in rows),
        expected={name: tuple(model(row)[name] for row in rows) for name in outputs},
    )


class Server:
    """What a server answers; the attributes can be changed while it runs."""

    def __init__(self) -> None:
        self.model: Callable[[Row], dict[str, Any]] = model
        self.outputs: tuple[str, ...] = ("probability", "label")
        self.versions = [3]
        self.busy = 0  # the number of requests that are answered by 503
        self.closing = 0  # the number of requests that get no answer
        self.cut = 0  # the number of bytes that are missing at the end of an answer
        self.bodies: list[Any] = []
        self.paths: list[str] = []
        self.tokens: list[str | None] = []
        self.url = ""

    def answer(self, path: str, body: Any) -> tuple[int, Any]:
        found = re.fullmatch(r"/v1/models/taxi(?:/versions/(\d+))?(:predict)?", path)
        if self.busy:
            self.busy -= 1
            return 503, {"error": "not ready"}
        if not found:
            return 404, {"error": "Servable not found for request: Latest(other)"}
        if not found[2]:
            states = [{"version": str(each), "state": "AVAILABLE"} for each in self.versions]
            return 200, {"model_version_status": [*states, {"version": "1", "state": "END"}]}
        if found[1] and int(found[1]) not in self.versions:
            return 404, {"error": f"Servable not found for request: Specific(taxi, {found[1]})"}
        return 200, self.predict(body)

    def predict(self, body: Any) -> Any:
        if "inputs" in body:
            columns = body["inputs"]
            rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        elif body.get("signature_name") == "serve_tf_examples":
            rows = [json.loads(base64.b64decode(each["b64"])) for each in body["instances"]]
        else:
            rows = body["instances"]
        found = [{name: self.model(row)[name] for name in self.outputs} for row in rows]
        if len(self.outputs) == 1:
            [name] = self.outputs
            return {"outputs" if "inputs" in body else "predictions": [each[name] for each in found]}
        if "inputs" in body:
            return {"outputs": {name: [each[name] for each in found] for name in self.outputs}}
        return {"predictions": found}


@contextmanager
def running() -> Iterator[Server]:
    """Run a server at a free port."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer takes 40 ms

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(content) if content else None
            server.bodies.append(body)
            server.paths.append(self.path)
            server.tokens.append(self.headers.get("Authorization"))
            if server.closing:
                server.closing -= 1
                self.close_connection = True
                return
            status, answer = server.answer(self.path, body)
            text = json.dumps(answer).encode()
            text = text[: len(text) - server.cut] if self.path.endswith(":predict") else text
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
