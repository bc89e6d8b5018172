"""Connections whose headers do not arrive in time; the rest is in `test_serving.py`, with a whole server."""

import asyncio
import io
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

    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.3)  # so long a busy machine may take to send the first request
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


async def answering_twice(scope, receive, send):
    await receive()
    headers = [] if scope["path"] == "/chunked" else [(b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ab", "more_body": True})
    await asyncio.sleep(0.01)
    await send({"type": "http.response.body", "body": b"cd"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_line", "headers", "answers"),
    [
        (b"GET /", b"", [b"abcd"] * 2),
        (b"GET /chunked", b"", [b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"] * 2),
        (b"HEAD /", b"", [b""] * 2),
        (b"GET /", b"Connection: close\r\n", [b"abcd"]),
        (b"POST /", b"Content-Length: 0\r\nExpect: 100-continue\r\n", [b"abcd"] * 2),
    ],
)
def test_answers_arrive_whole_and_in_their_order(request_line, headers, answers):
    async def ask():
        config = Config(answering_twice, http=protocol.Protocol, lifespan="off", log_config=None, server_header=False)
        server = Server(config)
        opened = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server._serve([opened]))
        while not server.started:
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection(*opened.getsockname())
        writer.write((request_line + b" HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n") * 2)
        writer.write_eof()
        received = await reader.read()
        server.should_exit = True
        await serving
        return received

    received = io.BytesIO(asyncio.run(ask()))
    for wanted in answers:
        while b"Continue" in (line := received.readline()) or line == b"\r\n":
            pass
        assert line == b"HTTP/1.1 200 OK\r\n"
        while received.readline() != b"\r\n":
            pass
        assert received.read(len(wanted)) == wanted
    assert received.read() == b""


class Sent(asyncio.Transport):
    """A transport that notes what was done with it."""

    def __init__(self):
        super().__init__()
        self.done = []

    def write(self, data):
        self.done.append(data)

    def close(self):
        self.done.append("close")

    def abort(self):
        self.done.append("abort")

    def get_write_buffer_size(self):
        return 5


@pytest.mark.parametrize(
    ("steps", "done"),
    [
        (["head", "body"], [b"headbody"]),
        (["head", "turn", "body"], [b"head", b"body"]),
        (["head", "body", "head", "body"], [b"headbody", b"headbody"]),
        (["head", "body", "more"], [b"headbody", b"more"]),
        (["head", "", "body"], [b"head", b"body"]),
        (["head", "close"], [b"head", "close"]),
        (["head", "abort"], ["abort"]),
        (["", "close"], ["close"]),
    ],
)
def test_two_writes_of_a_turn_are_sent_at_once(steps, done):
    async def write():
        transport = protocol.JoiningTransport(sent, asyncio.get_running_loop())
        for step in steps:
            if step == "turn":
                await asyncio.sleep(0)
            elif step in ("close", "abort"):
                getattr(transport, step)()
            else:
                transport.write(step.encode())
        await asyncio.sleep(0)
        assert transport.get_write_buffer_size() == 5

    sent = Sent()
    asyncio.run(write())
    assert sent.done == done


def test_bytes_that_are_held_are_not_sent_yet():
    async def size():
        transport = protocol.JoiningTransport(Sent(), asyncio.get_running_loop())
        transport.write(b"head")
        return transport.get_write_buffer_size()

    assert asyncio.run(size()) == 9
