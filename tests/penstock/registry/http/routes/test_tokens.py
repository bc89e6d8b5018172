def test_administrator_makes_lists_and_revokes_tokens_by_http(http, token):
    headers = token("admin")
    made = http.post("/api/tokens", json={"name": "node", "scopes": ["write"], "days": 1}, headers=headers).json()
    own = {"Authorization": f"Bearer {made['text']}"}
    assert http.get("/api/tokens/own", headers=own).json() == made["token"]
    assert made["token"] in http.get("/api/tokens/all", headers=headers).json()["items"]
    assert http.get("/api/tokens/all", headers=own).status_code == 403
    assert http.post("/api/tokens/name/node/revoke", headers=headers).json()["archived"]
    assert http.get("/api/tokens/own", headers=own).status_code == 401
    assert http.get("/api/tokens/own").status_code == 401
