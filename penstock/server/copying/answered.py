"""A request and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Answered:
    """A request and its answer.

    Attributes:
        model: The name of the model.
        version: The version that answered.
        signature: The name of the signature.
        inputs: The tensors of the request.
        outputs: The tensors of the answer.
        request_id: The id of the request; empty if there is none.
        time: When it was answered, in seconds since 1970.
    """

    model: str
    version: int
    signature: str
    inputs: Mapping[str, np.ndarray] = field(repr=False)
    outputs: Mapping[str, np.ndarray] = field(repr=False)
    request_id: str = ""
    time: float = 0.0

    @cached_property
    def size(self) -> int:
        """How many bytes its values need in memory."""
        tensors = (*self.inputs.values(), *self.outputs.values())
        texts = sum(len(value) for values in tensors if values.dtype.kind == "O" for value in values.flat)
        return texts + sum(values.nbytes for values in tensors)
