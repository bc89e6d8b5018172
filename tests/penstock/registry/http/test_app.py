import re
from collections import Counter

import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.registry.http.app import LARGEST_BODY, create_app
from tests.registry_rows import body, digest
from tests.registry_server import serving


def _run(http, headers, model_id, number=1):
    experiment = http.post(
        "/api/experiments", json=body(model_id, f"run-{number}").model_dump(mode="json"), headers=headers
    ).json()
    version = {
        "model_id": model_id,
        "number": number,
        "folder": f"models/{number}",
        "digest": digest(number),
        "experiment_id": experiment["id"],
    }
    return experiment, http.post("/api/versions", json=version, headers=headers).json()


def test_project_to_alias_by_http(http, token, registry):
    headers = token("write", "promote")
    project = http.post("/api/projects", json={"name": "taxi"}, headers=headers).json()
    model = http.post("/api/models", json={"project_id": project["id"], "name": "tips"}, headers=headers).json()
    assert http.post("/api/projects", json={"name": "taxi"}, headers=headers).json() == project
    first, one = _run(http, headers, model["id"])
    second, two = _run(http, headers, model["id"], 2)
    place = f"/api/aliases/model-id/{model['id']}/name/default"
    assert http.get(place).json()["version"] == 1
    moved = http.put(place, json={"version": 2, "expect": 1, "why": "better"}, headers=headers)
    assert (moved.status_code, moved.json()["version"]) == (200, 2)
    lost = http.put(place, json={"version": 2, "expect": 1}, headers=headers)
    assert lost.status_code == 409
    assert lost.json()["error"]["received"] == "version 2, moved by ann"
    assert http.post(f"{place}/rollback", json={}, headers=headers).json()["version"] == 1
    for path, found in {
        "/api/projects/all": project["id"],
        "/api/models/all": model["id"],
        "/api/models/name/tips": model["id"],
        "/api/models/project-name/taxi": model["id"],
        f"/api/models/project-id/{project['id']}": model["id"],
        f"/api/experiments/model-id/{model['id']}?order_by=-metric.auc&limit=1": second["id"],
        f"/api/experiments/project-id/{project['id']}?limit=1": first["id"],
        "/api/experiments/all?where=metric.auc>=0.9&limit=1": first["id"],
        f"/api/versions/model-id/{model['id']}?limit=1": one["id"],
        "/api/events/all?limit=1": 1,
    }.items():
        assert [item["id"] for item in http.get(path).json()["items"]] == [found], path
    assert http.get(f"/api/experiments/model-version-id/{two['id']}").json() == second
    assert http.get(f"/api/versions/model-id/{model['id']}/number/2").json()["id"] == two["id"]
    assert http.patch(f"/api/versions/id/{two['id']}", json={"tags": {"a": "b"}}, headers=headers).json()["tags"] == {
        "a": "b"
    }
    assert {event.actor for event in registry.events().items[1:]} == {"ann"}


def test_maps_are_merged_by_http(http, token, model):
    headers = token("write")
    made, _ = _run(http, headers, model.id)
    http.post(f"/api/experiments/evaluations/{made['id']}", json={"overall": {"auc": 0.5}}, headers=headers)
    path = f"/api/experiments/artifact-file-paths/{made['id']}"
    found = http.post(path, json={"report": "report.html"}, headers=headers).json()
    assert found["evaluations"] == {"overall": {"auc": 0.5, "log_loss": 0.3}}
    assert found["artifacts"] == {"report": "report.html"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/projects/id/99", 404),
        ("/api/projects/id/0", 422),
        ("/api/projects/id/99999999999999999999", 422),
        ("/api/projects/id/1%20OR%201=1", 422),
        ("/api/projects/name/nobody", 404),
        ("/api/projects/name/..%2f..", 404),
        ("/api/projects/name/%00", 422),
        ("/api/projects/name/' OR 1=1 --", 422),
        ("/api/projects/all?limit=0", 422),
        ("/api/projects/all?after=x", 422),
        ("/api/experiments/all?where=auc", 422),
        ("/api/experiments/all?where=setting.a<b", 422),
        ("/api/experiments/model-id/1?order_by=auc", 422),
        ("/api/models/project-id/99", 404),
        ("/api/nothing", 404),
    ],
)
def test_refused_request_has_four_parts(http, model, path, status):
    answer = http.get(path)
    assert answer.status_code == status
    assert {"what", "expected", "received", "next_step"} <= answer.json()["error"].keys()
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_method_that_a_path_has_not_is_refused_with_those_it_has(http):
    answer = http.delete("/api/projects/all")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["error"]["next_step"] == "see /api/openapi.json for the methods"


