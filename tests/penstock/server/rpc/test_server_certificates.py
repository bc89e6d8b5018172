"""TLS and mutual TLS, with certificates that the tests make."""

import datetime
import ipaddress
from dataclasses import dataclass

import grpc
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tensorflow_serving.apis import prediction_service_pb2_grpc

from penstock.server.rpc.server import Certificates, Listening, listen, make_server, stop
from penstock.server.rpc.services import add_services
from tests.penstock.server.rpc.test_predict import request

pytestmark = pytest.mark.slow

HALF = request({"x": np.ones(1, "f4")}, "half")


@dataclass(frozen=True)
class Identity:
    """A key with its certificate, which signed itself or was signed by another one."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def identity(name, signer=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = signer.certificate.subject if signer else subject
    made = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), True)
    )
    return Identity(key, made.sign(signer.key if signer else key, hashes.SHA256()))


@pytest.fixture(scope="module")
def authority():
    return identity("authority")


@pytest.fixture(scope="module")
def files(authority, tmp_path_factory):
    """The files of a server whose certificate the authority signed."""
    folder, server = tmp_path_factory.mktemp("tls"), identity("server", authority)
    for name, content in (("key.pem", server.key_pem), ("chain.pem", server.pem), ("clients.pem", authority.pem)):
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module", params=[False, True], ids=["server only", "mutual"])
def secure(request, models, files):
    """The port of a server with TLS, and whether each client needs a certificate."""
    server = make_server(Listening(threads=2))
    health = add_services(server, models)
    clients = files / "clients.pem" if request.param else None
    port = listen(server, "127.0.0.1", 0, Certificates(files / "key.pem", files / "chain.pem", clients))
    server.start()
    yield port, request.param
    stop(server, health, 1)


def predict(port, credentials):
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials) as channel:
        answer = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(HALF, timeout=300)
    return answer.model_spec.version.value


def is_refused(port, credentials):
    with pytest.raises(grpc.RpcError) as caught:
        predict(port, credentials)
    return caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_client_that_trusts_the_server_is_answered(secure, authority):
    port, mutual = secure
    client = identity("client", authority)
    own = {"private_key": client.key_pem, "certificate_chain": client.pem} if mutual else {}
    assert predict(port, grpc.ssl_channel_credentials(authority.pem, **own)) == 2


def test_client_that_trusts_another_authority_is_not_connected(secure):
    assert is_refused(secure[0], grpc.ssl_channel_credentials(identity("another").pem))


def test_client_without_tls_is_not_connected(secure):
    with grpc.insecure_channel(f"127.0.0.1:{secure[0]}") as channel, pytest.raises(grpc.RpcError) as caught:
        prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(HALF, timeout=300)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("kind", ["none", "of another authority"])
def test_client_without_the_right_certificate_is_refused_if_it_needs_one(secure, authority, kind):
    port, mutual = secure
    stranger = identity("stranger", identity("another"))
    own = {} if kind == "none" else {"private_key": stranger.key_pem, "certificate_chain": stranger.pem}
    credentials = grpc.ssl_channel_credentials(authority.pem, **own)
    if mutual:
        assert is_refused(port, credentials)
    else:
        assert predict(port, credentials) == 2
