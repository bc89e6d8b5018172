"""The OpenAPI document describes what is answered: schemathesis draws requests from it and checks the answers."""

import json
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = pytest.mark.slow

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODELS = {"model": ("mixed", "estimator", "echo"), "version": (1, 2, 3, 7), "label": ("stable", "none")}


def test_no_request_that_the_document_allows_breaks_the_server(server):
    """Each answer is one that the document names, of the form that it gives, and none is an error of the server."""
    asked = Counter()

    @settings(max_examples=8, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def ask(operation, data):
        case = data.draw(operation.as_strategy())
        for name in case.path_parameters or {}:
            case.path_parameters[name] = data.draw(st.sampled_from(MODELS[name]))
        asked[operation.label] += 1
        case.call_and_validate(checks=CHECKS)

    schema = schemathesis.openapi.from_url(f"{server}/openapi.json")
    for found in schema.get_all_operations():
        ask(found.ok())
    assert len(asked) == 25


def test_the_document_has_the_prefix_and_the_version(call_with):
    found = json.loads(call_with(prefix="/a", version="1.2")("GET", "/a/openapi.json").body)
    assert found["servers"] == [{"url": "/a"}]
    assert found["info"]["version"] == "1.2"
