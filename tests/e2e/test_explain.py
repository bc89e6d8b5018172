"""A run of `auto` that explains its scores: shown, written by `predict`, and answered by a server over REST and gRPC.

Its rows have weights and a column has a monotonic constraint, with both of which explanations stay exact.
"""

import csv

import grpc
import httpx
import numpy as np
import pytest

from tests.e2e.conftest import CONFIGURATION, make_project
from tests.prediction_server import started

pytestmark = pytest.mark.e2e

EXPLAINED = (
    CONFIGURATION.replace("AS big_tipper", "AS big_tipper, greatest(fare, 1) AS ride_value")
    .replace('label = "big_tipper"', 'label = "big_tipper"\nweight = "ride_value"')
    .replace('fare = "numeric"', 'fare = { role = "numeric", monotonic = "increasing" }')
    .replace("epochs = 8\nbatch_size = 64", 'family = "auto"\nexplain = true\ntime_limit = 4')
)
NAMES = ["fare", "trip_seconds", "trip_start_hour", "payment_type"]
ROWS = [
    {"fare": 9.85, "trip_seconds": 840, "trip_start_hour": 13, "payment_type": "Credit Card"},
    {"fare": 4.05, "trip_seconds": 0, "trip_start_hour": 0, "payment_type": ""},
    {"fare": 250.0, "trip_seconds": 7200, "trip_start_hour": 23, "payment_type": "never seen"},
]
# The fare of the first ride, rising.
FARES = [{**ROWS[0], "fare": fare} for fare in np.linspace(0, 60, 13).tolist()]


@pytest.fixture(scope="module")
def explained(tmp_path_factory, rows):
    """The project with one pushed version."""
    project = make_project(tmp_path_factory.mktemp("explain") / "project", rows)
    (project.folder / "pipeline.toml").write_text(EXPLAINED)
    found = project.run("run")
    assert found["state"] == "pushed", found
    return project


@pytest.fixture(scope="module")
def server(explained, tmp_path_factory):
    model = f"small-taxi={explained.folder / 'models'}"
    with started(tmp_path_factory.mktemp("server"), "--model", model, forked=True) as running:
        running.wait_until_ready()
        yield running


def by_rest(server, rows, signature):
    """Return the answers by output: that of JSON by row, as columns."""
    body = {"signature_name": signature, "instances": rows}
    answer = httpx.post(f"{server.url}/v1/models/small-taxi:predict", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    predictions = answer.json()["predictions"]
    if not isinstance(predictions[0], dict):
        return np.array(predictions)
    return {name: np.array([each[name] for each in predictions]) for name in predictions[0]}


def by_grpc(server, rows, signature):
    """Return the answers by output, by the stubs of TensorFlow Serving."""
    import tensorflow as tf
    from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2, prediction_service_pb2_grpc

    with grpc.insecure_channel(server.grpc) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        asked = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        asked.model_spec.name = "small-taxi"
        known = get_model_metadata_pb2.SignatureDefMap()
        stub.GetModelMetadata(asked, timeout=60).metadata["signature_def"].Unpack(known)
        request = predict_pb2.PredictRequest()
        request.model_spec.name, request.model_spec.signature_name = "small-taxi", signature
        for name, tensor in known.signature_def[signature].inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto([row[name] for row in rows], tensor.dtype))
        outputs = stub.Predict(request, timeout=60).outputs
        return {name: tf.make_ndarray(values) for name, values in outputs.items()}


def check(found, probability, rows):
    """Check that the contributions add up to the score, and the score to the prediction."""
    assert found["contributions"].shape == (len(rows), len(NAMES))
    total = found["base"] + found["contributions"].sum(axis=1)
    np.testing.assert_allclose(total, found["score"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(1 / (1 + np.exp(-total)), probability, rtol=0, atol=1e-5)
    assert np.ptp(found["base"]) == 0
    assert (np.abs(found["contributions"]).max(axis=0) > 0).sum() >= 2


def test_contributions_over_rest_add_up_to_the_prediction(server):
    found = by_rest(server, ROWS, "explain")
    assert found["columns"].tolist() == [NAMES] * len(ROWS)
    check(found, by_rest(server, ROWS, "serving_default"), ROWS)


def test_contributions_over_grpc_are_those_over_rest(server):
    found = by_grpc(server, ROWS, "explain")
    assert [name.decode() for name in found["columns"][0]] == NAMES
    check(found, by_grpc(server, ROWS, "serving_default")["probability"], ROWS)
    expected = by_rest(server, ROWS, "explain")
    for name in ("score", "base", "contributions"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-12)


def test_contribution_of_a_monotonic_column_and_the_score_never_fall(server):
    found = by_rest(server, FARES, "explain")
    check(found, by_rest(server, FARES, "serving_default"), FARES)
    assert (np.diff(found["score"]) >= -1e-9).all()
    assert (np.diff(found["contributions"][:, NAMES.index("fare")]) >= -1e-9).all()


def test_show_names_the_signature(explained):
    lines = explained.penstock("show").stdout.splitlines()
    [line] = [line for line in lines if line.startswith("Signatures: ")]
    assert "explain, " in line
    assert "explain" in explained.run("show")["signatures"]


def test_predict_writes_the_contributions_that_the_server_answers(explained, server):
    done = explained.penstock("predict", "trips.csv", "--explain", "--output", "explained.csv")
    assert done.returncode == 0, done.stderr
    with (explained.folder / "explained.csv").open() as file:
        names = ("fare", "trip_seconds", "trip_start_hour")
        row = next(row for row in csv.DictReader(file) if all(row[name] for name in names))
    values = {name: float(row[name]) for name in names}
    found = by_rest(server, [{**values, "payment_type": row["payment_type"]}], "explain")
    written = [float(row[f"contribution_{name}"]) for name in NAMES]
    np.testing.assert_allclose(written, found["contributions"][0], atol=1e-6)
    assert float(row["score"]) == pytest.approx(float(found["score"][0]), abs=1e-6)
