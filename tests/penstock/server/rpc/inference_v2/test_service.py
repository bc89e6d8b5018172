"""What the server and its models are, by the Open Inference Protocol, over a real connection."""

from importlib import metadata

import grpc
import pytest

from penstock.server.models.states import State
from penstock.server.rpc.inference_v2.messages import FULL_NAME, message
from tests.penstock.server.rpc.conftest import serving
from tests.penstock.server.rpc.test_health import Changing

pytestmark = pytest.mark.slow


def method(channel, name):
    return channel.unary_unary(
        f"/{FULL_NAME}/{name}",
        request_serializer=message(f"{name}Request").SerializeToString,
        response_deserializer=message(f"{name}Response").FromString,
    )


def ask(channel, name, /, **fields):
    return method(channel, name)(message(f"{name}Request")(**fields), timeout=300)


def test_server_lives_and_is_ready_and_says_what_it_is(channel):
    assert ask(channel, "ServerLive").live
    assert ask(channel, "ServerReady").ready
    answer = ask(channel, "ServerMetadata")
    assert (answer.name, answer.version, list(answer.extensions)) == ("penstock", metadata.version("penstock"), [])


def test_server_that_loads_lives_and_is_not_ready():
    models = Changing(a=[State.LOADING])
    with serving(models) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert ask(channel, "ServerLive").live
        assert not ask(channel, "ServerReady").ready
        assert not ask(channel, "ModelReady", name="a").ready
        models.known["a"] = [State.AVAILABLE]
        assert ask(channel, "ServerReady").ready
        assert ask(channel, "ModelReady", name="a").ready


@pytest.mark.parametrize(
    ("name", "version", "ready"),
    [("mixed", "", True), ("mixed", "1", True), ("mixed", "9", False), ("nope", "", False), ("nope", "1", False)],
)
def test_model_that_can_predict_is_ready(channel, name, version, ready):
    assert ask(channel, "ModelReady", name=name, version=version).ready == ready


def test_metadata_of_a_model_are_its_versions_and_default_signature(channel):
    answer = ask(channel, "ModelMetadata", name="mixed")
    assert (answer.name, list(answer.versions), answer.platform) == ("mixed", ["2", "1"], "tensorflow_savedmodel")
    described = [(each.name, each.datatype, list(each.shape)) for each in (*answer.inputs, *answer.outputs)]
    assert described == [
        ("n", "INT64", [-1]),
        ("s", "BYTES", [-1]),
        ("x", "FP32", [-1]),
        ("count", "INT64", [-1]),
        ("score", "FP32", [-1]),
        ("text", "BYTES", [-1]),
    ]
    assert list(ask(channel, "ModelMetadata", name="mixed", version="1").versions) == ["1"]


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"name": "nope"}, "NOT_FOUND", "Request for unknown model: 'nope' is not found"),
        ({"name": "mixed", "version": "9"}, "NOT_FOUND", "Request for unknown model: 'mixed' version 9 is not found"),
        (
            {"name": "mixed", "version": "x"},
            "INVALID_ARGUMENT",
            "failed to get model version from specified version string 'x', expected a number",
        ),
    ],
)
def test_metadata_of_what_does_not_exist_are_refused(channel, refused, fields, code, text):
    asked = message("ModelMetadataRequest")(**fields)
    assert refused(method(channel, "ModelMetadata"), asked) == (code, text)
