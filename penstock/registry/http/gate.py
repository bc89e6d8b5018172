"""What each request passes first and last: its id, the limits, the access log and the metrics.

The access log has one line of JSON for each request: neither a token nor the text of a query or a body.
"""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.registry.http.answers import Failure, refusal
from penstock.registry.http.bounds import Limits
from penstock.registry.http.logs import ACCESS, ERRORS
from penstock.registry.http.metrics import Metrics
from penstock.registry.http.parameters import template_of
from penstock.registry.http.rates import Rates

_ID = re.compile("[A-Za-z0-9._-]{1,64}")
# What asks whether the server lives is answered at any rate.
_PROBES = ("/health", "/ready")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Gate:
    """The middleware around the application."""

    def __init__(self, app: ASGIApp, limits: Limits, metrics: Metrics) -> None:
        """Put the gate around an application."""
        self._app, self._limits, self._metrics = app, limits, metrics
        self._rates = Rates(limits.rate, limits.refusals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passage(scope, send)
        client = scope.get("client") or ("-", 0)
        try:
            refused = self._refused(scope["path"], passage.headers, client[0])
            if refused is not None:
                status, failure, headers = refused
                await refusal(status, failure, headers)(scope, receive, passage.send)
            else:
                await self._app(scope, self._limited(receive), passage.send)
        except asyncio.CancelledError:
            # Only uvicorn cancels a request: one that takes longer than the server waits when it ends. Its own answer
            # would be 500, as if the request were at fault.
            if not passage.status:
                failure = _failure("the server", "an answer", "its end before there was one", "send the request again")
                await refusal(503, failure, {"Connection": "close"})(scope, receive, passage.send)
        except Exception:
            ERRORS.exception("request %s failed", passage.id)
            if not passage.status:
                failure = _failure("the server", "an answer", "an error of its own", "see its log for this request id")
                await refusal(500, failure)(scope, receive, passage.send)
        finally:
            if passage.status == 401:
                self._rates.refused(client[0])
            self._record(scope, passage)

    def _refused(self, path: str, headers: Headers, address: str) -> tuple[int, Failure, Mapping[str, str]] | None:
        """Return the answer to a request that is refused by its headers alone; None if it is not."""
        close = {"Connection": "close"}
        most = self._limits.headers
        if len(headers) > most:
            return 431, _failure("the headers", f"at most {most}", str(len(headers)), "send fewer"), close
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()) or len(length) > 18 or int(length) > self._limits.body_bytes:
            return 413, _failure(*_too_large(self._limits.body_bytes)), close
        seconds = 0 if path in _PROBES else self._rates.wait(headers.get("authorization"), address)
        if seconds:
            what, expected = "this client", f"at most {self._limits.rate:,} requests a minute"
            if self._limits.rate == 0:
                expected = "a valid token"
            failure = _failure(what, expected, "more", f"wait {seconds} s")
            return 429, failure, {**close, "Retry-After": str(seconds)}
        return None

    def _limited(self, receive: Receive) -> Receive:
        """Return what gives the parts of the body, until they are too many or come too late."""
        size, deadline = 0, time.monotonic() + self._limits.body_seconds
        complete = False

        async def limited() -> Message:
            nonlocal size, complete
            if complete:  # what follows is the end of the connection
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                raise HTTPException(408, f"no whole body within {self._limits.body_seconds:g} s") from None
            size += len(message.get("body", b""))
            if size > self._limits.body_bytes:
                raise HTTPException(413, "a larger one", {"Connection": "close"})
            complete = not message.get("more_body", False)
            return message

        return limited

    def _record(self, scope: Scope, passage: "_Passage") -> None:
        route = template_of(scope) if "route" in scope else "-"
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        status = passage.status or 499  # the client went away
        seconds = time.monotonic() - passage.began
        self._metrics.count(method, route, status, seconds)
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "id": passage.id,
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "actor": scope.get("state", {}).get("actor", "-"),
        }
        ACCESS.info(json.dumps(line))


class _Passage:
    """One request on its way: its id and the status of its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began, self.status, self._send = time.monotonic(), 0, send
        self.headers = Headers(scope=scope)
        given = self.headers.get("x-request-id", "")
        self.id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = self.id

    async def send(self, message: Message) -> None:
        """Send a part of the answer, with the id of the request."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), (b"x-request-id", self.id.encode())]
            message = {**message, "headers": headers}
        await self._send(message)


def _too_large(most: int) -> tuple[str, str, str, str]:
    return "the body", f"at most {most:,} bytes", "more", "leave out what the registry does not need"


def _failure(what: str, expected: str, received: str, next_step: str) -> Failure:
    return Failure(kind="Refused", what=what, expected=expected, received=received, next_step=next_step)
