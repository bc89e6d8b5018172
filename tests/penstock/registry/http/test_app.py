from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.registry.http.app import create_app
from penstock.registry.http.bounds import Limits
from tests.registry_rows import body, post_run
from tests.registry_server import serving


def test_body_that_is_too_large_is_refused(http, token):
    headers = {**token("write"), "Content-Type": "application/json"}
    large = b'{"name": "' + b"x" * Limits().body_bytes + b'"}'
    declared = http.post("/api/projects", content=large, headers=headers)
    chunks = http.post("/api/projects", content=iter([large[:10], large[10:]]), headers=headers)
    assert (declared.status_code, chunks.status_code) == (413, 413)
    assert http.post("/api/projects", content=iter([b'{"name":', b'"taxi"}']), headers=headers).status_code == 200


def test_deeply_nested_body_is_refused(http, token, model):
    nested = "[" * 10_000 + "]" * 10_000
    text = body(model.id).model_dump_json().replace('"configuration":{', f'"configuration":{{"a":{nested},')
    answer = http.post("/api/experiments", content=text, headers=token("write"))
    assert answer.status_code == 422


@pytest.mark.slow
def test_no_request_that_the_document_allows_breaks_the_server(registry, token, model):
    """Each answer is one that the document names, of the form that it gives, and none is an error of the server."""
    import schemathesis

    headers = token("admin")
    asked = Counter()

    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def ask(operation, data):
        asked[operation.label] += 1
        data.draw(operation.as_strategy()).call_and_validate(headers=headers)

    with serving(create_app(registry, open_to_readers=False, limits=Limits(rate=0, refusals=0))) as http:
        post_run(http, headers, model.id)
        schema = schemathesis.openapi.from_url(f"{http.base_url}/api/openapi.json")
        for found in schema.get_all_operations():
            ask(found.ok())
    assert len(asked) == 43
    assert registry.faults() == []


@pytest.mark.slow
def test_no_sequence_of_requests_that_follow_from_each_other_breaks_the_server(registry, token):
    """What one answer gives, such as an id, is what the next request asks for or changes."""
    import schemathesis

    headers, asked = token("admin"), Counter()
    with serving(create_app(registry, open_to_readers=False, limits=Limits(rate=0, refusals=0))) as http:
        schema = schemathesis.openapi.from_url(f"{http.base_url}/api/openapi.json")
        schema.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])

        class Sequences(schema.as_state_machine()):
            def get_call_kwargs(self, case):
                return {"headers": headers}

            def validate_response(self, response, case, *arguments, **named):
                asked[response.status_code] += 1
                return super().validate_response(response, case, *arguments, **named)

        Sequences.run(
            settings=settings(
                max_examples=40, stateful_step_count=10, database=None, suppress_health_check=list(HealthCheck)
            )
        )
    assert asked[200] > 50
    assert registry.faults() == []
