"""Answers of a service as errors: statuses, remedies, and no token of the request."""

import pytest

from penstock.core.errors import ConfigError, PenstockError
from pipeline.submission.refusals import Service, chain, not_installed, without_tokens

SERVICE = Service("http://localhost:8888", {0: "set kubeflow.host", 401: "log in", 400: "correct it"})


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (400, ConfigError, "expected a request that the service accepts, received HTTP 400: bad; correct it."),
        (401, PenstockError, "expected credentials that the service accepts, received HTTP 401: bad; log in."),
        (409, ConfigError, "expected a name that no run has, received HTTP 409: bad; repeat it later, or ask who runs"),
        (503, PenstockError, "expected a run, received HTTP 503: bad; repeat it later, or ask who runs the service."),
    ],
)
def test_status_decides_the_kind_of_error_and_the_remedy(status, kind, sentence):
    error = SERVICE.refused(status, "bad.")
    assert type(error) is kind
    assert str(error).startswith(f"http://localhost:8888: {sentence}")


@pytest.mark.parametrize(("status", "expected"), [(403, "the permission to deploy"), (500, "a deployment")])
def test_service_says_what_it_expects_if_that_is_no_run(status, expected):
    service = Service("localhost", {}, {0: "a deployment", 403: "the permission to deploy"})
    assert service.refused(status, "bad").expected == expected


def test_answer_without_a_message_has_its_status():
    assert SERVICE.refused(401, " \n").received == "HTTP 401"


def test_long_message_is_shortened_to_one_line():
    received = SERVICE.refused(400, "wrong\n" * 1000).received
    assert len(received) < 700
    assert "\n" not in received


@pytest.mark.parametrize(
    "token",
    [
        "Bearer abcdefghijklmnop",
        "bearer abc.def.ghi-jkl",
        "Basic YWRhOmhpZGRlbg==",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-nature",
        "ya29.a0AfH6SMBx-y_z",
    ],
)
def test_token_in_a_message_is_not_shown(token):
    for error in (SERVICE.refused(401, f"invalid {token}, sorry"), SERVICE.unreachable(f"invalid {token}, sorry")):
        assert token.split()[-1] not in str(error)
        assert "invalid" in str(error)
    assert without_tokens(f"a {token} b") == "a *** b"


def test_unreachable_service_has_its_own_remedy():
    assert str(SERVICE.unreachable("connection refused")) == (
        "http://localhost:8888: expected a service that answers, received connection refused; set kubeflow.host."
    )


def test_client_that_is_not_installed_is_named():
    assert str(not_installed("kfp", "submit --target kubeflow")) == (
        "submit --target kubeflow: expected the package kfp, received an environment without it; run `make set-up`."
    )


def test_chain_of_errors_ends_also_if_it_is_a_circle():
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__context__ = second, first
    assert list(chain(first)) == [first, second]
