"""Connections whose headers do not arrive in time; the rest is in `test_serving.py`, with a whole server."""

import asyncio
import socket

import pytest
from uvicorn import Config, Server

from penstock.server.process import protocol


async def answering(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /second"])
def test_connection_whose_headers_do_not_arrive_is_closed(monkeypatch, sent):
    async def ask():
        server = Server(Config(answering, http=protocol.Protocol, lifespan="off", log_config=None))
        opened = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server._serve([opened]))
        while not server.started:
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection(*opened.getsockname())
        writer.write(sent)
        received = await reader.read()
        server.should_exit = True
        await serving
        return received

    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.05)
    received = asyncio.run(ask())
    assert received.count(b"HTTP/1.1 200 OK") == sent.count(b"\r\n\r\n")


async def answering_much(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * 50_000_000})


@pytest.mark.slow
@pytest.mark.parametrize("reads", [True, False])
def test_connection_of_a_client_that_does_not_read_its_answer_is_closed(monkeypatch, reads):
    async def ask():
        server = Server(Config(answering_much, http=protocol.Protocol, lifespan="off", log_config=None))
        opened = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server._serve([opened]))
        while not server.started:
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection(*opened.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = len(await reader.read()) if reads else 0
        while server.server_state.connections or not server.server_state.total_requests:
            await asyncio.sleep(0.01)
        server.should_exit = True
        await serving
        writer.close()
        return received

    monkeypatch.setattr(protocol, "READ_SECONDS", 0.5)
    assert (asyncio.run(ask()) > 50_000_000) == reads
