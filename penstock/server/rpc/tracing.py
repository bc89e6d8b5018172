"""Ids of requests, and the trace of the client that a request belongs to."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

# Of a client's id: it goes into logs and into the metadata of the answer.
_IDENTIFIER = re.compile(r"[!-~]{1,128}")
_PROPAGATOR = TraceContextTextMapPropagator()


def identifier(given: str | bytes) -> str:
    """Return the client's id of a request, or a new one if it has none that can be passed on."""
    return given if isinstance(given, str) and _IDENTIFIER.fullmatch(given) else uuid.uuid4().hex


@contextmanager
def traced(traceparent: str) -> Iterator[None]:
    """Run a block as part of the client's trace; one that cannot be read is ignored, as its specification says."""
    if not traceparent:
        yield
        return
    token = context.attach(_PROPAGATOR.extract({"traceparent": traceparent}))
    try:
        yield
    finally:
        context.detach(token)
