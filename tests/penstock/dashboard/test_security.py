"""The check of the host that was asked."""

import pytest

from penstock.dashboard.app import create_app
from penstock.dashboard.sources import Sources
from tests.registry_server import serving

ANSWERS = {
    (): {
        **{"localhost": 200, "LOCALHOST:8700": 200, "127.0.0.1:8700": 200, "[::1]:8700": 200},
        **{"evil.example": 421, "localhost.evil.example:8700": 421, "localhost@evil.example": 421, "": 421},
    },
    ("dash.example",): {"dash.example:80": 200, "Dash.Example": 200, "127.0.0.1": 200, "other.example": 421},
    ("*",): {"other.example": 200},
}


@pytest.mark.slow
@pytest.mark.parametrize("allowed", ANSWERS)
def test_request_for_the_name_of_another_host_is_refused(allowed):
    with serving(create_app(Sources(), allowed)) as client:
        found = {host: client.get("/health", headers={"host": host}) for host in ANSWERS[allowed]}
    assert {host: answer.status_code for host, answer in found.items()} == ANSWERS[allowed]
    assert all("default-src 'none'" in answer.headers["content-security-policy"] for answer in found.values())
