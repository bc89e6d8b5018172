"""Answers classify and regress requests, whose rows are made into `tf.Example`s."""

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson

from penstock.server.models.models import Models
from penstock.server.models.signature import Signature
from penstock.server.rest.answers import Answer
from penstock.server.rest.json import parsing, writing
from penstock.server.rest.json.debugging import shown, type_of
from penstock.server.rest.json.dtypes import text_bytes
from penstock.server.rest.json.requests import read_object
from penstock.server.rest.json.values import base64_bytes, is_base64, refuse
from penstock.server.rest.predicting import DEFAULT, VERSION
from penstock.server.rest.targets import Target
from penstock.server.rest.working import Worker

_KINDS = {"bytes_list": "bytes", "float_list": "float", "int64_list": "int64"}
_INPUTS = "inputs"


async def classify(models: Models, target: Target, body: bytes, worker: Worker) -> Answer:
    """Return pairs of class and score for each example."""
    return await _answer(models, target, body, worker)


async def regress(models: Models, target: Target, body: bytes, worker: Worker) -> Answer:
    """Return a number for each example."""
    return await _answer(models, target, body, worker)


async def _answer(models: Models, target: Target, body: bytes, worker: Worker) -> Answer:
    name, examples = await worker.run(len(body), _read, body)
    with models.lease(target.model, target.version, target.label) as servable:
        signature = _signature(servable.signatures.get(name), name, target.method)
        outputs = await models.run_async(servable, name, {_INPUTS: examples})
    results = _RESULTS[target.method](outputs, signature, len(examples))
    text = orjson.dumps({"results": results}, option=writing.OPTIONS)
    return Answer(200, text, headers={VERSION: str(servable.version)})


def _read(body: bytes) -> tuple[str, np.ndarray]:
    """Return the name of the signature, and the serialized examples of a body."""
    document = read_object(body)
    found, name = parsing.member(document, "signature_name")
    if found and not isinstance(name, str):
        text = "not formatted correctly. 'signature_name' key must be a string value."
        refuse(f"JSON Value: {shown(document)} {text}")
    has_context, context = parsing.member(document, "context")
    prefix = _example(context) if has_context else b""
    found, examples = parsing.member(document, "examples")
    if not found:
        refuse(f"JSON Value: {shown(document)} When method is classify, key 'examples' is expected and was not found")
    if not isinstance(examples, list) or parsing.is_object(examples):
        refuse(f"JSON Value: {shown(document)} Expecting 'examples' value to be an list/array")
    if not examples:
        refuse(f"JSON Value: {shown(document)} 'examples' value is an empty array")
    array = np.empty(len(examples), dtype=object)
    # The bytes of two messages one after the other are the bytes of both merged.
    array[:] = [prefix + _example(example) for example in examples]
    return name or DEFAULT, array


def _example(value: Any) -> bytes:
    from tensorflow.core.example.example_pb2 import Example

    if not parsing.is_object(value):
        refuse(f"Example must be JSON object but got JSON {type_of(value)}")
    example = Example()
    for name, content in parsing.members(value):
        feature = example.features.feature[name]
        feature.Clear()
        listed = isinstance(content, list) and not parsing.is_object(content)
        for element in content if listed else [content]:
            kind, converted = _element(element, name)
            if feature.WhichOneof("kind") not in (None, kind):
                expected = _KINDS[feature.WhichOneof("kind")]
                refuse(f"Unexpected element type in feature: {name} expecting type: {expected}")
            getattr(feature, kind).value.append(converted)
    serialized: bytes = example.SerializeToString()
    return serialized


def _element(value: Any, name: str) -> tuple[str, Any]:
    """Return the kind of list that a value belongs to, and the value in it."""
    if isinstance(value, bool):
        return "int64_list", int(value)
    if isinstance(value, str | bytes):
        return "bytes_list", text_bytes(value)
    if is_base64(value):
        return "bytes_list", base64_bytes(value)
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        if value >= 2**63:
            refuse(f"Feature: {name} has uint64_t element. Only int64_t is supported.")
        return "int64_list", value
    if isinstance(value, int | float):
        with np.errstate(over="ignore"):
            return "float_list", float(np.float32(value))
    return refuse(f"Feature: {name} has element with unexpected JSON type: {type_of(value)}")


def _signature(found: Signature | None, name: str, method: str) -> Signature:
    if found is None:
        refuse(f"No signature was found with the name: {name}")
    expected = f"tensorflow/serving/{method}"
    if found.method_name != expected:
        word = "classification" if method == "classify" else "regression"
        refuse(f"Expected {word} signature method_name to be {expected}. Was: {found.method_name}")
    if len(found.inputs) != 1:
        refuse("Expected one input Tensor.")
    if _INPUTS not in found.inputs:
        word = "classification" if method == "classify" else "regression"
        refuse(f"No {word} inputs found in SignatureDef: {', '.join(found.inputs)}")
    return found


def _classes(outputs: dict[str, np.ndarray], signature: Signature, count: int) -> list[Any]:
    classes, scores = outputs.get("classes"), outputs.get("scores")
    if classes is None and scores is None:
        names = ", ".join(signature.outputs)
        refuse(
            'Expected classification signature outputs to contain at least one of "classes" or "scores". '
            f"Signature was: {names}"
        )
    for name, array in (("classes", classes), ("scores", scores)):
        if array is not None and array.ndim != 2:
            refuse(f"Expected Tensor shape: [batch_size num_classes] but got {_shape(array)}")
        if array is not None and len(array) != count:
            refuse(f"Expected {name} output batch size of {count}. Got: {len(array)}")
    if classes is not None and scores is not None and classes.shape != scores.shape:
        sizes = f"{classes.shape[1]} vs. {scores.shape[1]}"
        refuse(f"Tensors class and score should match in dim_size(1). Got {sizes}")
    shape = scores.shape if scores is not None else classes.shape  # type: ignore[union-attr]
    labels = [[""] * shape[1]] * count if classes is None else writing.rows_of(classes)
    values = [[0.0] * shape[1]] * count if scores is None else writing.rows_of(scores)
    return [list(zip(*pair, strict=True)) for pair in zip(labels, values, strict=True)]


def _values(outputs: dict[str, np.ndarray], signature: Signature, count: int) -> list[Any]:
    if len(outputs) != 1:
        refuse("Expected one output Tensor.")
    array = outputs.get("outputs")
    if array is None:
        refuse(f"No regression outputs found in SignatureDef: {', '.join(signature.outputs)}")
    if array.ndim not in (1, 2) or array.shape[1:] not in ((), (1,)):
        expected = "Expected output Tensor shape to be either [batch_size] or [batch_size, 1]"
        refuse(f"{expected} but got {_shape(array)}")
    if len(array) != count:
        refuse(f"Input batch size did not match output batch size: {count} vs. {len(array)}")
    return writing.rows_of(array.reshape(count))


def _shape(array: np.ndarray) -> str:
    return f"[{','.join(map(str, array.shape))}]"


_RESULTS: dict[str, Callable[[dict[str, np.ndarray], Signature, int], list[Any]]] = {
    "classify": _classes,
    "regress": _values,
}
