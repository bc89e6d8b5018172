"""Answers predict requests."""

from collections.abc import Mapping
from contextlib import ExitStack

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.models.signature import TensorInfo
from penstock.server.rest.answers import Answer
from penstock.server.rest.json import writing
from penstock.server.rest.json.parsing import Irregular
from penstock.server.rest.json.requests import ExactRequest, RegularRequest, Tensors
from penstock.server.rest.targets import Target
from penstock.server.rest.working import Worker

DEFAULT = "serving_default"
VERSION = "x-penstock-version"
# So many values take a millisecond to write.
MANY_VALUES = 20_000
Known = Mapping[str, Mapping[str, TensorInfo]] | ServingError


async def predict(models: Models, target: Target, body: bytes, worker: Worker) -> Answer:
    """Return the predictions for the rows or columns of a body."""
    with ExitStack() as leases:
        servable, known = _leased(models, target, leases)
        name, tensors = await worker.run(len(body), read, body, known)
        assert servable is not None  # noqa: S101  else an error was raised
        outputs = await models.run_async(servable, name, tensors.by_name)
    write = writing.rows if tensors.as_rows else writing.columns
    text = await worker.run(weight(outputs), write, outputs)
    return Answer(200, text, headers={VERSION: str(servable.version)})


def read(body: bytes, known: Known) -> tuple[str, Tensors]:
    """Return the name of the signature and the tensors of a request.

    Args:
        body: The body without compression.
        known: The inputs of each signature; or the error that follows once the body can be parsed.
    """
    try:
        return _read(RegularRequest.of(body), known)
    except Irregular:
        return _read(ExactRequest.of(body), known)


def weight(outputs: dict[str, np.ndarray]) -> int:
    """Return how long outputs take to write, as the size of a body that takes as long to read."""
    return sum(map(_weight, outputs.values()))


def _weight(array: np.ndarray) -> int:
    values = array.size * Worker.LARGE // MANY_VALUES
    return values if array.dtype != object else values + sum(map(len, array.ravel().tolist()))


def _leased(models: Models, target: Target, leases: ExitStack) -> tuple[Servable | None, Known]:
    """Return the leased version, and the inputs of its signatures; or no version, and the error."""
    try:
        servable = leases.enter_context(models.lease(target.model, target.version, target.label))
    except ServingError as error:
        return None, error
    return servable, servable.inputs


def _read(request: RegularRequest | ExactRequest, known: Known) -> tuple[str, Tensors]:
    if isinstance(known, ServingError):
        raise known
    name = request.signature or DEFAULT
    inputs = known.get(name)
    if inputs is None:
        if isinstance(request, RegularRequest):
            # The name could be the second of two.
            raise Irregular
        raise ServingError(Code.INVALID_ARGUMENT, f'Serving signature name: "{name}" not found in signature def')
    return name, request.tensors(inputs)
