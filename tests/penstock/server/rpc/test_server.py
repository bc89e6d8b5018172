"""A server's ports, limits and end; what clients send that is no request."""

import queue
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import prediction_service_pb2_grpc

from penstock.core.errors import ConfigError
from penstock.server.rpc.server import Certificates, Listening, listen, make_server, stop
from penstock.server.rpc.services import Options, add_services
from tests.penstock.server.rpc.conftest import serving
from tests.penstock.server.rpc.test_calls import Paused
from tests.penstock.server.rpc.test_predict import request

pytestmark = pytest.mark.slow

HALF = request({"x": np.ones(1, "f4")}, "half")
PREDICT = "/tensorflow.serving.PredictionService/Predict"


def stub(port):
    return prediction_service_pb2_grpc.PredictionServiceStub(grpc.insecure_channel(f"127.0.0.1:{port}"))


def test_message_above_the_limit_is_refused_and_the_next_answered(models, refused):
    with serving(models, listening=Listening(most_message_bytes=4096)) as port:
        code, text = refused(stub(port).Predict, request({"x": np.ones(2000, "f4")}, "half"))
        assert code == "RESOURCE_EXHAUSTED"
        assert "larger than max" in text
        assert stub(port).Predict(HALF).model_spec.version.value == 2


@pytest.mark.parametrize("content", [b"\xff" * 20, b"\x0a\x7fabc", b"garbage"])
def test_bytes_that_are_no_message_have_a_status(channel, prediction, content):
    method = channel.unary_unary(PREDICT)
    with pytest.raises(grpc.RpcError) as caught:
        method(content, timeout=300)
    assert caught.value.code().name in ("INTERNAL", "INVALID_ARGUMENT")
    assert prediction.Predict(HALF).model_spec.version.value == 2


def test_calls_that_would_wait_behind_too_many_others_are_refused(models):
    paused = Paused(models)
    with serving(paused, Options(), Listening(threads=1, most_calls=1)) as port:
        client = stub(port)
        ended: queue.Queue[grpc.Future] = queue.Queue()
        waiting = [client.Predict.future(HALF) for _ in range(80)]
        for each in waiting:
            each.add_done_callback(ended.put)
        assert paused.began.acquire(timeout=60)
        # One call runs and 64 wait for it, whichever these are.
        refused = [ended.get(timeout=60) for _ in range(15)]
        assert {(each.code().name, each.details()) for each in refused} == {
            ("RESOURCE_EXHAUSTED", "Concurrent RPC limit exceeded!")
        }
        paused.may_end.set()
        answered = [each for each in waiting if not each.exception(60)]
        assert 0 < len(answered) <= 65
        assert {each.result().model_spec.version.value for each in answered} == {2}


def test_unknown_method_is_unimplemented(channel):
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/tensorflow.serving.PredictionService/Guess")(b"", timeout=300)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_other_protocol_on_the_port_is_closed_and_calls_go_on(port, prediction):
    with socket.create_connection(("127.0.0.1", port), timeout=300) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        # A server that has not read all of it resets the connection.
        with suppress(ConnectionResetError):
            while connection.recv(4096):
                pass
    assert prediction.Predict(HALF).model_spec.version.value == 2


def test_port_that_is_taken_is_an_error_in_four_parts():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            listen(make_server(), "127.0.0.1", number)
    assert caught.value.what == f"--grpc-port {number}"
    assert caught.value.expected == "a free port of 127.0.0.1"
    assert caught.value.next_step == "choose another, or stop the other server"


def test_two_servers_share_a_port_only_if_asked():
    shared = Listening(share_port=True)
    first, second = make_server(shared), make_server(shared)
    port = listen(first, "127.0.0.1", 0)
    assert listen(second, "127.0.0.1", port) == port
    with pytest.raises(ConfigError):
        listen(make_server(), "127.0.0.1", port)


def test_address_of_version_six_is_taken():
    assert listen(make_server(), "::1", 0) > 0


@pytest.mark.parametrize(
    ("content", "received"),
    [(None, "no such file or directory"), ("nothing", "something else")],
)
def test_file_that_is_no_certificate_is_refused(tmp_path, content, received):
    file = tmp_path / "key.pem"
    if content:
        file.write_text(content)
    with pytest.raises(ConfigError) as caught:
        listen(make_server(), "127.0.0.1", 0, Certificates(file, file))
    assert (caught.value.what, caught.value.received) == (str(file), received)


def started(models):
    """Start a server whose predictions wait; its test stops it."""
    paused, server = Paused(models), make_server()
    health = add_services(server, paused, Options())
    port = listen(server, "127.0.0.1", 0)
    server.start()
    return paused, server, health, port


def test_running_call_ends_before_the_server_does(models):
    paused, server, health, port = started(models)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(stub(port).Predict, HALF)
        assert paused.began.acquire(timeout=60)
        ending = threading.Thread(target=stop, args=(server, health, 60))
        ending.start()
        paused.may_end.set()
        assert running.result(60).model_spec.version.value == 2
        ending.join(60)
        assert not ending.is_alive()
    with pytest.raises(grpc.RpcError) as caught:
        stub(port).Predict(HALF, timeout=5)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_call_that_does_not_end_is_cancelled_after_the_grace(models):
    paused, server, health, port = started(models)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(stub(port).Predict, HALF)
        assert paused.began.acquire(timeout=60)
        stop(server, health, 0.1)
        with pytest.raises(grpc.RpcError):
            running.result(60)
        paused.may_end.set()
