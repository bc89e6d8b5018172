"""ModelVerdict: metrics and baselines, slices, and each threshold in words; the Evaluator's files read back."""

import json
import math

import pytest

from penstock.config.sections import METRICS
from penstock.core.documents import document
from penstock.core.documents import verdict as verdict_documents
from tests.components.verdicts import (
    BASELINE,
    CANDIDATE,
    ESTIMATE,
    FIRST,
    MEASURED,
    WHOLE,
    judged,
    metrics,
    threshold,
)
from tests.documents import verdict

pytestmark = pytest.mark.slow


def test_metrics_are_given_with_constant_and_baseline():
    assert judged(baseline=BASELINE)["metrics"] == {
        "auc": {**ESTIMATE, "model": 0.9, "constant": 0.5, "baseline": 0.88},
        "log_loss": {**ESTIMATE, "model": 0.3, "constant": 0.7, "baseline": 0.25},
    }
    assert judged()["metrics"]["auc"] == {**ESTIMATE, "model": 0.9, "constant": 0.5, "baseline": None}
    assert judged()["rows"] == 10


def test_slices_are_given_in_order_and_a_metric_without_a_value_is_none():
    first, second = judged()["slices"]
    assert (first["column"], first["value"], first["rows"]) == ("zone", 1, 6)
    assert first["metrics"] == {"auc": 0.8, "log_loss": 0.2}
    assert (second["value"], second["rows"], second["metrics"]) == (2, 4, {"auc": None, "log_loss": 0.4})


def test_intervals_linear_model_and_gains_are_given():
    found = judged(candidate=MEASURED, least=5)
    assert found["metrics"]["auc"] == {
        **{**ESTIMATE, "model": 0.9, "interval": 0.01, "ends": [0.89, 0.91], "constant": 0.5, "linear": 0.88},
        "baseline": None,
    }
    assert found["gains"] == {"linear": {"kind": "gain", "metric": "auc", "gain": 0.02, "interval": 0.03}}
    first, second = found["slices"]
    assert (first["too_few_rows"], first["intervals"]["auc"]) == (False, 0.1)
    assert first["gains"] == {"baseline": {"kind": "gain", "metric": "auc", "gain": 0.1, "interval": None}}
    assert (second["too_few_rows"], second["metrics"]["auc"], second["intervals"]["auc"]) == (True, 0.7, None)
    assert second["gains"] == {}


def test_interval_of_a_slice_ends_where_the_metric_does_and_the_rarer_class_is_counted():
    slice_ = metrics({"example_count": 600.0, "rarer_count": 12.0, "auc": 0.98, "auc/interval": 0.05})
    found = judged(candidate={**CANDIDATE, FIRST: slice_})
    assert found["of_rarer_class"] is None
    first = found["slices"][0]
    assert (first["of_rarer_class"], first["ends"]["auc"][1]) == (12, 1.0)
    assert first["ends"]["auc"][0] == pytest.approx(0.93)


def test_tables_are_given_with_the_names_of_the_classes():
    import numpy as np

    from components.model_verdict import tables

    counts = np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]])
    bins = np.array([[0.1, 0.0, 4], [math.nan, math.nan, 0], [0.9, 1.0, 2]])
    outputs = metrics({"confusion": counts, "reliability": bins, "residuals": np.arange(7.0)})
    document = json.loads(tables(outputs).model_dump_json())
    assert document["confusion"] == {"kind": "confusion", "classes": ["0", "1"], "rows": [[3, 1], [0, 2]]}
    assert document["reliability"] == [
        {"predicted": 0.1, "found": 0.0, "rows": 4},
        {"predicted": 0.9, "found": 1.0, "rows": 2},
    ]
    assert document["residuals"][0] == {"share": 0.01, "value": 0.0}
    counts[2, 0] = 5
    named = tables(outputs, ["near", "far", "rare", "rarer"]).confusion
    assert (named.classes, named.rows) == (("near", "far", None), tuple(map(tuple, counts.tolist())))
    assert tables(metrics({})) == verdict_documents.Tables()


def test_tables_of_slices_are_given_with_the_names_of_the_classes():
    import numpy as np

    from components.model_verdict import judge

    slices = {WHOLE: metrics({}), FIRST: metrics({"confusion": np.diag([3, 2, 1, 0])})}
    [only] = judge(slices, None, [], {}, classes=["near", "far", "rare"]).slices
    assert only.confusion.classes == ("near", "far", "rare")
    assert only.confusion.rows == ((3, 0, 0), (0, 2, 0), (0, 0, 1))


