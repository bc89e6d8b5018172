"""Models whose requests are sampled."""

import time
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.rpc.tracing import REQUEST_ID
from penstock.server.sampling.rows import Answered
from penstock.server.sampling.sampler import Sampler


def sampled(models: Models, sampler: Sampler) -> Models:
    """Return models of which a share of the requests goes into a log."""
    return cast(Models, SampledModels(models, sampler))


class SampledModels:
    """Models of which a share of the requests goes into a log; everything else is the models' own."""

    def __init__(self, models: Models, sampler: Sampler) -> None:
        """Take the models and the log."""
        self._models, self._sampler = models, sampler

    def run(self, servable: Servable, signature: str, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return what the models return, and offer it to the log.

        Raises:
            ServingError: There is no such signature, or it refuses the tensors.
        """
        answer = self._models.run(servable, signature, tensors)
        self._offer(servable, signature, tensors, answer)
        return answer

    async def run_async(
        self, servable: Servable, signature: str, tensors: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Return what the models return, and offer it to the log.

        Raises:
            ServingError: There is no such signature, or it refuses the tensors.
        """
        answer = await self._models.run_async(servable, signature, tensors)
        self._offer(servable, signature, tensors, answer)
        return answer

    def __getattr__(self, name: str) -> Any:
        """Return what else the models have."""
        return getattr(self._models, name)

    def _offer(
        self,
        servable: Servable,
        signature: str,
        tensors: Mapping[str, np.ndarray],
        answer: Mapping[str, np.ndarray],
    ) -> None:
        if self._sampler.wants():
            request, now = REQUEST_ID.get(), time.time()
            self._sampler.offer(Answered(servable.model, servable.version, signature, tensors, answer, request, now))
