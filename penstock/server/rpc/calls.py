"""What every call has: an id, a deadline, a limit of calls at the same time, a status, an entry for log and metrics."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc

from penstock.server.errors import Code, ServingError
from penstock.server.models.servable import Servable
from penstock.server.rpc.tracing import REQUEST_ID, identifier, traced

_LOG = logging.getLogger(__name__)
_STATUS = {Code(status.value[0]): status for status in grpc.StatusCode}
# TensorFlow Serving's limit of an error's text.
_LONGEST = 1024
# After so many milliseconds a client may try again; gRPC's clients follow it if they are configured to retry.
_PUSHBACK = "1000"


@dataclass
class Call:
    """A call, for the log and the metrics.

    Attributes:
        method: The name of the method.
        request_id: The client's `x-request-id`, or a new one.
        traceparent: The client's trace, or empty.
        peer: The address of the client.
        model: The name of the model; empty if there is none.
        version: The version that answered, or None.
        signature: The signature that answered.
        code: How the call ended.
        message: The error; empty if there is none.
        seconds: How long it took.
    """

    method: str
    request_id: str
    traceparent: str = ""
    peer: str = ""
    model: str = ""
    version: int | None = None
    signature: str = ""
    code: Code = Code.OK
    message: str = ""
    seconds: float = 0.0

    def answered_by(self, servable: Servable, signature: str = "") -> None:
        """Note which version answers."""
        self.model, self.version, self.signature = servable.model, servable.version, signature


Observe = Callable[[Call], None]
Handle = Callable[[Any, Call], Any]


def ignored(_: Call) -> None:
    """Forget a call."""


class Calls:
    """Runs the methods of the services.

    Attributes:
        ending: When it is set, calls are refused; a call that gRPC itself refuses looks as if it had been cancelled.
    """

    def __init__(self, concurrency: int = 0, observe: Observe = ignored) -> None:
        """Make it.

        Args:
            concurrency: How many predictions may run at the same time; 0 for any number.
            observe: Called with each call that ended.
        """
        self._permits = threading.Semaphore(concurrency) if concurrency else None
        self._concurrency, self._observe = concurrency, observe
        self.ending = threading.Event()

    def method(self, name: str, handle: Handle, *, limited: bool = True) -> Callable[[Any, grpc.ServicerContext], Any]:
        """Return the method of a service that answers with what `handle` returns.

        Args:
            name: The name for the log and the metrics.
            handle: Answers a request; a ServingError is the status of the call.
            limited: Whether it counts as a prediction.
        """

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            started = time.perf_counter()
            call = _call(name, context)
            REQUEST_ID.set(call.request_id)
            response = None
            try:
                with traced(call.traceparent, name), self._admitted(context, limited=limited):
                    response = handle(request, call)
            except ServingError as error:
                call.code, call.message = error.code, error.message
            except MemoryError:
                call.code, call.message = Code.RESOURCE_EXHAUSTED, "The server has not enough memory for the request."
            except Exception:
                _LOG.exception("%s failed, request %s", name, call.request_id)
                call.code, call.message = Code.INTERNAL, "The server failed; its log has the reason."
            call.seconds = time.perf_counter() - started
            self._observe(call)
            return _ended(context, call, response)

        return answer

    @contextmanager
    def _admitted(self, context: grpc.ServicerContext, *, limited: bool) -> Iterator[None]:
        """Run a block unless there are too many already, or nobody waits for the answer any more."""
        if not context.is_active():
            raise ServingError(Code.CANCELLED, "The call was cancelled before it began.")
        if self.ending.is_set():
            raise ServingError(Code.UNAVAILABLE, "The server is being stopped.")
        left = context.time_remaining()
        if left is not None and left <= 0:
            raise ServingError(Code.DEADLINE_EXCEEDED, "The deadline had passed before the call began.")
        if self._permits is None or not limited:
            yield
            return
        if not self._permits.acquire(blocking=False):
            raise ServingError(
                Code.RESOURCE_EXHAUSTED, f"The server answers {self._concurrency} requests already; try again later."
            )
        try:
            yield
        finally:
            self._permits.release()


def _call(name: str, context: grpc.ServicerContext) -> Call:
    metadata = dict(context.invocation_metadata())
    request_id = identifier(metadata.get("x-request-id", ""))
    return Call(name, request_id, str(metadata.get("traceparent", "")), context.peer())


def _ended(context: grpc.ServicerContext, call: Call, response: Any) -> Any:
    """Return the response, or end the call with its error."""
    trailing = [("x-request-id", call.request_id)]
    if call.version is not None:
        trailing.append(("x-penstock-version", str(call.version)))
    if call.code == Code.RESOURCE_EXHAUSTED:
        trailing.append(("grpc-retry-pushback-ms", _PUSHBACK))
    context.set_trailing_metadata(trailing)
    if call.code != Code.OK:
        cut = len(call.message) > _LONGEST
        context.abort(_STATUS[call.code], call.message[:_LONGEST] + "...TRUNCATED" if cut else call.message)
    return response
