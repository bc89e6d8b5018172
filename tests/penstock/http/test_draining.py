"""Connections that wait at a socket when its server ends."""

import asyncio
import socket

import pytest
import uvicorn

from penstock.http.draining import DrainingServer, accept_waiting
from penstock.http.listening import listening


@pytest.mark.parametrize("count", [0, 1, 20])
def test_each_connection_that_waits_is_accepted(count):
    async def taken():
        accepted = []

        async def take(reader, writer):
            accepted.append(await reader.read(2))
            writer.close()

        opened = listening("127.0.0.1", 0)
        server = await asyncio.start_server(take, sock=opened)
        clients = [socket.create_connection(opened.getsockname(), timeout=60) for _ in range(count)]
        for client in clients:
            client.sendall(b"me")
        assert accepted == []
        await accept_waiting([opened], 60.0)
        server.close()
        ends = [await asyncio.to_thread(client.recv, 1) for client in clients]
        return accepted, ends

    assert asyncio.run(taken()) == ([b"me"] * count, [b""] * count)


def test_end_is_not_delayed_for_longer_than_the_limit():
    opened = listening("127.0.0.1", 0)
    with socket.create_connection(opened.getsockname(), timeout=60):  # nobody accepts it
        asyncio.run(accept_waiting([opened], 0.01))
    opened.close()


def test_server_answers_a_connection_that_waits_when_it_ends():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def answered():
        opened = listening("127.0.0.1", 0)
        config = uvicorn.Config(app, lifespan="off", log_level="warning")
        config.load()
        server = DrainingServer(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[opened])
        # The kernel takes the connection; the event loop has not accepted it when the server begins to end.
        client = socket.create_connection(opened.getsockname(), timeout=60)
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await server.shutdown([opened])
        with client, client.makefile() as answer:
            return await asyncio.to_thread(answer.read)

    text = asyncio.run(answered())
    assert text.startswith("HTTP/1.1 200 OK\n")
    assert text.endswith("\nok")
