"""Submission to Kubeflow Pipelines, by its own client to a server on loopback."""

import json
import socket
import sys

import pytest
import yaml

from penstock.config.kubeflow import Kubeflow
from penstock.core.errors import ConfigError, PenstockError
from pipeline.submission.kubeflow import TOKEN_FILE, submit
from pipeline.submission.request import Request
from tests.kfp_server import API, RUN, serving
from tests.pipeline.submission.specifications import specification, written

pytestmark = pytest.mark.slow

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
LOGIN = '<html><form action="/dex/auth">'


@pytest.fixture
def server(monkeypatch):
    for name in (TOKEN_FILE, "KF_PIPELINES_ENDPOINT", "KF_PIPELINES_UI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    with serving() as state:
        yield state


def submitted(server, file, settings=None, **given):
    return submit(Request(file, **given), Kubeflow(host=server.address, **(settings or {})))


def refusal(server, file, kind=PenstockError, **given):
    with pytest.raises(PenstockError) as caught:
        submitted(server, file, **given)
    assert type(caught.value) is kind
    return caught.value


def test_run_has_the_file_and_all_that_was_given(server, tmp_path):
    file = written(tmp_path)
    settings = {"namespace": "ada", "experiment": "nightly", "service_account": "runner"}
    result = submitted(
        server, file, settings, name="run 7", root="gs://other/root", parameters={"source": "gs://b/rows.csv"}
    )
    assert (result.run, result.link) == (RUN, f"{server.address}/#/runs/details/{RUN}")
    [run] = server.of("POST", "/runs")
    assert run.body["pipeline_spec"] == yaml.safe_load(file.read_text())
    assert run.body["runtime_config"] == {
        "parameters": {"source": "gs://b/rows.csv"},
        "pipeline_root": "gs://other/root",
    }
    assert (run.body["display_name"], run.body["service_account"]) == ("run 7", "runner")
    assert run.body["experiment_id"] == server.experiments["nightly"]
    [listed] = server.of("GET", "/experiments")
    assert listed.query["namespace"] == "ada"
    [made] = server.of("POST", "/experiments")
    assert made.body == {"display_name": "nightly", "namespace": "ada"}


def test_run_without_settings_uses_those_of_the_file_and_the_server(server, tmp_path):
    server.experiments["Default"] = "experiment-of-the-server"
    result = submitted(server, written(tmp_path))
    assert result.run == RUN
    [run] = server.of("POST", "/runs")
    assert run.body["runtime_config"] == {"parameters": {}}
    assert run.body["experiment_id"] == "experiment-of-the-server"
    assert run.body["display_name"].startswith("taxi-kubeflow.yaml ")
    assert server.of("POST", "/experiments") == []
    assert "authorization" not in run.headers


def test_names_of_secrets_are_sent_with_the_run(server, tmp_path):
    platform = {
        "platforms": {
            "kubernetes": {
                "deploymentSpec": {"executors": {"ExampleGen_executor": {"secretAsEnv": [{"secretName": "b"}]}}}
            }
        }
    }
    submitted(server, written(tmp_path, specification(), platform))
    [run] = server.of("POST", "/runs")
    assert run.body["pipeline_spec"] == {"pipeline_spec": specification(), "platform_spec": platform}


def test_caching_is_turned_off_for_all_nodes_and_never_on(server, tmp_path):
    file = written(tmp_path)
    submitted(server, file, is_cached=False)
    submitted(server, file, is_cached=True)
    off, kept = (each.body["pipeline_spec"]["root"]["dag"]["tasks"] for each in server.of("POST", "/runs"))
    assert [task["cachingOptions"] for task in off.values()] == [{}, {}]
    assert kept == specification()["root"]["dag"]["tasks"]


def test_token_comes_from_the_file_that_the_variable_of_the_client_names(server, tmp_path, monkeypatch, capfd):
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.setenv(TOKEN_FILE, str(tmp_path / "token"))
    result = submitted(server, written(tmp_path))
    assert {each.headers["authorization"] for each in server.asked} == {f"Bearer {TOKEN}"}
    printed = capfd.readouterr()
    assert TOKEN not in f"{result} {printed.out} {printed.err}"


def test_missing_file_with_the_token_is_named(server, tmp_path, monkeypatch):
    monkeypatch.setenv(TOKEN_FILE, str(tmp_path / "none"))
    error = refusal(server, written(tmp_path), ConfigError)
    assert (error.what, error.received) == (str(tmp_path / "none"), "no such file or directory")
    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "kind", "remedy"),
    [
        (400, ConfigError, "correct what it names"),
        (401, PenstockError, f"set {TOKEN_FILE} to a file with a token that it accepts"),
        (403, PenstockError, "ask for the permission in the namespace"),
        (404, PenstockError, "check kubeflow.host, kubeflow.namespace and kubeflow.experiment"),
        (409, ConfigError, "give another name with --name"),
        (500, PenstockError, "repeat it later, or ask who runs the service"),
    ],
)
def test_refused_run_has_the_message_of_the_server_and_a_remedy(server, tmp_path, status, kind, remedy):
    server.refuse("/runs", status, f"Failed to create a run: Bearer {TOKEN} is not for Trainer")
    error = refusal(server, written(tmp_path), kind)
    assert error.what == server.address
    assert error.received == f"HTTP {status}: Failed to create a run: *** is not for Trainer"
    assert error.next_step.startswith(remedy)
    # A traceback would show the headers of the answer.
    assert error.__suppress_context__


