"""The OpenAPI document of the REST interface."""

from typing import Any

import orjson

PATH = "/openapi.json"

_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
_NAME = {"name": "model", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[^/:%?#]+$"}}
_VERSION = {"name": "version", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
_LABEL = {"name": "label", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-zA-Z0-9_]+$"}}
_PLACES: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    ("", []),
    ("/versions/{version}", [_VERSION]),
    ("/labels/{label}", [_LABEL]),
)
_ERRORS = {
    "400": "The request is wrong, or the model refuses its values.",
    "404": "There is no such model or version.",
    "413": "The body is too large.",
    "429": "Too many requests at the same time.",
    "501": "A data type cannot be read from JSON.",
    "503": "The model is not loaded.",
    "504": "The answer took too long.",
}


def document(prefix: str, version: str) -> bytes:
    """Return the document as JSON."""
    found = {
        "openapi": "3.1.0",
        "info": {
            "title": "Penstock",
            "version": version or "0",
            "description": "TensorFlow Serving's REST, and the Open Inference Protocol v2.",
        },
        "servers": [{"url": prefix or "/"}],
        "paths": {**_serving(), **_inference()},
        "components": {"schemas": _SCHEMAS},
    }
    return orjson.dumps(found)


def _serving() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for place, more in _PLACES:
        parameters = [_NAME, *more]
        path = f"/v1/models/{{model}}{place}"
        paths[path] = {"get": _operation("The states of the versions", parameters, "Status")}
        paths[f"{path}/metadata"] = {"get": _operation("The signatures", parameters, "Metadata")}
        for method, answer in (("predict", "Predictions"), ("classify", "Results"), ("regress", "Results")):
            body = "PredictRequest" if method == "predict" else "ExamplesRequest"
            paths[f"{path}:{method}"] = {"post": _operation(method.capitalize(), parameters, answer, body)}
    return paths


def _inference() -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/v2": {"get": _operation("What the server is", [], "Server")},
        "/v2/health/live": {"get": _operation("Whether the process works", [], None)},
        "/v2/health/ready": {"get": _operation("Whether every model can predict", [], None)},
        "/v2/repository/index": {"post": _operation("Every version", [], "Index")},
    }
    for place, more in _PLACES[:2]:
        parameters = [_NAME, *more]
        path = f"/v2/models/{{model}}{place}"
        paths[path] = {"get": _operation("Inputs and outputs", parameters, "ModelMetadata")}
        paths[f"{path}/ready"] = {"get": _operation("Whether the model can predict", parameters, None)}
        paths[f"{path}/infer"] = {"post": _operation("Infer", parameters, "InferResponse", "InferRequest")}
    return paths


def _operation(
    summary: str, parameters: list[dict[str, Any]], answer: str | None, body: str | None = None
) -> dict[str, Any]:
    answered = {"description": summary, **({"content": _json(answer)} if answer else {})}
    refused = {status: {"description": text, "content": _json("Error")} for status, text in _ERRORS.items()}
    operation = {"summary": summary, "parameters": parameters, "responses": {"200": answered, **refused}}
    return {**operation, "requestBody": {"required": True, "content": _json(body)}} if body else operation


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


_ANY: dict[str, Any] = {}
_PARAMETERS = {"type": "object"}
_DESCRIBED = _object("name datatype shape", name=_TEXT, datatype=_TEXT, shape=_list(_WHOLE))
_TENSOR = _object(
    "name datatype shape", name=_TEXT, datatype=_TEXT, shape=_list(_WHOLE), parameters=_PARAMETERS, data=_ANY
)
_STATUS = _object("error_code error_message", error_code=_TEXT, error_message=_TEXT)
_EXAMPLE = {"type": "object"}
_SCHEMAS = {
    "Error": _object("error", error=_TEXT),
    "Status": _object(
        "model_version_status",
        model_version_status=_list(_object("version state status", version=_TEXT, state=_TEXT, status=_STATUS)),
    ),
    "Metadata": _object("model_spec metadata", model_spec={"type": "object"}, metadata={"type": "object"}),
    "PredictRequest": {
        "type": "object",
        "properties": {"signature_name": _TEXT, "instances": _list(_ANY, minItems=1), "inputs": _ANY},
        "oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}],
    },
    "Predictions": {
        "oneOf": [_object("predictions", predictions=_list(_ANY)), _object("outputs", outputs=_ANY)],
    },
    "ExamplesRequest": _object(
        "examples", signature_name=_TEXT, context=_EXAMPLE, examples=_list(_EXAMPLE, minItems=1)
    ),
    "Results": _object("results", results=_list(_ANY)),
    "Server": _object("name version extensions", name=_TEXT, version=_TEXT, extensions=_list(_TEXT)),
    "Index": _list(_object("name version state reason", name=_TEXT, version=_TEXT, state=_TEXT, reason=_TEXT)),
    "ModelMetadata": _object(
        "name versions platform inputs outputs",
        name=_TEXT,
        versions=_list(_TEXT),
        platform=_TEXT,
        inputs=_list(_DESCRIBED),
        outputs=_list(_DESCRIBED),
    ),
    "InferRequest": _object(
        "inputs", id=_TEXT, parameters=_PARAMETERS, inputs=_list(_TENSOR), outputs=_list(_object("name", name=_TEXT))
    ),
    "InferResponse": _object(
        "model_name outputs", model_name=_TEXT, model_version=_TEXT, id=_TEXT, outputs=_list(_TENSOR)
    ),
}
