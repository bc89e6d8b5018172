"""Copies of requests by a server of two workers: the challenger's answers are compared, and the log is written."""

import os
import shutil
import signal
import time

import grpc
import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.prediction_server import started

pytestmark = pytest.mark.slow

PREDICT = "/v1/models/m:predict"
HALF = {"signature_name": "half", "instances": [2.0, 4.0]}
LABELS = ("outcome", "output", "result")


@pytest.fixture(scope="module")
def models(tmp_path_factory, mixed_model):
    return shutil.copytree(mixed_model, tmp_path_factory.mktemp("served") / "m")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def server(tmp_path_factory, models, log):
    key = tmp_path_factory.mktemp("key") / "key"
    key.write_text("0123456789abcdef0123456789abcdef")
    options = ("--model", f"m={models}", "--versions", "1", "--challenger", "2", "--challenger-share", "1")
    sample = ("--sample", "1", "--sample-to", str(log), "--sample-seconds", "1", "--sample-hash", "s")
    without = [word for name in ("n", "text", "fair") for word in ("--sample-without", name)]
    more = ("--sample-key", str(key), "--workers", "2", "--poll", "0.1", *without)
    with started(tmp_path_factory.mktemp("server"), *options, *sample, *more) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=60) as http:
        yield http


def counted(client, name):
    """Return the values of a metric by the outcome, or by the output and the result."""
    families = text_string_to_metric_families(client.get("/monitoring/prometheus/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(each.labels[key] for key in LABELS if key in each.labels): each.value for each in samples}


def wait_for(find):
    for _ in range(2400):
        if found := find():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen within two minutes")


def logged(log, request):
    rows = [row for file in sorted(log.rglob("*.parquet")) for row in pq.read_table(file).to_pylist()]
    return [row for row in rows if row["penstock_request"] == request]


def test_challenger_is_compared_and_never_answers(client):
    for number in range(4):
        answer = client.post(PREDICT, json=HALF, headers={"x-request-id": f"half-{number}"})
        assert (answer.json(), answer.headers["x-penstock-version"]) == ({"predictions": [2.0, 3.0]}, "1")
    wait_for(lambda: counted(client, "penstock_challenger_requests_total").get(("compared",)) == 4)
    assert counted(client, "penstock_challenger_rows_total") == {("y", "different"): 8}
    assert counted(client, "penstock_challenger_difference_sum") == {("y",): 8}
    assert client.post(PREDICT, json={"signature_name": "none", "instances": [1.0]}).status_code == 400
    asked = client.post("/v1/models/m/versions/2:predict", json=HALF)
    assert asked.headers["x-penstock-version"] == "2"
    wait_for(lambda: counted(client, "penstock_challenger_requests_total").get(("same",)) == 1)
    assert counted(client, "penstock_challenger_requests_total") == {("compared",): 4, ("same",): 1}


def test_log_has_the_requests_of_rest_with_ids_and_versions(client, log):
    row = {"x": 1.0, "n": 2, "s": "a"}
    answer = client.post(PREDICT, json={"instances": [row, row]}, headers={"x-request-id": "of rest"})
    given = answer.headers["x-request-id"]
    assert given != "of rest"
    found = wait_for(lambda: logged(log, given))
    assert [each["penstock_version"] for each in found] == [1, 1]
    assert {each["penstock_signature"] for each in found} == {"serving_default"}
    assert [(each["x"], each["penstock_output_score"]) for each in found] == [(1.0, 3.0)] * 2
    assert "n" not in found[0]
    assert len(found[0]["s"]) == 32


def test_request_of_grpc_with_examples_is_compared_and_its_columns_are_hashed(client, server, log):
    from tensorflow import make_tensor_proto
    from tensorflow.train import BytesList, Example, Feature, Features
    from tensorflow_serving.apis.predict_pb2 import PredictRequest
    from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

    before = counted(client, "penstock_challenger_requests_total").get(("compared",), 0)
    feature = {"s": Feature(bytes_list=BytesList(value=[b"private"]))}
    request = PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "m", "serve_tf_examples"
    text = Example(features=Features(feature=feature)).SerializeToString()
    request.inputs["examples"].CopyFrom(make_tensor_proto(np.array([text], object)))
    with grpc.insecure_channel(server.grpc) as channel:
        call = PredictionServiceStub(channel).Predict.with_call
        _, made = call(request, timeout=60, metadata=[("x-request-id", "of-grpc")])
    metadata = dict(made.trailing_metadata())
    assert (metadata["x-request-id"], metadata["x-penstock-version"]) == ("of-grpc", "1")
    [row] = wait_for(lambda: logged(log, "of-grpc"))
    assert len(row["s"]) == 32
    assert "examples" not in row
    assert not [file for file in log.rglob("*.parquet") if b"private" in file.read_bytes()]
    wait_for(lambda: counted(client, "penstock_challenger_requests_total")[("compared",)] == before + 1)


def test_name_that_no_input_or_output_has_is_reported(server):
    assert "no input or output is called fair, so that nothing of that name is left out" in server.errors
    assert "is called text" not in server.errors


def test_challenger_that_is_deleted_or_broken_is_counted_and_requests_are_answered(client, models):
    shutil.rmtree(models / "2")
    (models / "2").mkdir()
    (models / "2" / "saved_model.pb").write_bytes(b"truncated")

    def unavailable():
        assert client.post(PREDICT, json=HALF).json() == {"predictions": [2.0, 3.0]}
        return counted(client, "penstock_challenger_requests_total").get(("unavailable",))

    shutil.rmtree(models / "2")
    wait_for(unavailable)


def test_worker_that_is_killed_leaves_no_file_that_cannot_be_read(server, log):
    workers = {str(each.pid) for each in server.workers()}

    def have_written():
        # A new connection each time, which any of the workers takes.
        assert httpx.post(server.url + PREDICT, json=HALF, timeout=60).status_code == 200
        return workers <= {file.name.split("-")[1] for file in log.rglob("*.parquet")}

    wait_for(have_written)
    os.kill(server.workers()[0].pid, signal.SIGKILL)
    server.process.terminate()
    server.process.wait(600)
    files = sorted(log.rglob("*.parquet"))
    assert workers <= {file.name.split("-")[1] for file in files}
    assert all(pq.read_table(file).num_rows for file in files)
