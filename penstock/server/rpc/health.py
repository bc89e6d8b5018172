"""gRPC's health checking: of the server, its services, and each model, whose readiness follows its loading."""

import threading
from collections.abc import Collection
from typing import Any

import grpc
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from penstock.server.errors import ServingError
from penstock.server.models.models import Models
from penstock.server.models.states import State

# Who watches learns of a change after so many seconds; who checks gets the state of this moment.
INTERVAL = 1.0
_SERVING, _NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
_UNKNOWN = HealthCheckResponse.SERVICE_UNKNOWN


def is_ready(models: Models, name: str) -> bool:
    """Return whether a version of a model is available."""
    try:
        return any(state.state == State.AVAILABLE for state in models.states(name))
    except ServingError:
        return False


class Health(health.HealthServicer):
    """The service; a model's name is the name of a service, and the empty name is the server."""

    def __init__(self, models: Models, services: Collection[str], stopped: threading.Event | None = None) -> None:
        """Make it.

        Args:
            models: The models.
            services: The names of the services that are as ready as the server.
            stopped: Set by `stop`.
        """
        super().__init__()
        self._models, self._services = models, ("", *services)
        self._last: dict[str, int] = {}
        self._refreshing = threading.Lock()
        self._stopped = stopped or threading.Event()
        self._refresh()
        threading.Thread(target=self._follow, name="health", daemon=True).start()

    def Check(self, request: HealthCheckRequest, context: grpc.ServicerContext) -> HealthCheckResponse:  # noqa: N802
        """Answer with the state of a service."""
        self._refresh()
        if self._last.get(request.service, _UNKNOWN) == _UNKNOWN:
            context.abort(grpc.StatusCode.NOT_FOUND, f"There is no service or model {request.service}.")
        return super().Check(request, context)

    def stop(self) -> None:
        """Say from now on that nothing is ready, as before the end of the server."""
        self._stopped.set()
        self.enter_graceful_shutdown()

    def _follow(self) -> None:
        while not self._stopped.wait(INTERVAL):
            self._refresh()

    def _refresh(self) -> None:
        """Take over the states of the models, and send those that changed to who watches."""
        with self._refreshing:
            names = self._models.names()
            states: dict[str, Any] = dict.fromkeys(self._last, _UNKNOWN)
            states |= {name: _SERVING if is_ready(self._models, name) else _NOT_SERVING for name in names}
            states |= dict.fromkeys(self._services, _SERVING if self._models.is_ready() else _NOT_SERVING)
            for name, state in states.items():
                if self._last.get(name) != state:
                    self.set(name, state)
            self._last = states
