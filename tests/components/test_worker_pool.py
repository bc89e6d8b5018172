"""The worker pool: a process of this Python for each request, which ends with the connection or with the pool."""

import os
import signal
import socket
import subprocess
import sys
import time

import grpc
import psutil
import pytest
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

from components.worker_pool import start
from penstock.core.errors import ConfigError

pytestmark = pytest.mark.slow


def request_worker(port: int, endpoint: str) -> str:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolStub(channel)
        request = beam_fn_api_pb2.StartWorkerRequest(worker_id="1-1")
        request.control_endpoint.url = endpoint
        error = stub.StartWorker(request, timeout=300).error
        assert not stub.StopWorker(beam_fn_api_pb2.StopWorkerRequest(worker_id="1-1"), timeout=300).error
        return str(error)


def workers_of(process: int) -> list[psutil.Process]:
    return [each for each in psutil.Process(process).children() if "components.worker_pool" in each.cmdline()]


def gone(processes: list[psutil.Process]) -> bool:
    for _ in range(300):
        if not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes):
            return True
        time.sleep(0.1)
    return False


def test_workers_of_one_name_are_processes_of_their_own_and_end_with_the_pool():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
        server, pool, port = start("127.0.0.1", 0)
        try:
            assert [request_worker(port, endpoint) for _ in range(2)] == ["", ""]
            found = workers_of(os.getpid())
            assert len(found) == 2
            assert all(each.exe() == os.path.realpath(sys.executable) for each in found)
        finally:
            server.stop(None)
            pool.close()
        assert gone(found)


def test_workers_end_with_a_pool_that_was_killed():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "pipeline.cli.main", "workers", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            port = int(process.stdout.readline().partition(";")[0].rpartition(":")[2])
            assert request_worker(port, endpoint) == ""
            found = workers_of(process.pid)
            assert len(found) == 1
            process.send_signal(signal.SIGKILL)
        assert gone(found)


def test_address_that_is_taken_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as refused:
            start("127.0.0.1", port)
    assert str(refused.value) == (
        f"the worker pool: expected an address that is free, received 127.0.0.1:{port}; "
        "name another with --host and --port."
    )
