"""Examples of requests: a usual value of the right type for each input."""

from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.registry.export.requests import request

INPUTS = {
    "miles": {"type": "float32", "shape": [None]},
    "paid": {"type": "string", "shape": [None]},
    "pair": {"type": "float32", "shape": [None, 2]},
    "code": {"type": "string", "shape": [None]},
}


def test_usual_values_are_those_of_the_training_rows():
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    rows = statistics.datasets.add()
    for name in ("miles", "code"):
        each = rows.features.add(name=name)
        each.num_stats.median = 2.5
    paid = rows.features.add()
    paid.path.step.append("paid")
    paid.string_stats.top_values.add(value="cash")
    body = request({"serving_default": {"inputs": INPUTS}}, statistics.SerializeToString())
    assert body == {
        "signature_name": "serving_default",
        "instances": [{"miles": 2.5, "paid": "cash", "pair": [0.0, 0.0], "code": ""}],
    }


def test_model_without_statistics_or_signature_has_an_example():
    assert request({"serving_default": {"inputs": {"miles": INPUTS["miles"]}}}, None)["instances"] == [{"miles": 0.0}]
    assert request({}, None)["instances"] == [{}]
