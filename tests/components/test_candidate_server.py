"""The server of a candidate."""

import socket

import pytest

from penstock.core.errors import NodeError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from tests.penstock.server.saved_models import write_mixed

    return write_mixed(tmp_path_factory.mktemp("model") / "mixed", bias=0.5)


def test_model_answers_over_http_and_grpc_and_stops_at_the_end(model):
    from components.candidate_server import serving

    with serving(model, "mixed") as servers:
        answer = servers.rest.predict({"inputs": {"x": [1.0], "n": [2], "s": ["a"]}})
        assert answer == {"outputs": {"score": [2.5], "count": [3], "text": ["a!"]}}
        inputs = {"x": ("float32", [1.0]), "n": ("int64", [2]), "s": ("string", ["a"])}
        assert servers.grpc.predict("serving_default", inputs) == {"score": [2.5], "count": [3], "text": [b"a!"]}
        name = servers.rest.name
    port = int(name.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_server_that_does_not_start_is_an_error_of_one_sentence(model, monkeypatch):
    from components import candidate_server

    class Broken:
        async def __call__(self, scope, receive, send):
            await receive()
            await send({"type": "lifespan.startup.failed", "message": "no memory"})

    monkeypatch.setattr(candidate_server, "application", lambda models: Broken())
    with (
        pytest.raises(NodeError, match="the server of the model: expected one that starts"),
        candidate_server.serving(model, "mixed"),
    ):
        raise AssertionError("it started")


def test_port_that_is_taken_is_an_error_of_one_sentence(model, monkeypatch):
    from components import candidate_server
    from penstock.core.errors import ConfigError

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen, port = candidate_server.listen, taken.getsockname()[1]
        monkeypatch.setattr(candidate_server, "listen", lambda server, host, _: listen(server, host, port))
        with pytest.raises(ConfigError, match="--grpc-port"), candidate_server.serving(model, "mixed"):
            raise AssertionError("it started")


def test_folder_without_a_model_is_an_error_of_one_sentence(tmp_path):
    from components.candidate_server import serving

    (tmp_path / "saved_model.pb").write_bytes(b"broken")
    with pytest.raises(NodeError, match="expected a model that it can load"), serving(tmp_path, "mixed"):
        raise AssertionError("it started")
