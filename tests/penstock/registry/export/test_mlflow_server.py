"""What is sent to an MLflow server, and what its answers mean; MLflow itself is in test_mlflow.py."""

import base64
import json

import pytest

from penstock.core.errors import ConfigError, StoreError
from penstock.registry.export.mlflow_server import PASSWORD, TOKEN, USER, MlflowServer
from scripts.ports import free_port
from tests.penstock.registry.test_transport import answering

JSON = {"Content-Type": "application/json"}
REFUSED = json.dumps({"error_code": "INVALID_PARAMETER_VALUE", "message": "no\n such thing."}).encode()


def post(url, **variables):
    with MlflowServer(url, variables) as server:
        return server.post("runs/create", {"a": 1})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "sent"),
    [
        ({}, None),
        ({TOKEN: "abc"}, "Bearer abc"),
        ({USER: "ada", PASSWORD: "é:x"}, f"Basic {base64.b64encode('ada:é:x'.encode()).decode()}"),
        ({USER: "ada", PASSWORD: "x", TOKEN: "abc"}, f"Basic {base64.b64encode(b'ada:x').decode()}"),
    ],
)
def test_credentials_are_sent_as_mlflows_client_sends_them(variables, sent):
    with answering((200, JSON, b"{}")) as (url, asked):
        assert post(f"{url}/below/", **variables) == {}
    [(method, path, headers)] = asked
    assert (method, path) == ("POST", "/below/api/2.0/mlflow/runs/create")
    assert headers.get("Authorization") == sent


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({USER: "ada"}, f"both {USER} and {PASSWORD}, received {USER} only"),
        ({PASSWORD: "x", TOKEN: "abc"}, f"received {PASSWORD} only"),
        ({TOKEN: "a b"}, "a token without spaces"),
    ],
)
def test_half_or_wrong_credentials_are_refused_and_not_shown(variables, expected):
    with pytest.raises(ConfigError, match=expected):
        MlflowServer("https://mlflow.example", variables)


@pytest.mark.parametrize(
    "url", ["mlflow", "ftp://host", "http://", "https://host?x=1", "https://ada:secret@host", "http://host:0"]
)
def test_address_that_is_none_is_refused_without_its_password(url):
    with pytest.raises(ConfigError, match="^--url") as refused:
        MlflowServer(url, {})
    assert "secret" not in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        ((401, {}, b"who?"), ConfigError, f"expected {TOKEN}, or {USER} and {PASSWORD}, that it accepts"),
        ((403, {}, b"no"), ConfigError, "received a refusal of runs/create"),
        ((302, {"Location": "https://login.example"}, b""), StoreError, "received a redirection"),
        ((503, {}, b""), StoreError, "received status 503 to runs/create; repeat the command"),
        ((429, {}, b""), StoreError, "a server that is ready"),
        ((400, JSON, REFUSED), ConfigError, "received INVALID_PARAMETER_VALUE: no such thing; correct it there"),
        ((404, {}, b"<html>"), StoreError, "expected MLflow's REST API, received status 404"),
        ((404, JSON, b'["x"]'), StoreError, "received status 404"),
        ((200, {}, b"<html>"), StoreError, "received an answer that is no JSON object"),
        ((200, JSON, b"[" * 100_000), StoreError, "received an answer that is no JSON object"),
        (None, StoreError, "expected a server that answers"),
    ],
)
def test_refusal_is_one_sentence(answer, kind, sentence):
    with answering(answer) as (url, _), pytest.raises(kind) as refused:
        post(url, **{TOKEN: "secret"})
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_server_that_is_not_there_is_one_sentence():
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(StoreError, match=f"MLflow server {url}: expected a server that answers, received Connection"):
        post(url)


@pytest.mark.slow
def test_missing_thing_is_none_and_an_existing_one_is_no_error():
    missing = json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "x"}).encode()
    exists = json.dumps({"error_code": "RESOURCE_ALREADY_EXISTS", "message": "x"}).encode()
    answers = ((404, JSON, missing), (400, JSON, exists), (400, JSON, REFUSED))
    with answering(*answers) as (url, asked), MlflowServer(url, {}) as server:
        assert server.find("registered-models/get", name="a b") is None
        server.create("experiments/create", {"name": "x"})
        with pytest.raises(ConfigError):
            server.create("experiments/create", {"name": "x"})
    assert asked[0][1] == "/api/2.0/mlflow/registered-models/get?name=a+b"


@pytest.mark.slow
def test_file_is_uploaded_with_its_length_below_an_escaped_name(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    with answering((200, JSON, b"{}"), (500, {}, b"")) as (url, asked), MlflowServer(url, {}) as server:
        server.upload(file, "1/run/model/a b?#é")
        with pytest.raises(StoreError, match="received status 500 to the upload of x"):
            server.upload(file, "1")
    method, path, headers = asked[0]
    assert (method, headers["Content-Length"]) == ("PUT", "5")
    assert path == "/api/2.0/mlflow-artifacts/artifacts/1/run/model/a%20b%3F%23%C3%A9"
