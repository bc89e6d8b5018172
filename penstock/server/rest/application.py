"""The ASGI application: TensorFlow Serving's REST, the Open Inference Protocol, metrics and health."""

import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from penstock.server.errors import Code, ServingError
from penstock.server.models.models import Models
from penstock.server.rest import bodies, describing, examples, openapi, predicting
from penstock.server.rest.answers import Answer, of_error, of_message
from penstock.server.rest.bodies import DisconnectedError, NoRoomError, Place, Receive, TooLargeError
from penstock.server.rest.inference import answering, routing
from penstock.server.rest.options import Options
from penstock.server.rest.targets import target
from penstock.server.rest.working import Worker

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, GET",
    "access-control-allow-headers": "Content-Type",
}
PLAIN = "text/plain"
_ORIGIN = re.compile("https?://")
_PREDICTIONS = {"predict": predicting.predict, "classify": examples.classify, "regress": examples.regress}
_LOG = logging.getLogger(__name__)


def application(models: Models, options: Options = Options()) -> "Application":  # noqa: B008  it is frozen
    """Return the application.

    If the scope of a request has a dictionary `penstock`, what was asked for is put into it: `model`, `version`,
    `method` and `code`.
    """
    return Application(models, options)


class Application:
    """The application for some models."""

    def __init__(self, models: Models, options: Options) -> None:
        """Make the application; nothing runs before the first request."""
        self._models, self._options, self._worker = models, options, Worker()
        self._room = bodies.Room(options.max_bodies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                answer = await self._answer(scope, receive)
            except DisconnectedError:
                return
            await _send(answer, scope, send)

    def close(self) -> None:
        """End what was started for long work."""
        self._worker.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.shutdown":
                self.close()
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path = scope.get("raw_path", scope["path"].encode()).partition(b"?")[0].decode("latin-1")
        try:
            return self._health(scope["method"], path) or await self._api(scope, receive, path)
        except ServingError as error:
            _record(scope, code=error.code)
            return of_error(error)
        except TooLargeError:
            _record(scope, code=Code.RESOURCE_EXHAUSTED)
            message = f"The body has more than {self._options.max_body} bytes, the limit of this server."
            return of_message(413, message, connection="close")
        except NoRoomError:
            _record(scope, code=Code.RESOURCE_EXHAUSTED)
            message = f"The server reads bodies of {self._options.max_bodies} bytes already; try again later."
            return of_message(429, message, connection="close", **{"retry-after": "1"})
        except DisconnectedError:
            raise
        except Exception:
            _LOG.exception("A request to %s failed", path)
            _record(scope, code=Code.INTERNAL)
            return of_message(500, "The server failed at this request; its log has the reason.")

    def _health(self, method: str, path: str) -> Answer | None:
        options = self._options
        if method not in ("GET", "HEAD"):
            return None
        if path == options.metrics_path and options.metrics is not None:
            return Answer(200, options.metrics(), PLAIN)
        if path == options.live_path:
            return Answer(200 if options.live() else 503, content_type=PLAIN)
        if path == options.ready_path:
            return Answer(200 if self._ready() else 503, content_type=PLAIN)
        return None

    async def _api(self, scope: Scope, receive: Receive, path: str) -> Answer:
        prefix = self._options.prefix.rstrip("/")
        method, inner = scope["method"], path.removeprefix(prefix)
        if not path.startswith(prefix):
            return of_message(404, f"Nothing is at {path}; the paths here begin with {prefix}")
        if inner[:4].lower() == "/v1/":
            answer = await _recorded(scope, self._serving(scope, receive, method, inner))
        elif (route := routing.route(inner)) is not None:
            answer = await _recorded(scope, self._inference(scope, receive, method, route))
        elif inner == openapi.PATH and method == "GET":
            answer = Answer(200, openapi.document(prefix, self._options.version))
        else:
            return of_message(404, f"Nothing is at {path}; expected a path under {prefix}/v1/ or {prefix}/v2")
        if self._options.cors:
            answer.headers.update(CORS)
        return answer

    async def _serving(self, scope: Scope, receive: Receive, method: str, path: str) -> Answer:
        """Answer as TensorFlow Serving."""
        if method == "OPTIONS":
            return _preflight(scope)
        asked = target(method, path)
        _record(scope, model=asked.model, method=asked.method)
        if asked.method in _PREDICTIONS:
            with Place(self._room) as take:
                body = await self._body(scope, receive, take)
                return await _PREDICTIONS[asked.method](self._models, asked, body, self._worker)
        describe = describing.metadata if asked.method == "metadata" else describing.status
        return describe(self._models, asked)

    async def _inference(self, scope: Scope, receive: Receive, method: str, route: routing.Route) -> Answer:
        """Answer by the Open Inference Protocol."""
        if method == "OPTIONS":
            return _preflight(scope)
        if method != route.method and not (method == "HEAD" and route.method == "GET"):
            return of_message(405, f"{method} is not allowed here; expected {route.method}", allow=route.method)
        _record(scope, model=route.model, method=route.action)
        if route.action != "infer":
            return self._fixed(route)
        with Place(self._room) as take:
            return await self._infer(scope, route, await self._body(scope, receive, take))

    async def _infer(self, scope: Scope, route: routing.Route, body: bytes) -> Answer:
        size = _header(scope, answering.HEADER_LENGTH.encode())
        length = size.decode("latin-1") if size else None
        return await answering.infer(self._models, (route.model, route.number), body, length, self._worker)

    def _fixed(self, route: routing.Route) -> Answer:
        if route.action == "server":
            return answering.server(self._options.version)
        if route.action == "live":
            return _health_answer(self._options.live(), "the server does not work and should be started again")
        if route.action == "all_ready":
            return _health_answer(self._ready(), "not every model has a version that is loaded")
        if route.action == "index":
            return answering.index(self._models)
        answer = answering.ready if route.action == "ready" else answering.metadata
        return answer(self._models, route.model, route.number)

    def _ready(self) -> bool:
        if self._options.ready is not None:
            return self._options.ready()
        return self._models.is_ready()

    async def _body(self, scope: Scope, receive: Receive, take: Callable[[int], None]) -> bytes:
        """Return the body, whose bytes `take` counts."""
        limit = self._options.max_body
        body = await bodies.read(receive, _header(scope, b"content-length"), limit, take)
        encoding = _header(scope, b"content-encoding")
        if encoding:
            # A small body can become a large one.
            coding = encoding.decode("latin-1")
            body = await self._worker.run_blocking(bodies.decompressed, body, coding, limit)
            take(len(body))
        return body


def _health_answer(good: bool, fault: str) -> Answer:
    return Answer(200) if good else of_message(503, fault)


def _preflight(scope: Scope) -> Answer:
    if _ORIGIN.search(_header(scope, b"origin").decode("latin-1")):
        return Answer(200, content_type=PLAIN)
    return of_error(ServingError(Code.FAILED_PRECONDITION, "Origin header is missing in CORS preflight"))


def _header(scope: Scope, name: bytes) -> bytes:
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return b""


async def _recorded(scope: Scope, coming: Awaitable[Answer]) -> Answer:
    """Return an answer, or that of an error, and record it."""
    try:
        answer = await coming
    except ServingError as error:
        _record(scope, code=error.code)
        return of_error(error)
    if answer.status == 200:
        _record(scope, code=Code.OK, version=answer.headers.get(predicting.VERSION))
    return answer


def _record(scope: Scope, **facts: object) -> None:
    if "penstock" in scope:
        scope["penstock"].update(facts)


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    headers = [(b"content-type", answer.content_type.encode()), (b"content-length", b"%d" % len(answer.body))]
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
