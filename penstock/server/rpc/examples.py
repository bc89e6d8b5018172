"""The methods Classify, Regress and MultiInference: examples in, classes or numbers out."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from tensorflow_serving.apis.classification_pb2 import (
    ClassificationRequest,
    ClassificationResponse,
    ClassificationResult,
)
from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest, MultiInferenceResponse
from tensorflow_serving.apis.input_pb2 import Input
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.regression_pb2 import RegressionRequest, RegressionResponse, RegressionResult

from penstock.server.errors import Code, ServingError
from penstock.server.inference import classification, regression
from penstock.server.inference.signatures import DEFAULT_SIGNATURE, invalid
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.rpc.calls import Call
from penstock.server.rpc.specs import answered, lease, required


def classify(models: Models, request: ClassificationRequest, call: Call) -> ClassificationResponse:
    """Answer a request with the classes of its examples.

    Raises:
        ServingError: The model or the signature is missing or cannot classify, or refuses an example.
    """
    with _leased(models, request, call) as (servable, name):
        result = _classes(models, servable, name, request.input)
        return ClassificationResponse(model_spec=answered(servable, name), result=result)


def regress(models: Models, request: RegressionRequest, call: Call) -> RegressionResponse:
    """Answer a request with a number for each of its examples.

    Raises:
        ServingError: The model or the signature is missing or does no regression, or refuses an example.
    """
    with _leased(models, request, call) as (servable, name):
        result = _numbers(models, servable, name, request.input)
        return RegressionResponse(model_spec=answered(servable, name), result=result)


def infer(models: Models, request: MultiInferenceRequest, call: Call) -> MultiInferenceResponse:
    """Answer several questions about the same examples, all from one version of one model.

    Raises:
        ServingError: A model or a signature is missing or cannot answer, or refuses an example.
    """
    spec = request.tasks[0].model_spec if request.tasks else ModelSpec()
    call.model = spec.name
    response = MultiInferenceResponse()
    with lease(models, spec) as servable:
        call.answered_by(servable)
        _check_tasks(servable, request)
        for task in request.tasks:
            name = task.model_spec.signature_name or DEFAULT_SIGNATURE
            result = response.results.add(model_spec=answered(servable, name))
            if task.method_name == classification.METHOD:
                result.classification_result.CopyFrom(_classes(models, servable, name, request.input))
            else:
                result.regression_result.CopyFrom(_numbers(models, servable, name, request.input))
    return response


@contextmanager
def _leased(
    models: Models, request: ClassificationRequest | RegressionRequest, call: Call
) -> Iterator[tuple[Servable, str]]:
    """Yield the version that a request asks for, and the name of its signature."""
    spec = required(request)
    call.model = spec.name
    with lease(models, spec) as servable:
        name = spec.signature_name or DEFAULT_SIGNATURE
        call.answered_by(servable, name)
        yield servable, name


def _check_tasks(servable: Servable, request: MultiInferenceRequest) -> None:
    """Refuse tasks that TensorFlow Serving refuses, before anything runs."""
    seen = set()
    for task in request.tasks:
        if not task.model_spec.name:
            raise invalid("Found ModelSpec with an empty model name.")
        if task.model_spec.name != servable.model:
            raise invalid("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
        name = task.model_spec.signature_name or DEFAULT_SIGNATURE
        if name in seen:
            raise invalid(f"Duplicate evaluation of signature: {name}")
        seen.add(name)
        if name not in servable.signatures:
            raise invalid(f"Requested signature not found in model graph: {name}")
        if task.method_name not in (classification.METHOD, regression.METHOD):
            raise ServingError(Code.UNIMPLEMENTED, f"Unsupported signature method_name: {task.method_name}")


def _classes(models: Models, servable: Servable, name: str, given: Input) -> ClassificationResult:
    signature = classification.signature_of(servable, name)
    found = classification.classify(models, servable, signature, serialized(given))
    result = ClassificationResult()
    for row in found.rows():
        classes = result.classifications.add().classes
        for label, score in row:
            classes.add(label=_text(label), score=score)
    return result


def _numbers(models: Models, servable: Servable, name: str, given: Input) -> RegressionResult:
    signature = regression.signature_of(servable, name)
    result = RegressionResult()
    for value in regression.regress(models, servable, signature, serialized(given)):
        result.regressions.add(value=value)
    return result


def _text(label: bytes) -> str:
    """Return a label as text, which is all that the message can carry."""
    return label.decode("utf-8", "replace")


def serialized(given: Input) -> np.ndarray:
    """Return the examples of a request as bytes; the context of a request is in front of each of them.

    Raises:
        ServingError: There are none.
    """
    kind = given.WhichOneof("kind")
    examples = getattr(given, kind).examples if kind else ()
    if not examples:
        raise invalid("Input is empty.")
    context = (
        given.example_list_with_context.context.SerializeToString() if kind == "example_list_with_context" else b""
    )
    found = np.empty(len(examples), object)
    # Messages one after the other are one message, in which a later feature replaces an earlier one.
    found[:] = [context + example.SerializeToString() for example in examples]
    return found
