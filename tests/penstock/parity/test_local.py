"""A server of a version in a process of its own."""

import socket
from urllib.parse import urlsplit

import pytest

from penstock.core.errors import PenstockError
from penstock.parity.local import MODEL, serving
from penstock.parity.rest import RestServer

pytestmark = pytest.mark.slow


def test_version_is_served_and_its_process_ends_with_the_block(tmp_path):
    from tests.penstock.server.saved_models import write_mixed

    folder = write_mixed(tmp_path / "3", bias=0.5)
    with serving(folder) as (rest, grpc):
        client = RestServer(rest, MODEL, None)
        assert client.predict({"inputs": {"x": [1.0], "n": [2], "s": ["a"]}})["outputs"]["score"] == [2.5]
        client.close()
        assert grpc.startswith("127.0.0.1:")
    parts = urlsplit(rest)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((parts.hostname, parts.port), timeout=5)


def test_server_that_does_not_start_says_why_in_one_sentence(tmp_path):
    with (
        pytest.raises(PenstockError, match="penstock serve: expected a server that starts, received .*no such file"),
        serving(tmp_path / "absent"),
    ):
        raise AssertionError("it started")
