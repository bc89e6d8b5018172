"""What the client makes of servers that do not answer as they should; each is a real one on loopback."""

import datetime
import http.server
import ssl
import threading
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from penstock.core.errors import ConfigError, StoreError
from penstock.registry import transport
from penstock.registry.errors import Conflict
from penstock.registry.transport import Transport
from scripts.ports import free_port

TOKEN = "penstock_secret"
REFUSAL = b'{"error": {"kind": "Conflict", "what": "the alias", "expected": "1", "received": "2", "next_step": "look"}}'


@contextmanager
def answering(*answers, certificate=None):
    """Serve prepared answers (status, headers, body) in their order, the last one again; yield the URL and requests."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer takes 40 ms

        def do_GET(self):
            asked.append((self.command, self.path, dict(self.headers)))
            answer = answers[min(len(asked), len(answers)) - 1]
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if answer is None:
                self.close_connection = True
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(transport, "PAUSES", (0.0, 0.0))


JSON = {"Content-Type": "application/json"}


def refused(url, method="GET", **given):
    with pytest.raises(StoreError) as caught:
        Transport(url, TOKEN).send(method, "api/projects/all", **given)
    assert TOKEN not in str(caught.value)
    return str(caught.value)


@pytest.mark.slow
def test_redirection_is_not_followed_with_the_token():
    with answering((200, JSON, b"[]")) as (other, asked):
        place = other.replace("127.0.0.1", "localhost")
        with answering((307, {"Location": f"{place}/api?token=x"}, b"")) as (url, _):
            message = refused(url)
        assert asked == []
    assert message == (
        f"registry {url}: expected an answer, received a redirection to localhost; "
        "set registry.uri to the final address."
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer",
    [
        (200, {"Content-Type": "text/html"}, b"<html>"),
        (200, {}, b""),
        (404, {}, b"not found"),
        (500, JSON, b'{"error": 1}'),
        (500, JSON, b"[" * 100_000),
        (404, JSON, REFUSAL.replace(b"Conflict", b"UnknownRequest")),
    ],
)
def test_server_that_is_no_registry_is_one_sentence(answer):
    with answering(answer) as (url, _):
        message = refused(url)
    assert message.startswith(f"registry {url}: expected a Penstock registry of this release, received ")


@pytest.mark.slow
def test_refusal_of_the_server_is_its_own_error():
    with answering((409, JSON, REFUSAL)) as (url, asked):
        with pytest.raises(Conflict, match="^the alias: expected 1, received 2; look.$"):
            Transport(url, TOKEN).send("PUT", "api/aliases")
        assert asked[0][2]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.slow
def test_request_that_got_no_answer_is_sent_again_only_if_that_changes_nothing():
    with answering(None, None, (200, JSON, b"[]")) as (url, asked):
        assert Transport(url).send("GET", "api/projects/all") == b"[]"
        assert len(asked) == 3
    with answering(None, (200, JSON, b"[]")) as (url, asked):
        assert "look whether the change was made, then repeat it" in refused(url, "PUT", repeatable=False)
        assert len(asked) == 1


@pytest.mark.slow
def test_busy_server_is_asked_again_after_the_pause_it_asks_for(monkeypatch):
    slept = []
    monkeypatch.setattr(transport.time, "sleep", slept.append)
    busy = (429, {**JSON, "Retry-After": "2"}, REFUSAL)
    with answering(busy, (200, JSON, b"{}")) as (url, _):
        assert Transport(url).send("PUT", "api/aliases", repeatable=False) == b"{}"
    assert slept == [2]


def test_server_that_is_not_there_is_one_sentence():
    url = f"http://127.0.0.1:{free_port()}"
    assert refused(url) == (
        f"registry {url}: expected a server that answers, received Connection refused; "
        "start `penstock registry serve`, or correct registry.uri."
    )


@pytest.mark.slow
def test_slow_server_is_one_sentence(monkeypatch):
    monkeypatch.setattr(transport, "ANSWER_SECONDS", 0.2)
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "expected an answer within 0.2 s, received none" in refused(
            f"http://127.0.0.1:{silent.getsockname()[1]}"
        )


@pytest.mark.slow
def test_certificate_that_nobody_trusts_is_one_sentence(tmp_path):
    file = tmp_path / "certificate.pem"
    file.write_bytes(_certificate())
    with answering((200, JSON, b"[]"), certificate=file) as (url, asked):
        message = refused(url)
    assert asked == []
    assert message.startswith(f"registry {url}: expected a certificate that this machine trusts, received one that is ")


@pytest.mark.parametrize(
    "url",
    ["http://", "https:///x", "http://h:0", "http://h:99999", "http://h ost", "http://h?x=1", "ftp://h", "http://h\n"],
)
def test_address_that_is_none_is_refused(url):
    with pytest.raises(ConfigError, match="^registry.uri: expected https://HOST"):
        Transport(url)


def test_password_in_the_address_is_refused_and_not_shown():
    with pytest.raises(ConfigError) as caught:
        Transport("https://ann:s3cret@example.org")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("token", ["a b", "a\nb", "schlüssel", "\0"])
def test_token_of_other_characters_is_refused_and_not_shown(token):
    with pytest.raises(ConfigError) as caught:
        Transport("https://example.org", token)
    assert token not in str(caught.value)


def _certificate():
    """Return a self-signed certificate for loopback, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = (
        builder.not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)
