"""Bearer tokens: only calls that carry one are answered, but for health checks."""

from collections.abc import Callable
from typing import Any

import grpc
from grpc_health.v1 import health

_EXEMPT = f"/{health.SERVICE_NAME}/"
_SCHEME = "bearer "
Allowed = Callable[[str], bool]


class Tokens(grpc.ServerInterceptor):
    """Refuses calls without a token that is known."""

    def __init__(self, allowed: Allowed) -> None:
        """Make it.

        Args:
            allowed: Whether a token is known; called for every call, and in constant time for any token.
        """
        self._allowed = allowed
        self._refusal = grpc.unary_unary_rpc_method_handler(_refuse)

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler], details: Any
    ) -> grpc.RpcMethodHandler:
        """Return the method of a call, or one that refuses it."""
        if details.method.startswith(_EXEMPT) or self._is_known(details.invocation_metadata):
            return continuation(details)
        return self._refusal

    def _is_known(self, metadata: Any) -> bool:
        given = [value for name, value in metadata or () if name == "authorization"]
        if len(given) != 1 or not isinstance(given[0], str) or given[0][: len(_SCHEME)].lower() != _SCHEME:
            return False
        return self._allowed(given[0][len(_SCHEME) :])


def _refuse(_: bytes, context: grpc.ServicerContext) -> None:
    context.set_trailing_metadata([("www-authenticate", "Bearer")])
    context.abort(
        grpc.StatusCode.UNAUTHENTICATED,
        "Expected the metadata `authorization: Bearer TOKEN` with a token of the server.",
    )
