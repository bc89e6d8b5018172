import socket
import threading
import time

import pytest
import uvicorn

from penstock.registry.http import worker
from penstock.registry.http.app import create_app


@pytest.mark.slow
def test_connection_whose_headers_do_not_arrive_is_closed(registry, monkeypatch):
    monkeypatch.setattr(worker, "HEADER_SECONDS", 0.2)
    config = uvicorn.Config(
        create_app(registry), port=0, http=worker.Protocol, log_level="critical", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        place = server.servers[0].sockets[0].getsockname()
        for begun in (b"", b"GET / HTTP/1.1\r\nHost:"):
            with socket.create_connection(place, timeout=60) as slow:
                slow.sendall(begun)
                assert slow.recv(100) == b""
        monkeypatch.setattr(worker, "HEADER_SECONDS", 60)  # the machine may be busy
        with socket.create_connection(place, timeout=60) as quick:
            quick.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert quick.recv(100).startswith(b"HTTP/1.1 200 OK")
    finally:
        server.should_exit = True
        thread.join(600)
