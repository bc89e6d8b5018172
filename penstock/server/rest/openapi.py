"""The OpenAPI document of the REST interface."""

import orjson

PATH = "/openapi.json"


def document(prefix: str, version: str) -> bytes:
    """Return the document as JSON."""
    return orjson.dumps({"openapi": "3.1.0", "info": {"title": "Penstock", "version": version}, "paths": {}})
