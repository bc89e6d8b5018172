"""Starts the prediction server: processes that answer over HTTP and gRPC."""

import ssl
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from penstock.config.loading import forget_variable
from penstock.core.errors import ConfigError
from penstock.http.listening import address_of, listening, reserved, url_of
from penstock.http.processes import METRICS_VARIABLE, Processes, metrics_folder, reserve_metrics
from penstock.server.process.options import Serving, Tls

# A process that does not say for so long that it lives is ended, and another one started.
_LIFE_SECONDS = 120


def serve(serving: Serving, announce: Callable[[str, str | None], None]) -> None:
    """Serve the models until a signal ends this process; requests in flight are answered first.

    Args:
        serving: How.
        announce: Gets the URL of REST and the address of gRPC before the first request.

    Raises:
        ConfigError: An address or a file cannot be used.
    """
    check_folders(serving)
    if serving.tls:
        check_certificates(serving.tls)
    opened = listening(serving.host, serving.rest_port, "--rest-port")
    shared = reserved(serving.host, serving.grpc_port, "--grpc-port") if serving.grpc_port is not None else None
    port = shared.getsockname()[1] if shared else None
    announce(url_of(opened, "https" if serving.tls else "http"), address_of(shared) if shared else None)
    # One process keeps its metrics in memory: it is faster, and works on a full disk.
    with metrics_folder() if serving.workers > 1 else nullcontext() as folder:
        _Server(serving, opened, folder, port).run()


def check_folders(serving: Serving) -> None:
    """Look for something to serve in the folder of each model.

    Raises:
        ConfigError: A folder holds no version.
    """
    from penstock.server.models.folders import scan

    for model in serving.models:
        try:
            found, received = scan(model.folder), "none"
        except OSError as error:
            found, received = {}, (error.strerror or str(error)).lower()
        if not found:
            expected = "a SavedModel, or folders of SavedModels whose names are numbers"
            raise ConfigError(f"the model {model.name} in {model.folder}", expected, received, "correct the path")


def check_certificates(tls: Tls) -> None:
    """Read the files for TLS.

    Raises:
        ConfigError: They cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = f"{tls.certificate} and {tls.key}"
    try:
        # Without a password, the library would ask for it at the terminal.
        context.load_cert_chain(tls.certificate, tls.key, password=_no_password)
        if tls.clients:
            files = str(tls.clients)
            context.load_verify_locations(tls.clients)
    except (OSError, ssl.SSLError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(files, "PEM files that belong together", reason.lower(), "correct the paths") from error


def _no_password() -> str:
    raise ValueError("a key with a password")


class _Server(Processes):
    """The processes of the prediction server."""

    def __init__(self, serving: Serving, opened: Any, folder: Path | None, grpc_port: int | None) -> None:
        self._serving, self._folder, self._grpc_port = serving, folder, grpc_port
        settings = {
            "workers": serving.workers,
            "worker_class": "penstock.server.process.worker.Worker",
            "timeout": _LIFE_SECONDS,
            "proc_name": "penstock serve",
        }
        # TensorFlow's native code reports at each start which instructions and devices it does not use.
        super().__init__(opened, folder, settings, ["TF_CPP_MIN_LOG_LEVEL=3"])

    def load(self) -> Any:
        """Return what a worker needs; TensorFlow is imported by the worker alone."""
        folder = self._folder if self._folder and reserve_metrics(self._folder) else None
        if folder is None:
            forget_variable(METRICS_VARIABLE)
        # In this place, because the library of the metrics looks for its folder when it is imported.
        from penstock.server.process.metrics import Metrics
        from penstock.server.process.starting import Process

        return Process(self._serving, self._grpc_port, Metrics(folder))
