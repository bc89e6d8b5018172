def test_projects_and_models_are_made_once_and_found_by_http(http, token):
    headers = token("write")
    project = http.post("/api/projects", json={"name": "taxi"}, headers=headers).json()
    given = {"project_id": project["id"], "name": "tips"}
    model = http.post("/api/models", json=given, headers=headers).json()
    assert http.post("/api/projects", json={"name": "taxi"}, headers=headers).json() == project
    assert http.post("/api/models", json=given, headers=headers).json() == model
    for path in ("id/1", "name/taxi"):
        assert http.get(f"/api/projects/{path}").json() == project
    assert http.get("/api/projects/all").json()["items"] == [project]
    assert http.get("/api/models/id/1").json() == model
    for path in ("all", "name/tips", "project-name/taxi", f"project-id/{project['id']}"):
        assert http.get(f"/api/models/{path}").json()["items"] == [model], path
