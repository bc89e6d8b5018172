"""The check of the host that was asked."""

import pytest

from penstock.dashboard.app import create_app
from penstock.dashboard.sources import Sources
from tests.registry_server import serving


@pytest.mark.parametrize(
    ("allowed", "host", "status"),
    [
        ((), "localhost", 200),
        ((), "LOCALHOST:8700", 200),
        ((), "127.0.0.1:8700", 200),
        ((), "[::1]:8700", 200),
        ((), "evil.example", 421),
        ((), "localhost.evil.example:8700", 421),
        ((), "localhost@evil.example", 421),
        ((), "", 421),
        (("dash.example",), "dash.example:80", 200),
        (("dash.example",), "Dash.Example", 200),
        (("dash.example",), "other.example", 421),
        (("*",), "other.example", 200),
    ],
)
def test_request_for_the_name_of_another_host_is_refused(allowed, host, status):
    with serving(create_app(Sources(), allowed)) as client:
        answer = client.get("/health", headers={"host": host})
    assert answer.status_code == status
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
