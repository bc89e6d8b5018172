from tests.registry_rows import post_run


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
