"""What each request over HTTP passes first and last: its id, the token, the limits, the log and the metrics."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

import orjson

from penstock.server.errors import Code, http_status
from penstock.server.process import tokens
from penstock.server.process.logs import AccessLog
from penstock.server.process.metrics import Answered, Metrics
from penstock.server.process.options import Limits
from penstock.server.rpc.tracing import REQUEST_ID, identifier, traced

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LIVE = ("/livez", "/v2/health/live")
_READY = ("/readyz", "/v2/health/ready")
_LOG = logging.getLogger(__name__)
_CODES = {http_status(code): code for code in reversed(Code)} | {413: Code.RESOURCE_EXHAUSTED, 500: Code.INTERNAL}


class Gate:
    """The application around the application; requests wait until that one is opened."""

    def __init__(self, limits: Limits, hashes: Collection[bytes], metrics: Metrics, log: AccessLog) -> None:
        """Make the gate.

        Args:
            limits: What a request may cost.
            hashes: The hashes of the tokens; empty if no token is needed.
            metrics: Where requests are counted.
            log: Where requests are written.
        """
        self._limits, self._hashes, self._metrics, self._log = limits, hashes, metrics, log
        self._app: App | None = None
        self._opened = asyncio.Event()
        self._in_flight, self._is_ending = 0, False

    def open(self, app: App) -> None:
        """Let the requests through to an application; called in the event loop."""
        self._app = app
        self._opened.set()

    def end(self) -> None:
        """Have each connection closed after its next answer, and say that the server is not ready."""
        self._is_ending = True

    def show(self) -> None:
        """Update the metric of the requests that are being answered."""
        self._metrics.in_flight("REST", self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        passage = _Passage(scope, receive, send, is_last=self._is_ending)
        path = scope["path"]
        if path in _LIVE or path in _READY:
            await self._probe(passage, path)
            return
        self._in_flight += 1
        try:
            await self._admit(passage)
        finally:
            self._in_flight -= 1
            self._record(passage)

    async def _probe(self, passage: "_Passage", path: str) -> None:
        """Answer whether the server lives or is ready, without a token and whatever the load is."""
        if path in _READY and self._is_ending:
            await passage.refuse(503, "The server is being stopped.")
        elif self._app is not None:
            await self._app(passage.scope, passage.receive, passage.send)
        elif path in _LIVE:
            await passage.refuse(200, "")
        else:
            await passage.refuse(503, "The models are being loaded.")

    async def _admit(self, passage: "_Passage") -> None:
        most = self._limits.concurrency
        if self._hashes and not tokens.is_known(tokens.bearer(passage.authorization), self._hashes):
            message = "Expected the header `Authorization: Bearer TOKEN` with a token of the server."
            await passage.refuse(401, message, (b"www-authenticate", b"Bearer"))
        elif most and self._in_flight > most:
            message = f"The server answers {most} requests already; try again later."
            await passage.refuse(429, message, (b"retry-after", b"1"))
        else:
            with traced(passage.traceparent, passage.scope["method"]):
                await self._answer(passage)

    async def _answer(self, passage: "_Passage") -> None:
        seconds = self._limits.seconds
        try:
            async with asyncio.timeout(seconds):
                if self._app is None:
                    await self._opened.wait()
                if self._app is not None:
                    await self._app(passage.scope, passage.receive, passage.send)
        except TimeoutError:
            if self._app is None:
                await passage.refuse(503, "The models are being loaded.", (b"retry-after", b"1"))
            elif not passage.is_complete:
                await passage.refuse(408, f"The body did not arrive within {seconds:g} s.", (b"connection", b"close"))
            else:
                await passage.refuse(504, f"There was no answer within {seconds:g} s.")
        except asyncio.CancelledError:
            # Only uvicorn cancels a request: one that takes longer than the server waits when it ends. Its own answer
            # would be 500, after which clients do not ask again.
            headers = (b"retry-after", b"1"), (b"connection", b"close")
            await passage.refuse(503, "The server was stopped before this request was answered.", *headers)
        except Exception:
            _LOG.exception("The request %s failed", passage.id)
            await passage.refuse(500, "The server failed at this request; its log has the reason.")

    def _record(self, passage: "_Passage") -> None:
        """Count the request, and write its line."""
        facts, scope = passage.facts, passage.scope
        seconds = time.perf_counter() - passage.begin
        code = facts.get("code", _CODES.get(passage.status, Code.UNKNOWN))
        # What a client makes up must not become a label: names of models that are not served are left out.
        model = facts.get("model") if code is not Code.NOT_FOUND else None
        version = facts.get("version")
        method = facts.get("method") or "other"
        self._metrics.answered(Answered("REST", method, model or "", version or "", code.name), seconds)
        self._log.write(
            id=passage.id,
            protocol="REST",
            client=(scope.get("client") or ("",))[0],
            method=scope["method"],
            path=scope["path"],
            status=passage.status or None,
            code=code.name,
            model=facts.get("model"),
            version=version,
            bytes=passage.sent,
            seconds=round(seconds, 6),
            trace=passage.traceparent or None,
        )


class _Passage:
    """A request on its way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, is_last: bool) -> None:
        self._is_last = is_last
        self.begin = time.perf_counter()
        self.scope, self._receive, self._send = scope, receive, send
        self.authorization, self.traceparent, given = b"", "", ""
        for name, value in scope["headers"]:
            if name == b"authorization":
                self.authorization = value
            elif name == b"x-request-id":
                given = value.decode("latin-1")
            elif name == b"traceparent":
                self.traceparent = value.decode("latin-1")
        self.id = identifier(given)
        REQUEST_ID.set(self.id)
        self.status, self.sent, self.is_complete = 0, 0, False
        self.facts: dict[str, Any] = {}
        scope["penstock"] = self.facts

    async def receive(self) -> Message:
        message = await self._receive()
        self.is_complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"].append((b"x-request-id", self.id.encode("ascii")))
            if self._is_last:
                message["headers"].append((b"connection", b"close"))
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)

    async def refuse(self, status: int, message: str, *headers: tuple[bytes, bytes]) -> None:
        """Answer without the application, unless it has begun to answer."""
        if self.status:
            return
        body = orjson.dumps({"error": message}) if message else b""
        fixed = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await self.send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
        await self.send({"type": "http.response.body", "body": body})
