"""How the script waits for Flink, with a server in its place."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError

import pytest

from scripts.cluster.flink import _registered


@pytest.fixture
def answering():
    """Start servers that give one answer, and return their ports."""
    servers = []

    def start(status, body=b""):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Log nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server.server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_task_managers_are_counted_and_none_before_flink_has_a_leader(answering):
    assert _registered(answering(200, b'{"taskmanagers": [{"id": "a"}, {"id": "b"}]}')) == 2
    assert _registered(answering(503)) == 0
    with pytest.raises(HTTPError):
        _registered(answering(500))
