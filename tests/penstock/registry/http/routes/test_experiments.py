import pytest

from tests.registry_rows import post_run


@pytest.mark.slow
def test_experiments_are_listed_by_model_project_and_version(http, token, model):
    headers = token("write")
    (first, _), (second, version) = (post_run(http, headers, model.id, number) for number in (1, 2))
    for path, found in {
        f"model-id/{model.id}?order_by=-metric.auc&limit=1": second,
        f"project-id/{model.project_id}?limit=1": first,
        "all?where=metric.auc>=0.9&where=setting.model.family=trees&limit=1": first,
    }.items():
        assert http.get(f"/api/experiments/{path}").json()["items"] == [found], path
    assert http.get("/api/experiments/all?where=metric.auc>0.95").json() == {"items": [], "after": None}
    assert http.get(f"/api/experiments/id/{first['id']}").json() == first
    assert http.get(f"/api/experiments/model-version-id/{version['id']}").json() == second


def test_maps_are_merged_by_http(http, token, model):
    headers = token("write")
    made, _ = post_run(http, headers, model.id)
    http.post(f"/api/experiments/evaluations/{made['id']}", json={"overall": {"auc": 0.5}}, headers=headers)
    path = f"/api/experiments/artifact-file-paths/{made['id']}"
    found = http.post(path, json={"report": "report.html"}, headers=headers).json()
    assert found["evaluations"] == {"overall": {"auc": 0.5, "log_loss": 0.3}}
    assert found["artifacts"] == {"report": "report.html"}


@pytest.mark.parametrize("query", ["were=metric.auc>1", "Limit=1", "=x", "where[]=metric.auc>1"])
def test_parameter_that_the_path_does_not_have_is_refused(http, model, query):
    answer = http.get(f"/api/experiments/model-id/{model.id}?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["expected"] == "one of where, order_by, limit, after, archived, newest"
    named = http.get(f"/api/models/id/{model.id}?{query}")
    assert (named.status_code, named.json()["error"]["expected"]) == (422, "none")
