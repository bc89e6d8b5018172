"""The OpenAPI document describes what is answered: schemathesis draws requests from it and checks the answers."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = pytest.mark.slow

MODELS = {"model": ["mixed", "estimator", "echo"], "version": [1, 2, 3, 7], "label": ["stable"]}


@pytest.fixture
def served(models):
    from penstock.server.rest.application import application

    return schemathesis.openapi.from_asgi("/openapi.json", application(models))


schema = schemathesis.pytest.from_fixture("served")


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Ask for what exists in most requests."""
    for name, known in MODELS.items():
        value = path_parameters.get(name)
        if value is not None:
            path_parameters[name] = known[hash(str(value)) % len(known)]
    return path_parameters


@schema.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case):
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    case.call_and_validate(checks=checks)


def test_the_document_has_the_prefix_and_the_version(call_with):
    found = json.loads(call_with(prefix="/a", version="1.2")("GET", "/a/openapi.json").body)
    assert found["servers"] == [{"url": "/a"}]
    assert found["info"]["version"] == "1.2"
