"""One call of a signature for the rows of several requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.signature import Signature

Tensors = Mapping[str, np.ndarray]


class Rows(Protocol):
    """The rows of a request, as tensors or as what tensors are made of."""

    @property
    def count(self) -> int:
        """The number of rows."""

    def kind(self, signature: Signature) -> tuple[Any, ...]:
        """Return what rows of different requests have in common that may share a call of a signature."""

    def tensors(self) -> Tensors:
        """Return the tensors of these rows.

        Raises:
            ServingError: They are none of the signature.
        """

    def joined(self, requests: Sequence[Any]) -> Tensors:
        """Return the tensors of the rows of several requests of one kind, in their order.

        Raises:
            Exception: They cannot be joined; each is predicted alone then.
        """


@dataclass(frozen=True)
class Arrays:
    """Rows as tensors.

    Attributes:
        values: The tensors by alias.
        count: The number of rows.
    """

    values: Tensors
    count: int

    def kind(self, signature: Signature) -> tuple[Any, ...]:
        """Return the types and the shapes of a row."""
        values = self.values
        # Tensors of different types become one of a third type, which the signature might take.
        known = tuple((values[a].dtype.str, values[a].shape[1:]) if a in values else None for a in signature.inputs)
        # A signature belongs to one version, and is alive as long as a request waits for it.
        return id(signature), known, len(values)

    def tensors(self) -> Tensors:
        """Return the tensors."""
        return self.values

    def joined(self, requests: "Sequence[Arrays]") -> Tensors:
        """Return the tensors of several requests."""
        return {alias: np.concatenate([each.values[alias] for each in requests]) for alias in self.values}


@dataclass
class Called:
    """What a call returned for all its rows.

    Attributes:
        outputs: The outputs by alias.
        written: What was made of all outputs together for the answers; a consumer keeps it here for the next answer.
    """

    outputs: dict[str, np.ndarray]
    written: Any = None


@dataclass(frozen=True)
class Part:
    """The outputs for one request.

    Attributes:
        called: What the call returned.
        place: Where the rows of the request are among those of the call; None if the request was alone.
    """

    called: Called
    place: slice | None = None

    def outputs(self) -> dict[str, np.ndarray]:
        """Return the outputs by alias."""
        outputs = self.called.outputs
        return outputs if self.place is None else {alias: values[self.place] for alias, values in outputs.items()}


Answer = Part | BaseException


def answers(signature: Signature, requests: Sequence[Rows]) -> list[Answer]:
    """Return the outputs, or the error, for the rows of each request; they are of one kind."""
    if len(requests) > 1:
        try:
            return _together(signature, requests)
        except Exception:
            # One request must not fail, or change, the answer of another.
            return [_alone(signature, each) for each in requests]
    return [_alone(signature, requests[0])]


def _together(signature: Signature, requests: Sequence[Rows]) -> list[Answer]:
    """Return the answers of one call for several requests."""
    outputs = signature(requests[0].joined(requests))
    ends = np.cumsum([each.count for each in requests]).tolist()
    if any(values.ndim == 0 or len(values) != ends[-1] for values in outputs.values()):
        raise ServingError(Code.INTERNAL, "the outputs have another number of rows than the inputs")
    called = Called(outputs)
    return [Part(called, slice(begin, end)) for begin, end in zip([0, *ends[:-1]], ends, strict=True)]


def _alone(signature: Signature, request: Rows) -> Answer:
    try:
        return Part(Called(signature(request.tensors())))
    except Exception as error:
        return error
