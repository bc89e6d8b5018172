"""Answers predict requests."""

from collections.abc import Mapping

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.joining import Part
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.models.signature import TensorInfo
from penstock.server.rest.answers import Answer
from penstock.server.rest.json import writing
from penstock.server.rest.json.instances import Instances
from penstock.server.rest.json.parsing import Irregular
from penstock.server.rest.json.requests import ExactRequest, RegularRequest, Tensors
from penstock.server.rest.targets import Target
from penstock.server.rest.working import Worker

DEFAULT = "serving_default"
VERSION = "x-penstock-version"
# So many values take a millisecond to write.
MANY_VALUES = 20_000
# Bytes of a body whose rows may be read together with those of others.
SMALL = 1 << 14
Known = Mapping[str, Mapping[str, TensorInfo]] | ServingError


async def predict(models: Models, target: Target, body: bytes, worker: Worker) -> Answer:
    """Return the predictions for the rows or columns of a body."""
    servable, known = _acquired(models, target)
    try:
        if servable is not None and (found := _joining(models, servable, body)):
            text = await _written(await models.run_rows(servable, *found), worker)
        else:
            name, tensors = await worker.run(len(body), read, body, known)
            assert servable is not None  # noqa: S101  else an error was raised
            outputs = await models.run_async(servable, name, tensors.by_name)
            write = writing.rows if tensors.as_rows else writing.columns
            text = await worker.run(weight(outputs), write, outputs)
    finally:
        if servable is not None:
            servable.release()
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


def _acquired(models: Models, target: Target) -> tuple[Servable | None, Known]:
    """Return a version that has to be released, and the inputs of its signatures; or no version, and the error."""
    try:
        servable = models.acquire(target.model, target.version, target.label)
    except ServingError as error:
        return None, error
    return servable, servable.inputs


def _joining(models: Models, servable: Servable, body: bytes) -> tuple[str, Instances] | None:
    """Return the signature and the rows of a body, if they can be read together with those of other requests."""
    if not models.is_batching or len(body) > SMALL:
        return None
    try:
        request = RegularRequest.of(body)
    except Irregular:
        return None
    name = request.signature or DEFAULT
    inputs = servable.inputs.get(name)
    rows = Instances.of(request, inputs) if inputs else None
    return (name, rows) if rows is not None and models.is_joining(servable, name, rows.count) else None


async def _written(part: Part, worker: Worker) -> bytes:
    """Return the rows of a part; those of a small call are made ready for all its parts at once."""
    called = part.called
    if called.written is None:
        is_small = weight(called.outputs) <= Worker.LARGE
        called.written = [writing.ready_rows(called.outputs)] if is_small else []
    if called.written:
        rows = called.written[0]
        return writing.predictions(rows if part.place is None else rows[part.place])
    outputs = part.outputs()
    return await worker.run(weight(outputs), writing.rows, outputs)


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
