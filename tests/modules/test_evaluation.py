"""Slices of batches and metrics over arrays: alone, and in a real run of TFMA against direct computation."""

import base64
import math
import random

import numpy as np
import pytest

from modules.metrics import results
from modules.metrics.computation import describe_computation
from modules.metrics.measures import MEASURES, measure

pytestmark = pytest.mark.slow

ROWS, KINDS = 3000, ("a", "größer", None)


@pytest.fixture(scope="module")
def evaluating():
    from modules import evaluation as evaluating

    return evaluating


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[1], [2]]), [1, 2]),
        (np.array([1, 2]), [1, 2]),
        (np.array([[b"a"], [b"b"]]), [b"a", b"b"]),
    ],
)
def test_dense_column_gives_a_value_per_row(evaluating, values, expected):
    assert evaluating._column(values) == expected


def test_sparse_column_gives_none_where_a_value_is_missing(evaluating):
    import tensorflow_model_analysis as tfma

    sparse = tfma.types.VarLenTensorValue(
        values=np.array([5, 7]), indices=np.array([[1, 0], [3, 0]]), dense_shape=np.array([5, 1])
    )
    assert evaluating._column(sparse) == [None, 5, None, 7, None]


def test_batch_is_cut_into_one_element_per_slice_that_occurs(evaluating):
    from tensorflow_model_analysis import constants

    batch = {
        constants.LABELS_KEY: np.array([[0], [1], [1]]),
        constants.PREDICTIONS_KEY: {"model": np.array([0.1, 0.2, 0.3]), "constant": np.array([[0.5]] * 3)},
        constants.FEATURES_KEY: {"c": np.array([["x"], ["y"], ["x"]])},
        constants.INPUT_KEY: np.array([b"1", b"2", b"3"], object),
    }
    whole, first, second = evaluating.SliceBatches([(), ("c",)]).process(batch)
    assert whole[constants.LABELS_KEY].tolist() == [[0], [1], [1]]
    assert first[constants.PREDICTIONS_KEY]["model"].tolist() == [0.1, 0.3]
    assert first[constants.LABELS_KEY].tolist() == [[0], [1]]
    assert second[constants.PREDICTIONS_KEY]["constant"].tolist() == [[0.5]]
    keys = [element[constants.SLICE_KEY_TYPES_KEY][0] for element in (whole, first, second)]
    assert [tuple(key) for key in keys] == [(), (("c", "x"),), (("c", "y"),)]


def test_batch_that_lacks_a_column_has_no_slice_of_it(evaluating):
    from tensorflow_model_analysis import constants

    batch = {
        constants.LABELS_KEY: np.array([[0], [1]]),
        constants.PREDICTIONS_KEY: {"model": np.array([0.1, 0.2])},
        constants.FEATURES_KEY: {"c": np.array([["x"], ["x"]])},
        constants.INPUT_KEY: np.array([b"1", b"2"], object),
    }
    found = evaluating.SliceBatches([(), ("gone",), ("c", "gone"), ("c",)]).process(batch)
    assert [tuple(each[constants.SLICE_KEY_TYPES_KEY][0]) for each in found] == [(), (("c", "x"),)]


def table():
    draw = random.Random(4)
    rows = [
        {"label": number % 3 == 0, "kind": draw.choice(KINDS), "zone": number % 4, "flat": 0.3}
        for number in range(ROWS)
    ]
    for row in rows:
        row["score"] = float(np.float32(min(1.0, max(0.0, 0.3 + 0.3 * row["label"] + draw.gauss(0, 0.3)))))
        if row["zone"] == 3:
            row["label"] = False
    return rows


def _fair(config_pb2):
    import json

    options = {"attribute": "kind", "edges": None, "max_difference": 0.01, "min_rows": 30}
    parameters = describe_computation("selection_rate", "binary", results.Kind.FAIRNESS, **options)
    return config_pb2.MetricConfig(class_name="Measured", module="modules.evaluation", config=json.dumps(parameters))


