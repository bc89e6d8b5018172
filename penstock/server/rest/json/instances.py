"""Rows of a request that become tensors together with those of other requests: each step for a column is made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from penstock.server.models.signature import Signature, TensorInfo
from penstock.server.rest.json import columns, parsing
from penstock.server.rest.json.parsing import Irregular, Read
from penstock.server.rest.json.requests import ExactRequest, RegularRequest


@dataclass(frozen=True)
class Instances:
    """The instances of a regular request.

    Attributes:
        request: The request, whose instances are a list that is not empty.
        inputs: The inputs of its signature.
    """

    request: RegularRequest
    inputs: Mapping[str, TensorInfo]

    @classmethod
    def of(cls, request: RegularRequest, inputs: Mapping[str, TensorInfo]) -> "Instances | None":
        """Return the instances of a request; None if it has none, or if they have to be read alone."""
        instances = request.document.get("instances")
        # A NaN is found by counting those of one body.
        if type(instances) is not list or not instances or "inputs" in request.document or request.nans is not None:
            return None
        return cls(request, inputs)

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.request.document["instances"])

    def kind(self, signature: Signature) -> tuple[Any, ...]:
        """Return the signature: whether the rows of two requests fit is seen when they are read."""
        return id(signature), Instances

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tensors of this request.

        Raises:
            ServingError: TensorFlow Serving refuses them.
        """
        try:
            return self.request.tensors(self.inputs).by_name
        except Irregular:
            return ExactRequest.of(self.request.body).tensors(self.inputs).by_name

    def joined(self, requests: "Sequence[Instances]") -> dict[str, np.ndarray]:
        """Return the tensors of several requests of one signature, in their order.

        Raises:
            Irregular: One of them cannot be read together with the others.
        """
        documents = [each.request.document for each in requests]
        read = Read(sum(map(len, documents)))
        found = columns.rows(list(chain.from_iterable(each["instances"] for each in documents)), self.inputs, read)
        parsing.check([each.request.body for each in requests], read, None)
        return found
