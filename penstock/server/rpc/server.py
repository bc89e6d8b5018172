"""A gRPC server: its threads, limits and credentials, and its orderly end."""

import time
from collections.abc import Sequence
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path

import grpc

from penstock.core.errors import ConfigError
from penstock.server.rpc.health import Health

# Threads that refuse what is too much, and answer checks, while all others predict.
_SPARE_THREADS = 8
# Calls that wait for changes of health, and the like, next to those that are worked on or wait for a thread.
_SPARE_CALLS = 64
MOST_MESSAGE_BYTES = 100 << 20


@dataclass(frozen=True)
class Listening:
    """How a server listens.

    Attributes:
        threads: How many calls are worked on at the same time.
        most_calls: How many calls, with those that wait for a thread, above which others are refused; 0 for any number.
        most_message_bytes: The largest message of a client.
        share_port: Whether several processes listen on the port, among which the kernel divides the connections.
        idle_seconds: After so long without a call a connection is closed; 0 for never.
        keepalive_seconds: After so long without data a connection is checked.
    """

    threads: int = 16
    most_calls: int = 0
    most_message_bytes: int = MOST_MESSAGE_BYTES
    share_port: bool = False
    idle_seconds: int = 0
    keepalive_seconds: int = 60


@dataclass(frozen=True)
class Certificates:
    """The files for TLS.

    Attributes:
        key: The private key, as PEM.
        chain: The certificate and those that signed it, as PEM.
        clients: The certificates that sign those of clients, as PEM; each client then needs one. None for no check.
    """

    key: Path
    chain: Path
    clients: Path | None = None


def make_server(
    listening: Listening = Listening(),  # noqa: B008
    interceptors: Sequence[grpc.ServerInterceptor] = (),
) -> grpc.Server:
    """Return a server without services and ports.

    Args:
        listening: How it listens.
        interceptors: What is asked before each call, such as a `Tokens`.
    """
    pool = futures.ThreadPoolExecutor(listening.threads + _SPARE_THREADS, "rpc")
    most = listening.most_calls + _SPARE_CALLS if listening.most_calls else None
    return grpc.server(pool, interceptors=interceptors, options=_options(listening), maximum_concurrent_rpcs=most)


def listen(server: grpc.Server, host: str, port: int, certificates: Certificates | None = None) -> int:
    """Open a port for a server, and return its number; 0 takes a free one.

    Raises:
        ConfigError: The port is taken, or a file of the certificates cannot be used.
    """
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    credentials = _credentials(certificates) if certificates else None
    try:
        opened = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    except RuntimeError as error:
        opened, reason = 0, str(error)
    else:
        reason = "it cannot be opened"
    if not opened:
        raise ConfigError(
            f"--grpc-port {port}", f"a free port of {host}", reason, "choose another, or stop the other server"
        )
    return int(opened)


def stop(server: grpc.Server, health: Health, grace: float, drain: float = 0.0) -> None:
    """End a server: nothing is ready any more, no call is taken, and those that run end within some seconds.

    Args:
        server: The server.
        health: What `add_services` returned.
        grace: After so many seconds calls that still run are cancelled.
        drain: For so many seconds new calls are refused with a status before the connections are.
    """
    health.stop()
    time.sleep(drain)
    server.stop(grace).wait()


def _options(listening: Listening) -> list[tuple[str, int]]:
    milliseconds = 1000 * listening.keepalive_seconds
    options = [
        ("grpc.max_receive_message_length", listening.most_message_bytes),
        ("grpc.max_send_message_length", -1),
        ("grpc.so_reuseport", int(listening.share_port)),
        ("grpc.keepalive_time_ms", milliseconds),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        # Clients may check the connection as often; by default the server would close it.
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ]
    if listening.idle_seconds:
        options.append(("grpc.max_connection_idle_ms", 1000 * listening.idle_seconds))
    return options


def _credentials(certificates: Certificates) -> grpc.ServerCredentials:
    key, chain = _pem(certificates.key, "PRIVATE KEY"), _pem(certificates.chain, "CERTIFICATE")
    clients = _pem(certificates.clients, "CERTIFICATE") if certificates.clients else None
    return grpc.ssl_server_credentials(((key, chain),), clients, clients is not None)


def _pem(file: Path, kind: str) -> bytes:
    """Return a file of PEM; gRPC would say nothing, and refuse every client."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(
            str(file), "a file in PEM format", (error.strerror or str(error)).lower(), "correct the path"
        ) from error
    if kind.encode() not in content:
        raise ConfigError(str(file), f"a {kind.lower()} in PEM format", "something else", "name the right file")
    return content
