"""Warm-up requests."""

import pytest

from tests.penstock.parity.tiny_server import ROWS, golden

pytestmark = pytest.mark.slow


def test_each_signature_gets_requests_of_several_sizes_and_equal_rows_equal_bytes():
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    from penstock.parity.warm_up import records

    found = list(records(golden(ROWS * 11), "taxi"))
    assert found == list(records(golden(ROWS * 11), "taxi"))
    requests = [prediction_log_pb2.PredictionLog.FromString(each).predict_log.request for each in found]
    assert {each.model_spec.name for each in requests} == {"taxi"}
    sizes = {}
    for each in requests:
        shapes = {tensor.tensor_shape.dim[0].size for tensor in each.inputs.values()}
        sizes.setdefault(each.model_spec.signature_name, []).append(shapes)
    assert sizes == dict.fromkeys(["serving_default", "serve_tf_examples"], [{1}, {2}, {8}, {32}, {33}])
    assert set(requests[0].inputs) == set(ROWS[0])
    assert tf.make_ndarray(requests[1].inputs["examples"]).tolist() == golden().serialized()[:1]


def test_few_rows_give_few_requests():
    from penstock.parity.warm_up import records

    assert len(list(records(golden(ROWS[:1]), "taxi"))) == 2
