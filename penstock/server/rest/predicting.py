"""Answers predict requests."""

from contextlib import ExitStack

import numpy as np

from penstock.server.errors import Code, ServingError
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature
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


async def predict(models: Models, target: Target, body: bytes, worker: Worker) -> Answer:
    """Return the predictions for the rows or columns of a body."""
    with ExitStack() as leases:
        servable, signature, tensors = await worker.run(len(body), prepare, models, target, body, leases)
        outputs = await models.run_async(servable, signature.name, tensors.by_name)
    write = writing.rows if tensors.as_rows else writing.columns
    text = await worker.run(weight(outputs), write, outputs)
    return Answer(200, text, headers={VERSION: str(servable.version)})


def prepare(models: Models, target: Target, body: bytes, leases: ExitStack) -> tuple[Servable, Signature, Tensors]:
    """Return the leased version, the signature and the tensors of a request."""
    try:
        return _prepare(models, target, RegularRequest.of(body), leases)
    except Irregular:
        leases.pop_all().close()
    return _prepare(models, target, ExactRequest.of(body), leases)


def weight(outputs: dict[str, np.ndarray]) -> int:
    """Return how long outputs take to write, as the size of a body that takes as long to read."""
    return sum(array.size for array in outputs.values()) * Worker.LARGE // MANY_VALUES


def _prepare(
    models: Models, target: Target, request: RegularRequest | ExactRequest, leases: ExitStack
) -> tuple[Servable, Signature, Tensors]:
    servable = leases.enter_context(models.lease(target.model, target.version, target.label))
    name = request.signature or DEFAULT
    signature = servable.signatures.get(name)
    if signature is None:
        if isinstance(request, RegularRequest):
            # The name could be the second of two.
            raise Irregular
        raise ServingError(Code.INVALID_ARGUMENT, f'Serving signature name: "{name}" not found in signature def')
    return servable, signature, request.tensors(signature.inputs)
