"""Predictions over REST: each fault of a server is repeated or is one sentence, and no row gets another's."""

import threading
from http import HTTPStatus

import numpy as np
import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.remote.address import Address
from penstock.serving.remote.rest import RestModel
from tests.penstock.serving.remote.conftest import PATIENCE

ROWS = {"color": np.array([b"red", b"\xff"], object), "count": np.array([1.0, 2.5])}


class Clock(threading.Event):
    """Notes pauses, and waits for none."""

    def __init__(self):
        super().__init__()
        self.waited = []

    def wait(self, timeout=None):
        self.waited.append(timeout)
        return self.is_set()


@pytest.fixture
def model(server):
    made = RestModel(server.address(version=3), 2, "hush", PATIENCE)
    made._closed = Clock()
    yield made
    made.close()


def test_predictions_have_the_version_of_the_header(model, server):
    assert model.predict(ROWS) == ({"": [2.0, 5.0]}, 3)
    assert server.paths == ["/v1/models/m/versions/3:predict"]
    assert server.headers[0]["Authorization"] == "Bearer hush"
    server.says = False
    assert model.predict(ROWS)[1] is None


@pytest.mark.parametrize("fault", ["408", "429", "502", "503", "504", "close", "cut"])
def test_fault_that_passes_is_repeated(model, server, fault):
    server.faults = [fault, fault]
    assert model.predict(ROWS)[0] == {"": [2.0, 5.0]}
    assert len(server.paths) == 3
    assert len(model._closed.waited) == 2
    assert (min(model._closed.waited) >= 7) == (fault == "429")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("429", "received status 429 (too many requests) at each of 5 attempts; start the command again"),
        ("503", "received status 503 (not available) at each of 5 attempts"),
        ("close", "received server disconnected without sending a response. at each of 5 attempts"),
    ],
)
def test_fault_that_stays_is_one_sentence(model, server, fault, said):
    server.faults = [fault] * 9
    with pytest.raises(DataError) as refused:
        model.predict(ROWS)
    assert said in str(refused.value)
    assert len(server.paths) == 5


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("invalid", "expected predictions as JSON, received '{\"outputs\": [1.0'; check what answers at this address."),
        ("empty", "expected predictions as JSON, received ''"),
        ("deep", "expected predictions as JSON, received '[[[[["),
        ("list", "expected predictions as JSON, received '[1]'"),
        ("error", "expected predictions as JSON"),
        ("400", "expected predictions, received status 400 (x must be positive); correct the rows or --url."),
        ("404", "received status 404 (Servable not found for request: Specific(m, 3)); correct --url or --version; if"),
        ("413", f"received status 413 ({HTTPStatus(413).phrase}); lower --batch-size."),
        ("401", "received status 401 (no token); give the token by --token-file."),
        ("500", "received status 500 (Internal Server Error)"),
        ("302", "received status 302 (Found)"),
    ],
)
def test_other_answers_are_not_repeated(model, server, fault, said):
    server.faults = [fault]
    with pytest.raises(DataError) as refused:
        model.predict(ROWS)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "hush" not in str(refused.value)
    assert len(server.paths) == 1


def test_metadata_gives_names_types_and_version(model, server):
    found = model.signature()
    assert (found.version, found.kinds("m")) == (3, {"color": "text", "count": "number"})
    assert found.outputs["prediction"].dtype == "DT_FLOAT"


def test_server_of_another_kind_is_refused(model, server, monkeypatch):
    monkeypatch.setattr("tests.penstock.serving.remote.conftest.Handler.do_GET", lambda self: self.answer(200, "[]"))
    with pytest.raises(ConfigError, match="expected the metadata of a model of TensorFlow Serving, received an answer"):
        model.signature()


def test_server_that_is_not_there_is_one_sentence(server):
    server.server_close()
    model = RestModel(Address(server.host, "m"), 1, None, PATIENCE)
    model._closed = Clock()
    with pytest.raises(DataError, match="received .*connection refused at each of 5 attempts"):
        model.signature()


def test_closed_connection_ends_repeated_requests(model, server):
    server.faults = ["503"] * 9
    model._closed.set()
    with pytest.raises(Exception, match="status 503"):
        model.predict(ROWS)
    assert len(server.paths) == 1
