"""What a process loads and opens, in this process."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from penstock.core.errors import ConfigError
from penstock.http.listening import listening, reserved
from penstock.server.models.config import ModelConfig
from penstock.server.process.logs import AccessLog
from penstock.server.process.metrics import Metrics
from penstock.server.process.options import Serving
from penstock.server.process.starting import Process, start

pytestmark = pytest.mark.slow


@pytest.fixture
def serving(mixed_model):
    return Serving([ModelConfig("m", mixed_model)], metrics_path="/metrics")


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    return Metrics(tmp_path_factory.mktemp("metrics"))


def test_grpc_answers_until_it_is_stopped(serving, metrics):
    with reserved("127.0.0.1", 0, "--grpc-port") as kept:
        port = kept.getsockname()[1]
        started = start(Process(serving, port, metrics), AccessLog(enabled=False))
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            request = health_pb2.HealthCheckRequest(service="m")
            assert health_pb2_grpc.HealthStub(channel).Check(request, timeout=60).status == 1
        started.stop_grpc(1.0)
        assert started.models.names() == ["m"]
        started.models.close()


def test_port_that_is_taken_ends_the_start(serving, metrics):
    with listening("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match="expected a free port of 127.0.0.1"):
        start(Process(serving, taken.getsockname()[1], metrics), AccessLog(enabled=False))


def test_process_without_grpc_has_nothing_to_stop(serving, metrics):
    started = start(Process(serving, None, metrics), AccessLog(enabled=False))
    started.stop_grpc(1.0)
    started.models.close()
