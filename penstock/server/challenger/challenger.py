"""Sends copies of requests to the challenger, in a thread of its own; no request waits for it."""

import logging
import time
from collections.abc import Callable

from penstock.server.challenger.comparing import compare
from penstock.server.challenger.metrics import ChallengerMetrics, Pair
from penstock.server.challenger.options import Challenging
from penstock.server.copying.answered import Answered
from penstock.server.copying.waiting import Waiting
from penstock.server.errors import Code, ServingError
from penstock.server.models.models import Models

_LOG = logging.getLogger("penstock.server")
_LOOK_SECONDS, _END_SECONDS = 60.0, 10.0
# The thread computes at most a fifth of the time: on a busy server it would take the processor from the requests.
_PAUSE, _LONGEST_PAUSE = 4.0, 1.0


class Challenger:
    """The challengers of the models of a server."""

    def __init__(
        self,
        options: Challenging,
        models: Models,
        metrics: ChallengerMetrics,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin.

        Args:
            options: Which requests are copied.
            models: The models, some of which have a challenger.
            metrics: Where comparisons are counted.
            pause: Waits for some seconds.
        """
        self._options, self._models, self._metrics, self._pause = options, models, metrics, pause
        self._reported: set[tuple[str, int]] = set()
        self._waiting = Waiting("penstock-challenger", options.limits, self._take, _LOOK_SECONDS)

    def wants(self, model: str, request_id: str) -> bool:
        """Return whether this request is one of the share."""
        return self._waiting.is_open and self._options.takes(request_id) and self._models.is_challenged(model)

    def offer(self, answered: Answered) -> None:
        """Take a copy, or drop and count it; returns at once."""
        if not self._waiting.offer(answered):
            self._metrics.count(answered.model, "dropped")

    def close(self) -> None:
        """Compare what waits, for a few seconds, and end; a version that hangs does not prevent it."""
        self._waiting.close(_END_SECONDS)

    def _take(self, answered: Answered | None) -> None:
        if answered is None:
            return
        begin = time.thread_time()
        self._try(answered)
        if self._waiting.is_open:
            self._pause(min(_PAUSE * (time.thread_time() - begin), _LONGEST_PAUSE))

    def _try(self, answered: Answered) -> None:
        try:
            self._compare(answered)
        except ServingError as error:
            unavailable = error.code is Code.UNAVAILABLE
            self._metrics.count(answered.model, "unavailable" if unavailable else "failed")
            if not unavailable:
                self._report(answered, error)
        except Exception as error:
            # Nothing that a challenger does may end the thread.
            self._metrics.count(answered.model, "failed")
            self._report(answered, error)

    def _compare(self, answered: Answered) -> None:
        with self._models.lease_challenger(answered.model) as servable:
            if servable.version == answered.version:
                self._metrics.count(answered.model, "same")
                return
            signature = servable.signatures.get(answered.signature)
            if signature is None:
                raise ServingError(Code.NOT_FOUND, f"it has no signature {answered.signature}")
            begin = time.perf_counter()
            outputs = signature(answered.inputs)
            seconds = time.perf_counter() - begin
            pair = Pair(answered.model, answered.version, servable.version)
        self._metrics.compared(pair, compare(answered.outputs, outputs), seconds)

    def _report(self, answered: Answered, error: Exception) -> None:
        """Log the first error of a challenger for each version that answers."""
        key = (answered.model, answered.version)
        if key not in self._reported:
            self._reported.add(key)
            message = "model %s: the challenger failed at a copy of request %s, which version %d answered: %s"
            _LOG.warning(message, answered.model, answered.request_id, answered.version, error)
