"""What reaches the application through a real server, and what the server refuses before that."""

import json
import socket
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from tests.penstock.server.rest.cases import CASES, ECHO, PREDICT, Reply, check

pytestmark = pytest.mark.slow

BODY = b'{"instances":[1]}'
STAY = f"POST {PREDICT} HTTP/1.1\r\nHost: a\r\n".encode()
START = STAY + b"Connection: close\r\n"


@pytest.fixture
def call(server):
    def ask(method, path, body=b"", **headers):
        with httpx.Client(base_url=server, timeout=60) as client:
            answer = client.request(method, path, content=body, headers=headers)
            return Reply(answer.status_code, dict(answer.headers), answer.content, {})

    return ask


def sent(server, data, *, end=False):
    """Send bytes, perhaps end the connection on this side, and return what comes until the server closes it."""
    place = urlsplit(server)
    with closing(socket.create_connection((place.hostname, place.port), timeout=60)) as connection:
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


@pytest.mark.parametrize("case", CASES[::12], ids=lambda case: f"{case[0]} {case[1]} {case[2][:60]!s}")
def test_a_request_over_a_socket_is_answered_as_by_tensorflow_serving(call, case):
    check(call, case)


def test_a_path_is_taken_as_it_was_sent(server):
    answer = sent(server, f"GET {ECHO}%2f%C3%A9?a=b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert b"Could not find any versions of model echo/" in answer


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 17\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 17\r\n",
        b"Content-Length: 17\r\nContent-Length: 18\r\n",
        b"Content-Length: 17, 17\r\n",
        b"Content-Length: +17\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 1 7\r\n",
        b"Content-Length : 17\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Bad\x00Header: 1\r\nContent-Length: 17\r\n",
        b" Folded: 1\r\nContent-Length: 17\r\n",
    ],
)
def test_a_message_whose_length_is_ambiguous_is_refused(server, head):
    """Its second part is no request: only one answer comes, and it is an error."""
    answer = sent(server, START + head + b"\r\n" + BODY + b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"-1\r\n", b"11;\x00\r\n", b"fffffffffffffffff\r\n", b"11\n", b"1 1\r\n"]
)
def test_a_chunk_of_a_wrong_size_is_refused(server, chunks):
    answer = sent(server, START + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + BODY + b"\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"predictions" not in answer


def test_a_body_in_chunks_is_read(server):
    chunks = b"5\r\n" + BODY[:5] + b"\r\n" + f"{len(BODY) - 5:x}\r\n".encode() + BODY[5:] + b"\r\n0\r\n\r\n"
    assert b'{"predictions":[1.0]}' in sent(server, START + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)


@pytest.mark.parametrize("data", [START + b"Content-Length: 17\r\n\r\n{", START, b"POST"])
def test_a_connection_that_ends_within_a_request_is_closed_without_an_answer(server, data):
    assert sent(server, data, end=True) == b""


def test_a_body_that_is_declared_too_large_is_refused_at_once(server):
    answer = sent(server, START + b"Content-Length: 999999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer


def test_requests_of_one_connection_are_answered_in_their_order(server):
    rest = b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    answer = sent(server, STAY + rest + STAY + rest.replace(b"[1]", b"[2]") + START + rest)
    places = [answer.index(b"[1.0]"), answer.index(b"[2.0]"), answer.rindex(b"[1.0]")]
    assert places == sorted(places)
    assert answer.count(b"HTTP/1.1 200 OK") == 3


def test_a_body_of_many_megabytes_is_read(call):
    reply = call("POST", PREDICT, b'{"instances":[' + b"0.125," * 400_000 + b"1]}")
    assert json.loads(reply.body) == {"predictions": [0.125] * 400_000 + [1]}
