import pytest
import sqlalchemy as sa

from penstock.registry.http.app import create_app
from tests.registry_rows import post_run
from tests.registry_server import serving


@pytest.mark.slow
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
    post_run(http, writer, model.id)
    place, move = f"/api/aliases/model-id/{model.id}/name/canary", {"version": 1}
    assert http.put(place, json=move).status_code == 401
    assert http.put(place, json=move, headers=writer).status_code == 403
    assert http.put(place, json=move, headers=admin).status_code == 200


@pytest.mark.slow
def test_what_anybody_may_read_the_owner_of_any_token_may(registry, http, token, model):
    writer = token("write", name="w")
    assert http.get(f"/api/models/id/{model.id}", headers=writer).status_code == 200
    with serving(create_app(registry, open_to_readers=False)) as closed:
        assert closed.get(f"/api/models/id/{model.id}", headers=writer).status_code == 403
