"""Answers classify and regress requests, whose rows are made into `tf.Example`s."""

from typing import Any

import numpy as np
import orjson

from penstock.server.inference import classification, regression
from penstock.server.inference.classification import Classification
from penstock.server.models.models import Models
from penstock.server.models.servable import Servable
from penstock.server.rest.answers import Answer
from penstock.server.rest.json import parsing, writing
from penstock.server.rest.json.debugging import shown, type_of
from penstock.server.rest.json.dtypes import text_bytes
from penstock.server.rest.json.requests import read_object
from penstock.server.rest.json.values import base64_bytes, is_base64, refuse
from penstock.server.rest.predicting import VERSION
from penstock.server.rest.targets import Target
from penstock.server.rest.working import Worker

_KINDS = {"bytes_list": "bytes", "float_list": "float", "int64_list": "int64"}


async def classify(models: Models, target: Target, body: bytes, worker: Worker) -> Answer:
    """Return pairs of class and score for each example."""
    name, examples = await _read(body, worker)
    return await worker.run_blocking(_classified, models, target, name, examples)


async def regress(models: Models, target: Target, body: bytes, worker: Worker) -> Answer:
    """Return a number for each example."""
    name, examples = await _read(body, worker)
    return await worker.run_blocking(_regressed, models, target, name, examples)


async def _read(body: bytes, worker: Worker) -> tuple[str, np.ndarray]:
    # Examples take longer than tensors: also few of them are read in a thread.
    return await worker.run(max(len(body), Worker.LARGE + 1), read, body)


def _classified(models: Models, target: Target, name: str, examples: np.ndarray) -> Answer:
    with models.lease(target.model, target.version, target.label) as servable:
        signature = classification.signature_of(servable, name)
        return _answer(_scores(classification.classify(models, servable, signature, examples)), servable)


def _regressed(models: Models, target: Target, name: str, examples: np.ndarray) -> Answer:
    with models.lease(target.model, target.version, target.label) as servable:
        signature = regression.signature_of(servable, name)
        values = np.array(regression.regress(models, servable, signature, examples), np.float32)
        return _answer(writing.rows_of(values), servable)


def _answer(results: list[Any], servable: Servable) -> Answer:
    text = orjson.dumps({"results": results}, option=writing.OPTIONS)
    return Answer(200, text, headers={VERSION: str(servable.version)})


def read(body: bytes) -> tuple[str, np.ndarray]:
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
    return name or "", array


def _example(value: Any) -> bytes:
    from tensorflow.core.example.example_pb2 import Example

    if not parsing.is_object(value):
        refuse(f"Example must be JSON object but got JSON {type_of(value)}")
    example = Example()
    for name, content in parsing.members(value):
        feature = example.features.feature[name]
        feature.Clear()
        values = content if isinstance(content, list) and not parsing.is_object(content) else [content]
        if not _add_at_once(feature, values):
            _add_each(feature, values, name)
    serialized: bytes = example.SerializeToString()
    return serialized


def _add_at_once(feature: Any, values: list[Any]) -> bool:
    """Add values of one usual type to a feature, and return whether they were added."""
    types = set(map(type, values))
    if types == {float}:
        feature.float_list.value.extend(values)
    elif types == {str}:
        feature.bytes_list.value.extend(map(str.encode, values))
    elif types == {int} and min(values) >= -(2**63) and max(values) < 2**63:
        feature.int64_list.value.extend(values)
    else:
        return False
    return True


def _add_each(feature: Any, values: list[Any], name: str) -> None:
    for value in values:
        kind, converted = _element(value, name)
        if feature.WhichOneof("kind") not in (None, kind):
            expected = _KINDS[feature.WhichOneof("kind")]
            refuse(f"Unexpected element type in feature: {name} expecting type: {expected}")
        getattr(feature, kind).value.append(converted)


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


def _scores(found: Classification) -> list[Any]:
    """Return pairs of label and score for each example; a missing label is empty, a missing score 0."""
    labels = None if found.labels is None else writing.rows_of(found.labels)
    scores = None if found.scores is None else writing.rows_of(found.scores)
    labels = [[""] * len(row) for row in scores or []] if labels is None else labels
    scores = [[0.0] * len(row) for row in labels] if scores is None else scores
    return [list(zip(*pair, strict=True)) for pair in zip(labels, scores, strict=True)]
