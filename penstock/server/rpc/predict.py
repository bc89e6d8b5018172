"""The method Predict: tensors in, tensors out."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

from penstock.server.errors import Code, ServingError
from penstock.server.inference.signatures import DEFAULT_SIGNATURE, invalid
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.models.signature import Signature
from penstock.server.rpc.calls import Call
from penstock.server.rpc.decoding import BadTensorError, to_array
from penstock.server.rpc.dtypes import name_of
from penstock.server.rpc.encoding import write
from penstock.server.rpc.specs import answered, lease, required


def predict(models: Models, most_bytes: int, request: PredictRequest, call: Call) -> PredictResponse:
    """Answer a request with what a signature returns for its tensors.

    Args:
        models: The models.
        most_bytes: The largest tensor that a request may ask for.
        request: The request.
        call: The call, for the log.

    Raises:
        ServingError: The model, the version or the signature is missing, or does not take the tensors.
    """
    spec = required(request)
    call.model = spec.name
    with lease(models, spec) as servable:
        signature = _signature(servable, spec.signature_name)
        call.answered_by(servable, signature.name)
        tensors = _inputs(servable, signature, request.inputs, most_bytes)
        aliases = _outputs(signature, request.output_filter)
        outputs = models.run(servable, signature.name, tensors)
    response = PredictResponse(model_spec=answered(servable, signature.name))
    for alias in aliases:
        write(response.outputs[alias], outputs[alias])
    return response


def _signature(servable: Servable, name: str) -> Signature:
    name = name or DEFAULT_SIGNATURE
    if name not in servable.signatures:
        raise ServingError(Code.FAILED_PRECONDITION, f'Serving signature key "{name}" not found.')
    return servable.signatures[name]


def _inputs(
    servable: Servable, signature: Signature, sent: Mapping[str, TensorProto], most_bytes: int
) -> dict[str, np.ndarray]:
    """Return the tensors of a request by alias, in the order of the signature."""
    defaults = servable.signature_defs[signature.name].defaults
    if len(sent) > len(signature.inputs) or (len(sent) < len(signature.inputs) and not defaults):
        raise _wrong_size(sent, signature.inputs)
    found = {}
    for index, (alias, info) in enumerate(signature.inputs.items()):
        if alias not in sent and alias not in defaults:
            raise invalid(
                f"Signature input alias: {alias}(feed name: {info.name}) not found in request and no default value "
                f"provided. Inputs expected to be in the request {{{_names(sent)}}}, or default input alias set: "
                f"{_names(defaults)}"
            )
        tensor = sent[alias] if alias in sent else defaults[alias]
        if tensor.dtype != info.dtype and tensor.dtype:
            expected, received = name_of(info.dtype), name_of(tensor.dtype)
            raise invalid(f"Expects arg[{index}] to be {expected} but {received} is provided")
        try:
            found[alias] = to_array(tensor, most_bytes)
        except BadTensorError as error:
            raise invalid(f"tensor parsing error: {alias}: {error}") from error
    unknown = [alias for alias in sent if alias not in signature.inputs]
    if unknown:
        used = [alias for alias in sent if alias in signature.inputs]
        raise invalid(
            f"Inputs contains invalid name. Used request inputs: {_names(used)}, request input: {_names(sent)}"
        )
    return found


def _wrong_size(sent: Collection[str], known: Collection[str]) -> ServingError:
    extra, missing = set(sent) - set(known), set(known) - set(sent)
    return invalid(
        f"input size does not match signature: {len(sent)}!={len(known)} len({{{_names(sent)}}}) != "
        f"len({{{_names(known)}}}). Sent extra: {{{_names(extra)}}}. Missing but required: {{{_names(missing)}}}."
    )


def _outputs(signature: Signature, wanted: Collection[str]) -> Collection[str]:
    """Return the aliases of the outputs to answer; all if a request names none."""
    seen = set()
    for alias in wanted:
        if alias not in signature.outputs:
            raise invalid(
                f"output tensor alias not found in signature: {alias} Outputs expected to be in the set "
                f"{{{_names(signature.outputs)}}}."
            )
        if alias in seen:
            raise invalid(f"duplicate output tensor alias: {alias}")
        seen.add(alias)
    return wanted or signature.outputs


def _names(names: Iterable[str]) -> str:
    return ",".join(sorted(names))
