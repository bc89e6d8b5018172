"""One call of a signature for the rows of several requests."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.signature import Signature

Tensors = Mapping[str, np.ndarray]
Answer = dict[str, np.ndarray] | BaseException


def kind(signature: Signature, tensors: Tensors) -> tuple[Any, ...]:
    """Return what requests have in common that may share a call."""
    shapes = tuple(tensors[alias].shape[1:] if alias in tensors else None for alias in signature.inputs)
    # A signature belongs to one version, and is alive as long as a request waits for it.
    return id(signature), shapes, len(tensors)


def answers(signature: Signature, requests: Sequence[tuple[Tensors, int]]) -> list[Answer]:
    """Return the outputs, or the error, for the tensors and the number of rows of each request."""
    if len(requests) > 1:
        try:
            return _together(signature, requests)
        except Exception:
            # One request must not fail, or change, the answer of another.
            return [_alone(signature, tensors) for tensors, _ in requests]
    return [_alone(signature, requests[0][0])]


def _together(signature: Signature, requests: Sequence[tuple[Tensors, int]]) -> list[Answer]:
    """Return the answers of one call for several requests."""
    joined = {alias: np.concatenate([tensors[alias] for tensors, _ in requests]) for alias in signature.inputs}
    outputs = signature(joined)
    ends = np.cumsum([rows for _, rows in requests])
    if any(values.ndim == 0 or len(values) != ends[-1] for values in outputs.values()):
        raise ServingError(Code.INTERNAL, "the outputs have another number of rows than the inputs")
    begins = [0, *ends[:-1].tolist()]
    return [
        {alias: values[begin:end] for alias, values in outputs.items()}
        for begin, end in zip(begins, ends.tolist(), strict=True)
    ]


def _alone(signature: Signature, tensors: Tensors) -> Answer:
    try:
        return signature(tensors)
    except Exception as error:
        return error
