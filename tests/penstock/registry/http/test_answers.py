import re
from dataclasses import replace

import pytest

from penstock.registry.client import DatabaseClient


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


def test_database_that_does_not_answer_is_503_without_its_address(registry, http, tmp_path, request):
    if registry.database.file:
        registry.database.close()
        registry.database.file.write_text("no database")
    else:
        postgresql = request.getfixturevalue("postgresql")
        postgresql.execute("CREATE DATABASE gone")
        with DatabaseClient(replace(postgresql, database="gone").url) as gone:
            app, _ = request.getfixturevalue("server")
            app.state.registry = gone
        postgresql.execute("DROP DATABASE gone WITH (FORCE)")
    assert http.get("/health").status_code == 200
    answer = http.get("/ready")
    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
    assert str(tmp_path) not in answer.text
