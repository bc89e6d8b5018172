"""The client of a REST server, and servers with faults."""

import socket
import threading
from contextlib import suppress

import pytest

from penstock.core.errors import ConfigError, StoreError
from penstock.parity.rest import Refused, RestServer

BODY = {"instances": [{"fare": 1.5, "kind": "Cash", "pair": [1.0, 2.0]}]}
ANSWER = {"predictions": [{"probability": 8.5, "label": "Cash"}]}


@pytest.fixture
def client(server):
    made = RestServer(server.url, "taxi", 3)
    yield made
    made.close()


def test_request_is_answered_over_one_connection(client, server):
    assert [client.predict(BODY) for _ in range(2)] == [ANSWER, ANSWER]
    assert server.paths == ["/v1/models/taxi/versions/3:predict"] * 2
    assert server.bodies == [BODY, BODY]
    assert client.versions() == [3]


@pytest.mark.parametrize(
    ("path", "version", "expected"),
    [
        ("", None, "/v1/models/taxi"),
        ("/", 3, "/v1/models/taxi/versions/3"),
        ("/v1/models/taxi", 7, "/v1/models/taxi"),
        ("/v1/models/taxi/versions/3/", 7, "/v1/models/taxi/versions/3"),
    ],
)
def test_address_of_a_model_is_used_as_it_is(server, path, version, expected):
    client = RestServer(server.url + path, "taxi", version, token="secret")
    assert client.predict(BODY) == ANSWER
    assert client.name == server.url + expected
    assert server.paths == [f"{expected}:predict"]
    assert server.tokens == ["Bearer secret"]
    client.close()


def test_prefix_before_the_interface_is_kept():
    assert RestServer("https://host/a/", "taxi", 1).name == "https://host/a/v1/models/taxi/versions/1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host:8501",
        "ftp://host",
        "http://",
        "http://h:0",
        "http://h:x",
        "http://h/?a=1",
        "http://a b/",
        "http://h/ü",
    ],
)
def test_url_that_is_none_is_refused(url):
    with pytest.raises(ConfigError, match="--url: expected http://HOST"):
        RestServer(url, "taxi", 1)


def test_url_with_a_password_is_refused_without_showing_it():
    with pytest.raises(ConfigError) as error:
        RestServer("http://user:secret@host", "taxi", 1)
    assert "secret" not in str(error.value)


@pytest.mark.slow
def test_busy_server_is_asked_again(client, server, no_pauses):
    server.busy = 3
    assert client.predict(BODY) == ANSWER
    server.busy = 4
    with pytest.raises(StoreError, match="received status 503: not ready; try again"):
        client.predict(BODY)


def test_request_without_an_answer_is_sent_again(client, server, no_pauses):
    server.closing = 3
    assert client.predict(BODY) == ANSWER
    server.closing = 4
    with pytest.raises(StoreError, match="expected a server that answers"):
        client.predict(BODY)


def test_port_at_which_nothing_listens_is_reported(no_pauses):
    with socket.socket() as held:  # no other process can listen there meanwhile
        held.bind(("127.0.0.1", 0))
        client = RestServer(f"http://127.0.0.1:{held.getsockname()[1]}", "taxi", 1)
        with pytest.raises(StoreError, match="received connection refused; start the server, or correct --url"):
            client.predict(BODY)
        assert client.versions() == []


def test_truncated_answer_is_reported_with_its_end(client, server):
    server.cut = 3
    with pytest.raises(StoreError, match="expected an answer in JSON, received 5[0-9] bytes that end in"):
        client.predict(BODY)


def test_refusal_has_its_status_and_reason(client, server):
    server.versions = [2]
    with pytest.raises(Refused, match=r"status 404: Servable not found for request: Specific\(taxi, 3\)") as error:
        client.predict(BODY)
    assert error.value.status == 404
    assert client.versions() == [2]


@pytest.mark.parametrize(("status", "answer"), [(401, {"error": "no token"}), (400, {"error": "bad"}), (500, {})])
def test_each_other_status_is_an_error(client, server, status, answer):
    server.answer = lambda path, body: (status, answer)
    with pytest.raises((Refused, StoreError), match=f"status {status}"):
        client.predict(BODY)


def test_port_that_speaks_another_protocol_is_reported_without_what_it_sent(no_pauses):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        # The first frame of HTTP/2, as gRPC sends it.
                        connection.sendall(b"\x00\x00\x12\x04" + b"\x00" * 5 + b"\x00\x03\x7f\xff\xff\xff")
                        connection.shutdown(socket.SHUT_WR)
                        # A connection that is closed with bytes that nobody read is reset, and the frame may be lost.
                        while connection.recv(65536):
                            pass

        threading.Thread(target=answer, daemon=True).start()
        client = RestServer(f"http://127.0.0.1:{listening.getsockname()[1]}", "taxi", 1)
        with pytest.raises(StoreError) as refused:
            client.predict(BODY)
        client.close()
    said = ": expected an answer in HTTP, received another protocol; name the port of REST in --url."
    assert str(refused.value).endswith(said)
