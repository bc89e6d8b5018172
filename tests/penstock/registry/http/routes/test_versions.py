from tests.registry_rows import post_run


def test_alias_is_moved_and_rolled_back_by_http(http, token, model, registry):
    headers = token("write", "promote")
    (_, one), (_, two) = (post_run(http, headers, model.id, number) for number in (1, 2))
    place = f"/api/aliases/model-id/{model.id}/name/default"
    assert http.get(place).json()["version"] == 1
    moved = http.put(place, json={"version": 2, "expect": 1, "why": "better"}, headers=headers)
    assert (moved.status_code, moved.json()["version"]) == (200, 2)
    lost = http.put(place, json={"version": 2, "expect": 1}, headers=headers)
    assert (lost.status_code, lost.json()["error"]["received"]) == (409, "version 2, moved by ann")
    assert http.post(f"{place}/rollback", json={}, headers=headers).json()["version"] == 1
    assert [alias["name"] for alias in http.get(f"/api/aliases/model-id/{model.id}").json()] == ["default"]
    events = http.get(f"/api/events/model-id/{model.id}").json()["items"]
    assert [event["actor"] for event in events[-2:]] == ["ann", "ann"]
    assert http.get("/api/events/all?limit=1").json()["items"][0]["id"] == 1


def test_versions_are_found_and_changed_by_http(http, token, model):
    headers = token("write", "promote")
    (_, one), (_, two) = (post_run(http, headers, model.id, number) for number in (1, 2))
    page = http.get(f"/api/versions/model-id/{model.id}?limit=1").json()
    assert [each["id"] for each in page["items"]] == [one["id"]]
    rest = http.get(f"/api/versions/model-id/{model.id}?limit=1&after={page['after']}").json()
    assert ([each["id"] for each in rest["items"]], rest["after"]) == ([two["id"]], None)
    assert http.get(f"/api/versions/model-id/{model.id}/number/2").json() == two
    changed = http.patch(f"/api/versions/id/{two['id']}", json={"tags": {"a": "b"}}, headers=headers).json()
    assert http.get(f"/api/versions/id/{two['id']}").json() == changed == {**two, "tags": {"a": "b"}}
