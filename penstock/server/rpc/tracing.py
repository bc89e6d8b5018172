"""Ids of requests, and the trace of the client that a request belongs to."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

from opentelemetry import context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from penstock.core.request_log import IDENTIFIER

_PROPAGATOR = TraceContextTextMapPropagator()
# The id of the request that this thread or task works on; each request sets it.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
_TRACER = trace.get_tracer("penstock.server")


def identifier(given: str | bytes) -> str:
    """Return the client's id of a request, or a new one if it has none that can be passed on."""
    if isinstance(given, str) and IDENTIFIER.fullmatch(given):
        return given
    # An id is no secret, and `uuid` asks the system for random bytes, which takes as long as reading a request.
    return f"{random.getrandbits(128):032x}"  # noqa: S311  the generator is seeded again in each process


@contextmanager
def traced(traceparent: str, name: str = "penstock") -> Iterator[None]:
    """Run a block as part of the client's trace, with a span of its own if an SDK of OpenTelemetry is configured.

    Args:
        traceparent: The header of the client; one that cannot be read is ignored, as its specification says.
        name: The name of the span.
    """
    is_configured = not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    if not traceparent and not is_configured:
        yield
        return
    token = context.attach(_PROPAGATOR.extract({"traceparent": traceparent}))
    try:
        with _TRACER.start_as_current_span(name, kind=trace.SpanKind.SERVER) if is_configured else nullcontext():
            yield
    finally:
        context.detach(token)
