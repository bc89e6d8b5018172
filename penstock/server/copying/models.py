"""Models whose requests and answers are copied."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import numpy as np

from penstock.server.copying.answered import Answered
from penstock.server.models.joining import Part, Rows
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.rpc.tracing import REQUEST_ID


class Receiver(Protocol):
    """Takes copies; returns at once, and raises nothing."""

    def wants(self, model: str, request_id: str) -> bool:
        """Return whether a request to a model is one of its share."""

    def offer(self, answered: Answered) -> None:
        """Take a copy, or drop and count it."""


def copied(models: Models, receivers: Sequence[Receiver]) -> Models:
    """Return models of which copies of requests and answers go to some receivers."""
    return cast(Models, CopiedModels(models, receivers)) if receivers else models


class CopiedModels:
    """Models of which requests and answers are copied; everything else is the models' own."""

    def __init__(self, models: Models, receivers: Sequence[Receiver]) -> None:
        """Take the models and the receivers."""
        self._models, self._receivers = models, receivers

    def run(self, servable: Servable, signature: str, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return what the models return, and offer it to the receivers.

        Raises:
            ServingError: There is no such signature, or it refuses the tensors.
        """
        answer = self._models.run(servable, signature, tensors)
        self._offer(servable, signature, lambda: tensors, lambda: answer)
        return answer

    async def run_async(
        self, servable: Servable, signature: str, tensors: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Return what the models return, and offer it to the receivers.

        Raises:
            ServingError: There is no such signature, or it refuses the tensors.
        """
        answer = await self._models.run_async(servable, signature, tensors)
        self._offer(servable, signature, lambda: tensors, lambda: answer)
        return answer

    async def run_rows(self, servable: Servable, signature: str, rows: Rows) -> Part:
        """Return what the models return, and offer it to the receivers.

        Raises:
            ServingError: They are none of the signature.
        """
        part = await self._models.run_rows(servable, signature, rows)
        self._offer(servable, signature, rows.tensors, part.outputs)
        return part

    def __getattr__(self, name: str) -> Any:
        """Return what else the models have."""
        return getattr(self._models, name)

    def _offer(
        self,
        servable: Servable,
        signature: str,
        tensors: Callable[[], Mapping[str, np.ndarray]],
        answer: Callable[[], Mapping[str, np.ndarray]],
    ) -> None:
        """Give a copy to those who want it; only for them it is made."""
        request = REQUEST_ID.get()
        taking = [each for each in self._receivers if each.wants(servable.model, request)]
        if taking:
            now = time.time()
            copy = Answered(servable.model, servable.version, signature, tensors(), answer(), request, now)
            for each in taking:
                each.offer(copy)
