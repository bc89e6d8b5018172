"""A local server with the two protocols that a submission to Vertex AI uses: PipelineService (gRPC, TLS) and Storage.

It also writes the certificate and the key of a service account that belong to it.
"""

import datetime
import json
import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud.aiplatform_v1 import types

PROJECT = "penstock-test"
# The answers to jobs of these names.
REFUSED = {
    "denied": (grpc.StatusCode.PERMISSION_DENIED, "Permission 'aiplatform.pipelineJobs.create' denied"),
    "invalid": (grpc.StatusCode.INVALID_ARGUMENT, "Trainer: machine type not found. Bearer ya29.hidden-token"),
    "taken": (grpc.StatusCode.ALREADY_EXISTS, "The PipelineJob already exists"),
    "nowhere": (grpc.StatusCode.NOT_FOUND, "Project not found"),
    "unknown-user": (grpc.StatusCode.UNAUTHENTICATED, "Request had invalid authentication credentials"),
    "broken": (grpc.StatusCode.INTERNAL, "Internal error encountered"),
}
SILENT = "silent"


@dataclass
class Server:
    """The addresses of the server and what it received.

    Attributes:
        environment: The variables that lead the client here, with the credentials of a service account.
        endpoint: The address of PipelineService.
        jobs: The requests for jobs, in order.
        tokens: The headers of these requests that carry a token.
        others: The requests to other services: for a token, and about buckets.
    """

    environment: dict[str, str]
    endpoint: str
    jobs: list[types.CreatePipelineJobRequest] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def create(self, request: types.CreatePipelineJobRequest, context: grpc.ServicerContext) -> types.PipelineJob:
        """Answer a request for a job."""
        self.jobs.append(request)
        self.tokens += [str(value) for name, value in context.invocation_metadata() if name == "authorization"]
        if request.pipeline_job_id in REFUSED:
            context.abort(*REFUSED[request.pipeline_job_id])
        if request.pipeline_job_id == SILENT:
            self.closed.wait(60)
        job = types.PipelineJob(request.pipeline_job)
        job.name = f"{request.parent}/pipelineJobs/{request.pipeline_job_id}"
        job.state = types.PipelineState.PIPELINE_STATE_PENDING
        return job


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _certificate(key: rsa.RSAPrivateKey) -> bytes:
    """Return a certificate for localhost that is signed by itself."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=1)
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class _Storage(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # else each answer takes 40 ms
    state: Server

    def do_GET(self) -> None:  # noqa: N802  the name that the base class calls
        """Say that a bucket exists."""
        self._reply({"name": self.path.partition("?")[0].rpartition("/")[2]})

    def do_POST(self) -> None:  # noqa: N802  the name that the base class calls
        """Give a token."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._reply({"access_token": "token-of-the-test", "token_type": "Bearer", "expires_in": 3600})

    def _reply(self, answer: dict[str, Any]) -> None:
        self.state.others.append(f"{self.command} {self.path.partition('?')[0]}")
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""


@contextmanager
def serving(folder: Path, *others: grpc.GenericRpcHandler) -> Iterator[Server]:
    """Start both servers on loopback with files in a folder, and stop them at the end; others are further services."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _certificate(key)
    roots, account = folder / "roots.pem", folder / "account.json"
    roots.write_bytes(certificate)
    storage = type("Handler", (_Storage,), {})
    web = ThreadingHTTPServer(("127.0.0.1", 0), storage)
    place = f"http://127.0.0.1:{web.server_port}"
    rpc = grpc.server(futures.ThreadPoolExecutor(4))
    port = rpc.add_secure_port("localhost:0", grpc.ssl_server_credentials([(_pem(key), certificate)]))
    email = f"tests@{PROJECT}.iam.gserviceaccount.com"
    secret = {"private_key": _pem(key).decode(), "private_key_id": "1", "client_email": email, "client_id": "1"}
    account.write_text(
        json.dumps({"type": "service_account", "project_id": PROJECT, "token_uri": f"{place}/token", **secret})
    )
    environment = {
        "GOOGLE_APPLICATION_CREDENTIALS": str(account),
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(roots),
        "STORAGE_EMULATOR_HOST": place,
        "HOME": str(folder),
    }
    state = storage.state = Server(environment, f"localhost:{port}")  # type: ignore[attr-defined]
    create = grpc.unary_unary_rpc_method_handler(
        state.create,
        request_deserializer=types.CreatePipelineJobRequest.deserialize,
        response_serializer=types.PipelineJob.serialize,
    )
    service = "google.cloud.aiplatform.v1.PipelineService"
    rpc.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {"CreatePipelineJob": create}), *others)
    )
    threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True).start()
    rpc.start()
    try:
        yield state
    finally:
        state.closed.set()
        web.shutdown()
        web.server_close()
        rpc.stop(None)
