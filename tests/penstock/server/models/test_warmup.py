import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from penstock.server.errors import Code, ServingError
from penstock.server.models.servable import load
from penstock.server.models.warmup import MOST, REQUESTS, warm_up

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mixed(mixed_model):
    return load(mixed_model / "1", "mixed", 1)


@pytest.fixture(scope="module")
def estimator(estimator_model):
    return load(estimator_model / "7", "estimator", 7)


def predict(signature="half", dtype=np.float32):
    log = PredictionLog()
    log.predict_log.request.model_spec.signature_name = signature
    log.predict_log.request.inputs["x"].CopyFrom(tf.make_tensor_proto(np.ones(3, dtype)))
    return log


def with_examples(request):
    example = request.input.example_list.examples.add()
    example.features.feature["x"].float_list.value.append(1.0)


def classify():
    log = PredictionLog()
    with_examples(log.classify_log.request)
    return log


def regress():
    log = PredictionLog()
    request = log.regress_log.request
    request.model_spec.signature_name = "regress"
    listed = request.input.example_list_with_context
    listed.context.features.feature["x"].float_list.value.append(1.0)
    listed.examples.add()
    return log


def multi_inference():
    log = PredictionLog()
    with_examples(log.multi_inference_log.request)
    for name in ("serving_default", "regress"):
        log.multi_inference_log.request.tasks.add().model_spec.signature_name = name
    return log


def write(folder, *logs):
    file = folder / REQUESTS
    file.parent.mkdir()
    with tf.io.TFRecordWriter(str(file)) as writer:
        for log in logs:
            writer.write(log if isinstance(log, bytes) else log.SerializeToString())
    return file


def test_version_without_requests_is_not_warmed_up(mixed, tmp_path):
    assert warm_up(mixed, tmp_path) == 0


def test_requests_of_each_kind_are_run(mixed, estimator, tmp_path):
    (tmp_path / "mixed").mkdir(), (tmp_path / "estimator").mkdir()
    write(tmp_path / "mixed", predict(), predict())
    write(tmp_path / "estimator", classify(), regress(), multi_inference())
    assert warm_up(mixed, tmp_path / "mixed") == 2
    assert warm_up(estimator, tmp_path / "estimator") == 3


@pytest.mark.parametrize(
    ("logs", "code", "text"),
    [
        ([predict("none")], Code.FAILED_PRECONDITION, 'Serving signature key "none" not found.'),
        ([predict(dtype=np.int64)], Code.INVALID_ARGUMENT, "Expects x to be float32"),
        ([b"\xff\xff"], Code.INVALID_ARGUMENT, "Failed to parse warmup record"),
        ([PredictionLog()], Code.UNIMPLEMENTED, "Unsupported log_type for warmup: None"),
        ([classify()], Code.INVALID_ARGUMENT, "Expected one input Tensor, but got 3"),
        ([predict()] * (MOST + 1), Code.INVALID_ARGUMENT, "Number of warmup records exceeds the maximum (1000)"),
    ],
)
def test_request_that_cannot_be_run_is_an_error(mixed, tmp_path, logs, code, text):
    write(tmp_path, *logs)
    with pytest.raises(ServingError) as refused:
        warm_up(mixed, tmp_path)
    assert refused.value.code == code
    assert text in refused.value.message


def test_file_that_is_cut_off_is_an_error(mixed, tmp_path):
    file = write(tmp_path, predict(), predict())
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(ServingError, match="Please verify your warmup data is in TFRecord format") as refused:
        warm_up(mixed, tmp_path)
    assert refused.value.code == Code.DATA_LOSS
