"""How the models are served."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from penstock.server.challenger.options import Challenging
from penstock.server.models.config import ModelConfig, Settings
from penstock.server.sampling.options import Sampling


@dataclass(frozen=True)
class Limits:
    """What a request may cost.

    Attributes:
        body_bytes: The largest body, as it is sent and decompressed, and the largest message of gRPC.
        concurrency: How many requests of each protocol a process answers at the same time; 0 for any number.
        seconds: How long an answer may take.
        all_bytes: The most bytes of the bodies of REST that a process has in memory; 0 for any number.
    """

    body_bytes: int = 100 << 20
    concurrency: int = 1024
    seconds: float = 30.0
    all_bytes: int = 1 << 30


@dataclass(frozen=True)
class Tls:
    """The files for TLS, as PEM.

    Attributes:
        certificate: The certificate and those that signed it.
        key: Its private key.
        clients: The certificates that sign those of clients, each of which then needs one; None for no check.
    """

    certificate: Path
    key: Path
    clients: Path | None = None


@dataclass(frozen=True)
class Serving:
    """How the models are served.

    Attributes:
        models: The models.
        settings: How they are loaded and called.
        host: The address to listen on.
        rest_port: The port of REST; 0 for a free one.
        grpc_port: The port of gRPC; 0 for a free one, None for no gRPC.
        grpc_threads: How many calls of gRPC a process works on at the same time.
        workers: The number of processes.
        prefix: What comes before `/v1` and `/v2` in each path.
        cors: Whether pages of other sites may read the answers.
        limits: What a request may cost.
        tls: The files for TLS; None for plain connections.
        tokens: The SHA-256 of each token that is taken; empty if none is needed.
        may_reload: Whether a client of gRPC may replace the models.
        metrics_path: The path of the metrics.
        access_log: Whether there is a line for each request.
        sampling: Which requests go into a log with their values; None for none.
        challenging: Which requests are copied to the challengers of the models; None for none.
    """

    models: Sequence[ModelConfig]
    settings: Settings = Settings()
    host: str = "127.0.0.1"
    rest_port: int = 8501
    grpc_port: int | None = 8500
    grpc_threads: int = 16
    workers: int = 1
    prefix: str = ""
    cors: bool = False
    limits: Limits = Limits()
    tls: Tls | None = None
    tokens: frozenset[bytes] = field(default_factory=frozenset)
    may_reload: bool = False
    metrics_path: str = "/monitoring/prometheus/metrics"
    sampling: Sampling | None = None
    challenging: Challenging | None = None
    access_log: bool = True
