"""A pool of workers for a cluster's environment EXTERNAL: a process of this Python for each worker that is asked for.

Beam's own pool starts whatever `python` is on PATH, listens on every address of the machine, and stops a worker by an
identifier that two machines of a cluster may both use. Here a worker ends by itself when the cluster closes its
connection, or when the pool ends.
"""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

from penstock.core.errors import ConfigError

_THREADS = 16


class Pool(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):
    """Starts workers."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def StartWorker(self, request: Any, context: Any) -> Any:  # noqa: N802  Beam's name
        """Start a process that connects to the address in the request."""
        endpoint, name = request.control_endpoint.url, request.worker_id
        command = [sys.executable, "-P", "-m", "components.worker_pool", endpoint, name]
        try:
            # The worker ends when this end of its standard input is closed, so when this process ends.
            process = subprocess.Popen(command, stdin=subprocess.PIPE)
        except OSError as error:
            return beam_fn_api_pb2.StartWorkerResponse(error=f"no worker could be started: {error}")
        with self._lock:
            self._processes = [each for each in self._processes if each.poll() is None] + [process]
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:  # noqa: N802  Beam's name
        """Do nothing: the cluster has closed the connection, which ends the worker."""
        return beam_fn_api_pb2.StopWorkerResponse()

    def close(self) -> None:
        """End the workers."""
        with self._lock:
            for process in self._processes:
                process.kill()
                process.wait()


def start(host: str, port: int) -> tuple[grpc.Server, Pool, int]:
    """Start a pool and return its server, itself and its port.

    Args:
        host: The address to listen on.
        port: The port; 0 for any that is free.

    Raises:
        ConfigError: It cannot listen there.
    """
    server, pool = grpc.server(ThreadPoolExecutor(_THREADS), options=[("grpc.so_reuseport", 0)]), Pool()
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    try:
        found = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError:
        found = 0
    if not found:
        remedy = "name another with --host and --port"
        raise ConfigError("the worker pool", "an address that is free", f"{host}:{port}", remedy) from None
    server.start()
    return server, pool, found


def work(endpoint: str, name: str) -> None:
    """Be a worker until the cluster closes the connection."""
    threading.Thread(target=_end_with_pool, daemon=True).start()
    from apache_beam.runners.worker.sdk_worker import SdkHarness

    SdkHarness(endpoint, worker_id=name).run()


def _end_with_pool() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    given, sys.argv = sys.argv[1:], sys.argv[:1]  # steps of a pipeline may read the command line
    work(*given)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