@pytest.fixture(scope="module")
def analysis(evaluating, tmp_path_factory):
    """Return a table and what TFMA measured on it with our extractors and metrics, by slice, output and name."""
    import json

    import tensorflow as tf
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.proto import config_pb2

    folder, rows = tmp_path_factory.mktemp("analysis"), table()
    with tf.io.TFRecordWriter(str(folder / "rows")) as writer:
        for row in rows:
            example = tf.train.Example()
            example.features.feature["label"].int64_list.value.append(int(row["label"]))
            example.features.feature["zone"].int64_list.value.append(row["zone"])
            for name in ("score", "flat"):
                example.features.feature[name].float_list.value.append(row[name])
            if row["kind"]:
                example.features.feature["kind"].bytes_list.value.append(row["kind"].encode())
            writer.write(example.SerializeToString())
    metrics = [
        config_pb2.MetricConfig(
            class_name="Measured",
            module="modules.evaluation",
            config=json.dumps(describe_computation(name, "binary", kind)),
        )
        for name, kind in {
            results.ROWS: results.Kind.ROWS,
            **dict.fromkeys(MEASURES["binary"], results.Kind.VALUE),
        }.items()
    ]
    config = config_pb2.EvalConfig(
        model_specs=[config_pb2.ModelSpec(label_key="label", prediction_keys={"model": "score", "constant": "flat"})],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=[name]) for name in ("kind", "zone")),
        ],
        metrics_specs=[
            *(config_pb2.MetricsSpec(output_names=[name], metrics=metrics) for name in ("model", "constant")),
            config_pb2.MetricsSpec(output_names=["model"], metrics=[_fair(config_pb2)]),
        ],
    )
    tfma.run_model_analysis(
        eval_config=config,
        data_location=str(folder / "rows"),
        output_path=str(folder / "out"),
        extractors=evaluating.custom_extractors(None, config, None),
    )
    found = {}
    for key, outputs in tfma.load_eval_result(str(folder / "out")).slicing_metrics:
        found[tuple(key)] = {
            output: {name: value.get("doubleValue", value.get("arrayValue")) for name, value in subkeys[""].items()}
            for output, subkeys in outputs.items()
        }
    return rows, found


def slices(rows):
    """Return the rows of each slice, as they should be."""
    found = {(): rows}
    for name in ("kind", "zone"):
        for value in sorted({row[name] for row in rows if row[name] is not None}):
            found[((name, value),)] = [row for row in rows if row[name] == value]
    return found


def test_slices_are_the_values_that_occur(analysis):
    rows, found = analysis
    assert set(found) == set(slices(rows))


def test_rows_of_each_slice_are_counted_for_each_output(analysis):
    rows, found = analysis
    assert {key: {found[key][o]["example_count"] for o in ("model", "constant")} for key in found} == {
        key: {float(len(part))} for key, part in slices(rows).items()
    }


@pytest.mark.parametrize("name", MEASURES["binary"])
def test_metric_of_each_slice_equals_the_one_computed_directly(analysis, name):
    rows, found = analysis
    for key, part in slices(rows).items():
        labels = np.array([row["label"] for row in part], float)
        for output, column in (("model", "score"), ("constant", "flat")):
            expected = measure("binary", name, labels, np.array([row[column] for row in part], np.float32))
            value = float(found[key][output][name])
            assert (
                math.isnan(value) if math.isnan(expected) else value == pytest.approx(expected, rel=1e-6, abs=1e-6)
            ), (
                key,
                output,
            )


def test_slice_of_one_label_has_no_auc(analysis):
    _, found = analysis
    assert math.isnan(float(found[(("zone", 3),)]["model"]["auc"]))
    assert float(found[()]["constant"]["auc"]) == 0.5


def test_groups_of_an_attribute_are_compared_over_all_rows(analysis):
    rows, found = analysis
    values = {
        part: found[()]["model"][results.fairness_name("selection_rate", "kind", part)]
        for part in (results.Fair.NAMES, results.Fair.GROUPS, results.Fair.MISSING)
    }
    names = [base64.b64decode(name).decode() for name in values[results.Fair.NAMES]["bytesValues"]]
    assert names == ["a", "größer"]
    groups = np.reshape(values[results.Fair.GROUPS]["float64Values"], (2, 6))
    for name, group in zip(names, groups, strict=True):
        yes = [row["score"] > 0.5 for row in rows if row["kind"] == name]
        assert group[:4].tolist() == pytest.approx([len(yes), len(yes), sum(yes), sum(yes) / len(yes)])
    assert float(values[results.Fair.MISSING]) == sum(row["kind"] is None for row in rows)


def test_metric_is_computed_of_weighted_rows_too(evaluating):
    from tensorflow_model_analysis.proto import config_pb2

    config = config_pb2.EvalConfig(model_specs=[config_pb2.ModelSpec(example_weight_key="people")])
    metric = evaluating.Measured("auc", "binary", metric="auc", kind="value")
    found = metric.computations(eval_config=config, model_names=[""], output_names=["model"], example_weighted=True)
    assert [key.example_weighted for each in found for key in each.keys if key.name == "auc"] == [True]