def test_refusal_of_the_first_request_is_final(server, tmp_path):
    server.refuse("/healthz", 401, "no token", method="GET")
    assert refusal(server, written(tmp_path)).received == "HTTP 401: no token"
    assert len(server.asked) == 1


def test_error_of_a_proxy_in_front_of_the_server_is_shown_without_its_page(server, tmp_path):
    server.answers["POST", f"{API}/runs"] = (403, "text/html", "<html><body>RBAC</body></html>")
    assert refusal(server, written(tmp_path)).received == "HTTP 403"
    server.answers["POST", f"{API}/runs"] = (403, "text/plain", "RBAC: access denied")
    assert refusal(server, written(tmp_path)).received == "HTTP 403: RBAC: access denied"


@pytest.mark.parametrize("path", ["/healthz", "/experiments", "/runs"])
def test_page_for_a_login_in_place_of_an_answer_is_no_run(server, tmp_path, path):
    method = "POST" if path == "/runs" else "GET"
    server.answers[method, API + path] = (200, "text/html", LOGIN)
    if path != "/runs":
        server.answers["POST", f"{API}/runs"] = (200, "text/html", LOGIN)
    error = refusal(server, written(tmp_path))
    assert error.expected == "the answers of the KFP API"
    assert error.next_step.startswith("check kubeflow.host, and set ")


@pytest.mark.parametrize("path", ["/healthz", "/runs"])
def test_server_that_does_not_answer_is_not_waited_for(server, tmp_path, path):
    server.silent.add(API + path)
    error = refusal(server, written(tmp_path), seconds=1)
    assert error.expected in ("an answer", "a service that answers")


def test_host_that_refuses_connections_is_named(server, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(PenstockError) as caught:
            submit(Request(written(tmp_path)), Kubeflow(host=host))
    assert caught.value.what == host
    assert "Connection refused" in caught.value.received
    assert caught.value.next_step == "set kubeflow.host to the address of the API"


def test_host_without_tls_at_an_address_with_https_is_named(server, tmp_path):
    host = server.address.replace("http://", "https://")
    with pytest.raises(PenstockError) as caught:
        submit(Request(written(tmp_path)), Kubeflow(host=host))
    assert caught.value.what == host
    assert caught.value.expected == "a service that answers"


def test_two_experiments_of_one_name_are_reported(server, tmp_path):
    two = {"experiments": [{"experiment_id": "1"}, {"experiment_id": "2"}]}
    server.answers["GET", f"{API}/experiments"] = (200, "application/json", json.dumps(two))
    assert "Multiple experiments" in refusal(server, written(tmp_path)).received


def test_file_that_kfp_cannot_read_is_refused(server, tmp_path):
    file = written(tmp_path, {**specification(), "extra": 1})
    error = refusal(server, file, ConfigError)
    assert (error.what, error.expected) == (str(file), "a specification that KFP reads")
    assert "extra" in error.received
    assert server.of("POST", "/runs") == []


def test_environment_without_the_client_is_named(server, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "kfp.client", None)
    error = refusal(server, written(tmp_path), ConfigError)
    assert (error.expected, error.received) == ("the package kfp", "an environment without it")
