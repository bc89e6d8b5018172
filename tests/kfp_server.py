"""A local server that answers as the API of Kubeflow Pipelines, with the models of its client."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import kfp_server_api as api

API = "/apis/v2beta1"
RUN = "0c6b7a52-5c3f-4a53-a0b3-0b1a2d7c9e11"


@dataclass(frozen=True)
class Asked:
    """A request that the server received."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Server:
    """The state of the server, and how it behaves.

    Attributes:
        address: Its address.
        answers: Another answer (status, content type, body) for a method and a path.
        silent: Paths that are never answered.
        experiments: The identifiers of experiments by name.
        asked: What was asked, in order.
    """

    address: str = ""
    answers: dict[tuple[str, str], tuple[int, str, str]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    experiments: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def of(self, method: str, path: str) -> list[Asked]:
        """Return the requests of a method and a path."""
        return [each for each in self.asked if (each.method, each.path) == (method, API + path)]

    def refuse(self, path: str, status: int, message: str, method: str = "POST") -> None:
        """Answer with the error that the API server writes: a status of gRPC with its message."""
        body = json.dumps({"error": message, "code": 3, "message": message, "details": []})
        self.answers[method, API + path] = (status, "application/json", body)

    def answer(self, asked: Asked) -> tuple[int, str, str]:
        """Return status, content type and body."""
        if asked.path in self.silent:
            self.closed.wait(60)
        given = self.answers.get((asked.method, asked.path))
        if given:
            return given
        return 200, "application/json", json.dumps(api.ApiClient().sanitize_for_serialization(self._found(asked)))

    def _found(self, asked: Asked) -> Any:
        match asked.method, asked.path.removeprefix(API):
            case "GET", "/healthz":
                return api.V2beta1GetHealthzResponse(multi_user=False)
            case "GET", "/experiments":
                name = json.loads(asked.query["filter"])["predicates"][0]["stringValue"]
                found = [self._experiment(name)] if name in self.experiments else []
                return api.V2beta1ListExperimentsResponse(experiments=found, total_size=len(found))
            case "POST", "/experiments":
                self.experiments[asked.body["display_name"]] = f"experiment-{len(self.experiments)}"
                return self._experiment(asked.body["display_name"])
            case "POST", "/runs":
                kept = ("experiment_id", "display_name", "service_account")
                return api.V2beta1Run(run_id=RUN, state="PENDING", **{name: asked.body.get(name) for name in kept})
        raise AssertionError(f"{asked.method} {asked.path}")

    def _experiment(self, name: str) -> api.V2beta1Experiment:
        return api.V2beta1Experiment(experiment_id=self.experiments[name], display_name=name)


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # else each answer takes 40 ms
    state: Server

    def _reply(self) -> None:
        place = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(place.query, keep_blank_values=True).items()}
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(
            self.command,
            place.path,
            query,
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(text) if text else None,
        )
        self.state.asked.append(asked)
        status, kind, body = self.state.answer(asked)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = _reply  # noqa: N815  the names that the base class calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""


@contextmanager
def serving() -> Iterator[Server]:
    """Start the server on loopback, and stop it at the end."""
    state = Server()
    web = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    web.daemon_threads = True
    state.address = f"http://127.0.0.1:{web.server_port}"
    threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        state.closed.set()
        web.shutdown()
        web.server_close()