def test_body_that_is_too_large_is_refused(http, token):
    headers = {**token("write"), "Content-Type": "application/json"}
    large = b'{"name": "' + b"x" * LARGEST_BODY + b'"}'
    declared = http.post("/api/projects", content=large, headers=headers)
    chunks = http.post("/api/projects", content=iter([large[:10], large[10:]]), headers=headers)
    assert (declared.status_code, chunks.status_code) == (413, 413)
    assert http.post("/api/projects", content=iter([b'{"name":', b'"taxi"}']), headers=headers).status_code == 200


def test_deeply_nested_body_is_refused(http, token, model):
    nested = "[" * 10_000 + "]" * 10_000
    text = body(model.id).model_dump_json().replace('"configuration":{', f'"configuration":{{"a":{nested},')
    answer = http.post("/api/experiments", content=text, headers=token("write"))
    assert answer.status_code == 422


def test_database_that_does_not_answer_is_503_without_its_address(registry, http, tmp_path, request):
    if registry.database.file:
        registry.database.close()
        registry.database.file.write_text("no database")
    else:
        name = registry.database.engine.url.database
        registry.database.close()
        request.getfixturevalue("postgresql").execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert http.get("/health").status_code == 200
    answer = http.get("/ready")
    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
    assert str(tmp_path) not in answer.text


def test_no_request_that_the_document_allows_breaks_the_server(registry, token, model):
    """Each answer is one that the document names, of the form that it gives, and none is an error of the server."""
    headers = token("admin")
    asked = Counter()

    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def ask(operation, data):
        asked[operation.label] += 1
        data.draw(operation.as_strategy()).call_and_validate(headers=headers)

    with serving(create_app(registry, open_to_readers=False)) as http:
        _run(http, headers, model.id)
        schema = schemathesis.openapi.from_url(f"{http.base_url}/api/openapi.json")
        for found in schema.get_all_operations():
            ask(found.ok())
    assert len(asked) == 31
    assert registry.faults() == []


def test_reads_need_a_token_where_configured(registry, token):
    with serving(create_app(registry, open_to_readers=False)) as http:
        assert http.get("/api/projects/all").status_code == 401
        assert http.get("/api/projects/all", headers=token("read")).status_code == 200
        assert http.get("/health").status_code == 200


def test_expired_revoked_and_wrong_tokens_are_refused_alike(registry, http, token):
    revoked, expired = token("write", name="bob"), token("write", name="eve", days=1)
    registry.revoke_token("bob")
    with registry.database.writing() as connection:
        connection.execute(sa.text("UPDATE tokens SET expires = created WHERE name = 'eve'"))
    wrong = {"Authorization": "Bearer penstock_nothing"}
    answers = [http.post("/api/projects", json={"name": "taxi"}, headers=each) for each in (revoked, expired, wrong)]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert registry.projects().items == ()


def test_token_allows_only_its_scopes(http, token, model):
    reader, writer = token("read", name="r"), token("write", name="w")
    admin = token("admin", name="a")
    assert http.post("/api/projects", json={"name": "x"}, headers=reader).status_code == 403
    _run(http, writer, model.id)
    place, move = f"/api/aliases/model-id/{model.id}/name/canary", {"version": 1}
    assert http.put(place, json=move).status_code == 401
    assert http.put(place, json=move, headers=writer).status_code == 403
    assert http.put(place, json=move, headers=admin).status_code == 200
