"""Health checking: the server and each model are ready when they can predict."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from penstock.server.errors import Code, ServingError
from penstock.server.models.states import State, VersionState
from penstock.server.rpc.health import Health, is_ready
from tests.penstock.server.rpc.conftest import serving

pytestmark = pytest.mark.slow

ANSWER = health_pb2.HealthCheckResponse


class Changing:
    """Models whose states the test sets."""

    def __init__(self, **states):
        self.known = states

    def names(self):
        return list(self.known)

    def is_ready(self):
        return all(State.AVAILABLE in states for states in self.known.values())

    def states(self, model, version=None):
        if model not in self.known:
            raise ServingError(Code.NOT_FOUND, "none")
        return [VersionState(index, state) for index, state in enumerate(self.known[model])]


def asked(service):
    return health_pb2.HealthCheckRequest(service=service)


@pytest.mark.parametrize(
    "service",
    [
        "",
        "mixed",
        "estimator",
        "tensorflow.serving.PredictionService",
        "tensorflow.serving.ModelService",
        "inference.GRPCInferenceService",
    ],
)
def test_loaded_models_and_their_services_are_ready(channel, service):
    assert health_pb2_grpc.HealthStub(channel).Check(asked(service)).status == ANSWER.SERVING


def test_unknown_model_is_not_found(channel, refused):
    stub = health_pb2_grpc.HealthStub(channel)
    assert refused(stub.Check, asked("nope")) == ("NOT_FOUND", "There is no service or model nope.")


@pytest.mark.parametrize(
    ("states", "ready"),
    [
        ({}, False),
        ({"a": []}, False),
        ({"a": [State.LOADING]}, False),
        ({"a": [State.AVAILABLE]}, True),
        ({"a": [State.END, State.AVAILABLE]}, True),
        ({"b": [State.AVAILABLE]}, False),
    ],
)
def test_model_is_ready_when_a_version_is_available(states, ready):
    assert is_ready(Changing(**states), "a") == ready


def test_check_follows_loading_at_once(refused):
    models = Changing(a=[State.LOADING])
    with serving(models) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        assert [stub.Check(asked(name)).status for name in ("", "a")] == [ANSWER.NOT_SERVING] * 2
        models.known["a"] = [State.AVAILABLE]
        assert [stub.Check(asked(name)).status for name in ("", "a")] == [ANSWER.SERVING] * 2
        models.known = {"b": [State.AVAILABLE]}
        assert stub.Check(asked("b")).status == ANSWER.SERVING
        assert refused(stub.Check, asked("a"))[0] == "NOT_FOUND"


def test_who_watches_learns_of_every_change():
    models = Changing(a=[State.LOADING])
    with serving(models) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        answers = health_pb2_grpc.HealthStub(channel).Watch(asked("a"), timeout=60)
        assert next(answers).status == ANSWER.NOT_SERVING
        models.known["a"] = [State.AVAILABLE]
        assert next(answers).status == ANSWER.SERVING
        models.known = {}
        assert next(answers).status == ANSWER.SERVICE_UNKNOWN
        answers.cancel()


def test_nothing_is_ready_before_the_end():
    health = Health(Changing(a=[State.AVAILABLE]), ["s"])
    sent = []
    health.set = lambda name, state: sent.append((name, state))
    health.stop()
    assert dict(sent) == dict.fromkeys(["", "a", "s"], ANSWER.NOT_SERVING)