def test_verdict_is_plain_json():
    found = judged(threshold("min", 0.5, column="zone"), baseline=BASELINE)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert verdict_documents.Verdict.parse(json.dumps(found), "verdict.json").metrics["auc"].model == 0.9


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """Return the folder in which TFMA wrote the metrics of two models, candidate and baseline, on twelve rows."""
    import tensorflow as tf
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.proto import config_pb2

    from modules import evaluation as evaluating
    from modules.metrics import results
    from modules.metrics.computation import describe_computation

    folder = tmp_path_factory.mktemp("evaluated")
    with tf.io.TFRecordWriter(str(folder / "rows")) as writer:
        for number in range(12):
            example = tf.train.Example()
            example.features.feature["label"].int64_list.value.append(number % 2)
            example.features.feature["good"].float_list.value.append(0.9 if number % 2 else 0.1)
            example.features.feature["bad"].float_list.value.append(0.1 if number % 2 else 0.9)
            example.features.feature["flat"].float_list.value.append(0.5)
            example.features.feature["kind"].bytes_list.value.append(b"even" if number % 4 < 2 else "größer".encode())
            writer.write(example.SerializeToString())
    found = [
        config_pb2.MetricConfig(
            class_name="Measured",
            module="modules.evaluation",
            config=json.dumps(describe_computation(name, "binary", kind)),
        )
        for name, kind in {
            results.ROWS: results.Kind.ROWS,
            **dict.fromkeys(METRICS["binary"], results.Kind.VALUE),
        }.items()
    ]
    config = config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                name=name, label_key="label", prediction_keys={"model": key, "constant": "flat"}, is_baseline=first
            )
            for name, key, first in (("candidate", "good", False), ("baseline", "bad", True))
        ],
        slicing_specs=[config_pb2.SlicingSpec(), config_pb2.SlicingSpec(feature_keys=["kind"])],
        metrics_specs=[config_pb2.MetricsSpec(output_names=[name], metrics=found) for name in ("model", "constant")],
    )
    tfma.run_model_analysis(
        eval_config=config,
        data_location=str(folder / "rows"),
        output_path=str(folder / "out"),
        extractors=evaluating.custom_extractors(None, config, None),
    )
    return folder / "out"


def test_blessed_model_that_misses_a_threshold_stops_the_run():
    from components.model_verdict import _consistent
    from penstock.core.errors import GateError

    words = "auc overall: 0.1, at least 0.9 required"
    missed = verdict(blessed=True, thresholds=[{"metric": "auc", "passed": False, "words": words}])
    with pytest.raises(GateError, match="auc overall: 0.1, at least 0.9 required"):
        _consistent(missed, "/evaluation")


@pytest.mark.parametrize("blessed", [True, False])
def test_component_reads_what_the_evaluator_wrote(evaluated, tmp_path, blessed):
    from tfx.types import standard_artifacts

    from components import artifacts
    from components.model_verdict import ModelVerdict

    evaluation, blessing = standard_artifacts.ModelEvaluation(), standard_artifacts.ModelBlessing()
    given, model = artifacts.ModelVerdict(), standard_artifacts.Model()
    evaluation.uri, given.uri, model.uri = str(evaluated), str(tmp_path), str(tmp_path / "model")
    blessing.set_int_custom_property("blessed", int(blessed))
    ModelVerdict.test_call(
        evaluation=evaluation,
        blessing=blessing,
        model=model,
        verdict=given,
        thresholds=json.dumps([threshold("min", 0.9), threshold("min_improvement", 0.5)]),
        higher_is_better=json.dumps(METRICS["binary"]),
        min_slice_rows=100,
        code="x",
    )
    written = json.loads((tmp_path / "verdict.json").read_text())
    assert (written["rows"], written["blessed"]) == (12, blessed)
    assert written["metrics"]["auc"] == {**{**ESTIMATE, "model": 1.0, "constant": 0.5, "baseline": 0.0}}
    assert written["version"] == document.VERSION
    assert [(row["column"], row["value"], row["rows"]) for row in written["slices"]] == [
        ("kind", "even", 6),
        ("kind", "größer", 6),
    ]
    held = [(row["value"], row["passed"]) for row in written["thresholds"]]
    # The Evaluator decides: a model that it refused without a failed threshold gets a failed threshold.
    assert held == [(1.0, True), (1.0, True), *([] if blessed else [(None, False)])]
    assert given.get_int_custom_property("blessed") == int(blessed)
