"""What every call has: its id, its deadline, the limit of calls at the same time, and its entry for the log."""

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from opentelemetry import trace
from tensorflow_serving.apis import prediction_service_pb2_grpc
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from penstock.server.errors import Code, ServingError
from penstock.server.rpc.calls import Call, Calls
from penstock.server.rpc.server import Listening
from penstock.server.rpc.services import Options
from tests.penstock.server.rpc.conftest import serving
from tests.penstock.server.rpc.test_predict import request

pytestmark = pytest.mark.slow

HALF = request({"x": np.ones(1, "f4")}, "half")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Paused:
    """Models of which each prediction waits until it may go on."""

    def __init__(self, models):
        self._models, self.began, self.may_end = models, threading.Semaphore(0), threading.Event()
        self.runs = 0

    def run(self, servable, signature, tensors):
        self.runs += 1
        self.began.release()
        assert self.may_end.wait(60)
        return self._models.run(servable, signature, tensors)

    def __getattr__(self, name):
        return getattr(self._models, name)


@pytest.fixture
def paused(models):
    made = Paused(models)
    yield made
    made.may_end.set()


def stub(port):
    return prediction_service_pb2_grpc.PredictionServiceStub(grpc.insecure_channel(f"127.0.0.1:{port}"))


@pytest.mark.parametrize(
    ("sent", "returned"),
    [("abc-123", "abc-123"), ("x" * 128, "x" * 128), ("", None), ("x" * 129, None), ("two words", None)],
)
def test_id_of_a_client_is_returned_and_otherwise_a_new_one(prediction, calls, sent, returned):
    _, call = prediction.Predict.with_call(HALF, metadata=[("x-request-id", sent)])
    found = dict(call.trailing_metadata())["x-request-id"]
    assert found == (returned or found)
    assert len(found) == (len(returned) if returned else 32)
    assert calls[-1].request_id == found


def test_error_has_the_id_too(prediction):
    with pytest.raises(grpc.RpcError) as caught:
        prediction.Predict(PredictRequest(), metadata=[("x-request-id", "mine")])
    assert dict(caught.value.trailing_metadata()) == {"x-request-id": "mine"}


def test_call_is_observed_with_what_answered_it(prediction, calls):
    prediction.Predict(HALF, metadata=[("traceparent", TRACE)])
    call = calls[-1]
    assert (call.method, call.model, call.version, call.signature) == ("Predict", "mixed", 2, "half")
    assert (call.code, call.message, call.traceparent) == (Code.OK, "", TRACE)
    assert call.seconds > 0
    assert call.peer.startswith("ipv4:127.0.0.1:")


def test_failed_call_is_observed_with_its_error(prediction, calls, refused):
    refused(prediction.Predict, request(model="nope"))
    call = calls[-1]
    assert (call.model, call.version, call.code) == ("nope", None, Code.NOT_FOUND)
    assert call.message == "Servable not found for request: Latest(nope)"


class Context:
    """What a method needs of a context."""

    def __init__(self, left=None, active=True, metadata=()):
        self.left, self.active, self.metadata, self.trailing, self.status = left, active, metadata, {}, None

    def invocation_metadata(self):
        return self.metadata

    def peer(self):
        return "ipv4:127.0.0.1:1"

    def is_active(self):
        return self.active

    def time_remaining(self):
        return self.left

    def set_trailing_metadata(self, metadata):
        self.trailing = dict(metadata)

    def abort(self, code, details):
        self.status = (code.name, details)


def answered(context, handle=lambda request, call: request):
    return Calls().method("Predict", handle)("request", context)


@pytest.mark.parametrize(
    ("context", "code", "text"),
    [
        (Context(left=0.0), "DEADLINE_EXCEEDED", "The deadline had passed before the call began."),
        (Context(left=-5.0), "DEADLINE_EXCEEDED", "The deadline had passed before the call began."),
        (Context(active=False), "CANCELLED", "The call was cancelled before it began."),
    ],
)
def test_call_that_nobody_waits_for_is_not_begun(context, code, text):
    began = []
    answered(context, lambda request, call: began.append(request))
    assert context.status == (code, text)
    assert began == []


def failing(error):
    def handle(request, call):
        raise error

    return handle


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ServingError(Code.ABORTED, "no"), "ABORTED", "no"),
        (MemoryError(), "RESOURCE_EXHAUSTED", "The server has not enough memory for the request."),
        (RuntimeError("secret"), "INTERNAL", "The server failed; its log has the reason."),
    ],
)
def test_every_error_has_a_status_and_no_inner_text_is_sent(error, code, text):
    context = Context()
    answered(context, failing(error))
    assert context.status == (code, text)
    assert (context.trailing.get("grpc-retry-pushback-ms") == "1000") == (code == "RESOURCE_EXHAUSTED")


@pytest.mark.parametrize(("sent", "read"), [(TRACE, "0af7651916cd43dd8448eb211c80319c"), ("00-zz-1", "0" * 32)])
def test_work_is_part_of_the_clients_trace(sent, read):
    seen = []

    def handle(request, call):
        seen.append(trace.format_trace_id(trace.get_current_span().get_span_context().trace_id))
        return request

    assert answered(Context(metadata=[("traceparent", sent)]), handle) == "request"
    assert seen == [read]
    assert trace.get_current_span().get_span_context().trace_id == 0


def test_more_predictions_than_allowed_are_refused_and_later_ones_answered(paused, refused):
    options, listening = Options(concurrency=2), Listening(threads=2)
    with serving(paused, options, listening) as port, ThreadPoolExecutor(2) as pool:
        client = stub(port)
        running = [pool.submit(client.Predict, HALF) for _ in range(2)]
        assert all(paused.began.acquire(timeout=60) for _ in running)
        for _ in range(3):
            text = "The server answers 2 requests already; try again later."
            assert refused(client.Predict, HALF) == ("RESOURCE_EXHAUSTED", text)
        paused.may_end.set()
        assert [each.result(60).model_spec.version.value for each in running] == [2, 2]
        assert client.Predict(HALF).model_spec.version.value == 2
    assert paused.runs == 3


def test_cancelled_call_frees_its_place(paused):
    ended = threading.Semaphore(0)
    options, listening = Options(concurrency=1, observe=lambda call: ended.release()), Listening(threads=1)
    with serving(paused, options, listening) as port:
        client = stub(port)
        call = client.Predict.future(HALF)
        assert paused.began.acquire(timeout=60)
        assert call.cancel()
        paused.may_end.set()
        assert ended.acquire(timeout=60)
        assert client.Predict(HALF).model_spec.version.value == 2


def test_call_whose_deadline_passes_while_it_waits_is_not_begun(paused):
    listening = Listening(threads=1)
    with serving(paused, Options(), listening) as port, ThreadPoolExecutor(9) as pool:
        client = stub(port)
        running = [pool.submit(client.Predict, HALF) for _ in range(9)]  # every thread of the server
        assert all(paused.began.acquire(timeout=60) for _ in running)
        with pytest.raises(grpc.RpcError) as caught:
            client.Predict(HALF, timeout=0.2)
        assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        paused.may_end.set()
        assert all(each.result(60) for each in running)
    assert paused.runs == 9


def test_call_begins_empty():
    assert Call("Predict", "1").code == Code.OK
