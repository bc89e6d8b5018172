"""Models measured in this process: what TFMA measures on Beam, slices, baselines, thresholds, files that TFMA reads."""

import functools
import json
import math

import numpy as np
import pytest

from modules.metrics.measures import MEASURES, measure
from modules.metrics.results import minority_count
from tests.modules.conftest import LABEL, ROWS, example

pytestmark = pytest.mark.slow

BATCH_ROWS = 64
SLICES = ("paid", "zone", "shared")
FIRST = {"binary": "auc", "multiclass": "accuracy", "regression": "mae"}


@pytest.fixture(scope="module")
def evaluation():
    from modules.metrics import in_process as evaluation

    return evaluation


@pytest.fixture(scope="module")
def metrics_of(evaluation, fitted):
    """Return the function that gives the metrics of a task's model; no threshold has a part in them."""

    @functools.cache
    def found(task):
        known = fitted(task)
        return evaluation.evaluate(known.train_files, {"": known.saved}, config_of(task), batch_rows=BATCH_ROWS)

    return found


@pytest.fixture(scope="module")
def other(fitted, tmp_path_factory):
    """The folder of another model for the binary task: one that was never fitted."""
    from modules import signatures
    from modules.families.neural.keras3 import keras

    known, folder = fitted("binary"), tmp_path_factory.mktemp("other")
    keras.utils.set_random_seed(5)
    model = keras.models.clone_model(known.model)
    served = signatures.ServedModel(model, known.transform, known.spec, constant=np.array([0.25]), classes=[])
    signatures.save(served, str(folder))
    return str(folder)


def at_least(bound):
    return {"value_threshold": {"lower_bound": bound}}


def bound(metric, threshold, *columns):
    """Return the thresholds of a metric over the slices of columns."""
    return {metric: [{"slicing_specs": [{"feature_keys": list(columns)}], "threshold": threshold}]}


def config_of(task, *, slices=SLICES, thresholds=None, baseline=False, rules=None):
    """Return an EvalConfig like the pipeline's, with TFMA's defaults filled in."""
    import tensorflow_model_analysis as tfma
    from google.protobuf import json_format
    from tensorflow_model_analysis.proto import config_pb2

    from modules.metrics.results import ROWS

    def metric(name, where=(), **settings):
        options = json.dumps({"name": name, "metric": name, "task": task, **settings})
        given = {"class_name": "Measured", "module": "modules.evaluation", "config": options}
        return {**given, "per_slice_thresholds": list(where)}

    model = {"signature_name": "evaluation", "label_key": LABEL}
    if task == "multiclass":
        model |= {"label_key": f"{LABEL}_xf", "preprocessing_function_names": ["transform_label"]}
    names = MEASURES[task]
    given = {
        "model_specs": [model],
        "slicing_specs": [{}, *({"feature_keys": [column]} for column in slices)],
        "metrics_specs": [
            {
                "output_names": ["model"],
                "metrics": [
                    metric(ROWS, kind="rows"),
                    *(metric(name, (thresholds or {}).get(name, ()), interval=bool(rules)) for name in names),
                    *(metric(name, (thresholds or {}).get(name, ()), **each) for name, each in (rules or {}).items()),
                ],
            },
            {"output_names": ["constant"], "metrics": [metric(name) for name in names]},
            *([{"output_names": ["linear"], "metrics": [metric(name) for name in names]}] if rules else []),
        ],
    }
    config = json_format.ParseDict(given, config_pb2.EvalConfig())
    return tfma.utils.update_eval_config_with_defaults(config, has_baseline=baseline, rubber_stamp=True)


def measured(metrics):
    """Return metrics by slice, model, output, name and whether they are a difference."""
    return {
        (text(slice_key), key.model_name, key.output_name, key.name, bool(key.is_diff)): (
            value.ravel().tolist() if isinstance(value, np.ndarray) else value
        )
        for slice_key, values in metrics.items()
        for key, value in values.items()
    }


def text(slice_key):
    """Return the key of a slice as TFMA reads it."""
    return tuple((column, value.decode() if isinstance(value, bytes) else value) for column, value in slice_key)


def stored(folder):
    """Return the same from the files, read by TFMA."""
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.slicer import slicer_lib

    return {
        (
            slicer_lib.deserialize_slice_key(part.slice_key),
            *(item.key.model_name, item.key.output_name, item.key.name, item.key.is_diff),
        ): list(item.value.array_value.float64_values) or item.value.double_value.value
        for part in tfma.load_metrics(folder)
        for item in part.metric_keys_and_values
    }


def verdict(folder):
    """Return the validation: whether all holds, and each failure by slice and metric."""
    import tensorflow_model_analysis as tfma

    found = tfma.load_validation_result(folder)
    failures = {
        (
            tuple((k.column, k.WhichOneof("kind"), str(k)) for k in part.slice_key.single_slice_keys),
            item.metric_key.name,
        )
        for part in found.metric_validations_per_slice
        for item in part.failures
    }
    missing = [tuple(spec.feature_keys) for spec in found.missing_slices]
    return found.validation_ok, failures, missing


def equal(found, expected):
    """Compare numbers to a millionth, where none is equal to none."""
    assert set(found) == set(expected)
    different = {
        key: (found[key], value)
        for key, value in expected.items()
        if found[key] != pytest.approx(value, rel=1e-6, abs=1e-6, nan_ok=True)
    }
    assert different == {}


THRESHOLDS = {
    **bound("auc", {**at_least(0.1), "change_threshold": {"direction": "HIGHER_IS_BETTER", "absolute": 0.9}}),
    **bound("accuracy", at_least(0.5), "zone"),
    **bound("log_loss", at_least(99.0), "shared"),
}


def both_ways(evaluation, known, config, folders, folder):
    """Evaluate in this process and on Beam; return our metrics, whether all thresholds hold, and which metrics fail."""
    import tensorflow_model_analysis as tfma

    from modules import evaluation as evaluating

    metrics = evaluation.evaluate(known.train_files, folders, config, batch_rows=BATCH_ROWS)
    ours, theirs = folder / "ours", folder / "theirs"
    ours.mkdir()
    holds = evaluation.write(metrics, config, str(ours), data=known.train_files[0])
    models = [
        tfma.default_eval_shared_model(path, model_name=name, eval_config=config) for name, path in folders.items()
    ]
    tfma.run_model_analysis(
        eval_shared_model=models if len(models) > 1 else models[0],
        eval_config=config,
        data_location=known.train_files[0],
        output_path=str(theirs),
        extractors=evaluating.custom_extractors(models, config, None),
    )
    equal(measured(metrics), stored(str(theirs)))
    equal(stored(str(ours)), stored(str(theirs)))
    assert verdict(str(ours)) == verdict(str(theirs))
    assert holds is verdict(str(theirs))[0]
    return measured(metrics), holds, {metric for _, metric in verdict(str(ours))[1]}


def rules_of(task, metric, greater, column="shared"):
    """Return every further figure of a task, and the thresholds by which the rules bind."""
    from modules.metrics.measures import TABLES

    gain = {"metric": metric, "kind": "gain", "greater": greater, "interval": True}
    gains = {f"{metric}/over_{other}": {**gain, "against": other} for other in COMPARED}
    rules = {
        f"{metric}/worse": {"metric": metric, "kind": "worse", "greater": greater, "min_rows": 50},
        f"{metric}/missed/{column}": {"metric": metric, "kind": "missed", "against": column, "least": -9.0},
    }
    zero = {"value_threshold": {"upper_bound": 0.0}}
    bound_slices = [{"slicing_specs": [{"feature_keys": [column]}], "threshold": zero}]
    return {**dict.fromkeys(TABLES[task], {"kind": "table"}), **gains, **rules}, dict.fromkeys(rules, bound_slices)


COMPARED = ("constant", "linear", "baseline")
DECIDING = {"binary": ("auc", True), "multiclass": ("log_loss", False), "regression": ("rmse", False)}


@pytest.mark.parametrize("task", MEASURES)
def test_metrics_validation_intervals_tables_and_rules_are_those_of_tfma_on_beam(
    evaluation, fitted, other, tmp_path, task
):
    known, (metric, greater) = fitted(task), DECIDING[task]
    rules, thresholds = rules_of(task, metric, greater)
    # The baseline of the binary task is an older model, without a linear model to compare with. It is not fitted, and
    # yet the gain over it misses its threshold.
    is_compared = task == "binary"
    folders = {"candidate": known.saved, "baseline": other} if is_compared else {"": known.saved}
    missed = THRESHOLDS if is_compared else {}
    config = config_of(task, thresholds={**missed, **thresholds}, baseline=is_compared, rules=rules)
    found, holds, failed = both_ways(evaluation, known, config, folders, tmp_path)
    assert any(value for key, value in found.items() if key[-1]) is is_compared
    names = {(key[2], key[3]) for key in found}
    assert {("linear", name) for name in MEASURES[task]} < names
    assert {("model", f"{name}/interval") for name in MEASURES[task]} < names
    assert {("model", name) for name in rules if not name.endswith("over_baseline")} < names
    assert (("model", f"{metric}/over_baseline") in names) is is_compared
    candidate = "candidate" if is_compared else ""
    place = ((), candidate, "model")
    whole = {key[3]: value for key, value in found.items() if key[:3] == place and not key[4]}
    assert 0 < whole[f"{metric}/interval"] < 5
    assert f"{metric}/over_linear/interval" in whole
    # Every rule holds.
    assert holds is not is_compared
    assert ({"auc", "log_loss"} if is_compared else set()) <= failed <= set(missed)


@pytest.mark.parametrize("task", MEASURES)
def test_metrics_are_those_of_the_rows_of_each_slice(metrics_of, fitted, task):
    import tensorflow as tf

    known, found = fitted(task), measured(metrics_of(task))
    examples = tf.constant([example(row) for row in known.rows])
    scores = known.loaded.signatures["evaluation"](examples=examples)["model"].numpy()
    labels = [known.classes.index(row[LABEL]) if known.classes else row[LABEL] for row in known.rows]
    expected = {}
    for key, part in slices_of(known.rows).items():
        given = np.array(labels, float)[part], scores[part] if task == "multiclass" else scores[part, 0]
        expected |= {(key, "", "model", name, False): measure(task, name, *given) for name in MEASURES[task]}
        expected[key, "", "model", "example_count", False] = float(len(part))
        expected[key, "", "model", "rarer_count", False] = minority_count(task, given[0])
    equal({key: value for key, value in found.items() if key[2] == "model"}, expected)
    outputs = {(key[2], key[3]) for key in found}
    assert {name for output, name in outputs if output == "constant"} == set(MEASURES[task])


def slices_of(rows):
    """Return the rows' numbers in each slice; a row whose value is missing is in none of the column."""
    found = {(): list(range(ROWS))}
    for column in SLICES:
        for number, row in enumerate(rows):
            if row[column] is not None:
                found.setdefault(((column, row[column]),), []).append(number)
    return found


@pytest.mark.parametrize("rows", [1, 8192])
def test_number_of_rows_in_a_batch_does_not_matter(evaluation, metrics_of, fitted, rows):
    known = fitted("binary")
    found = evaluation.evaluate(known.train_files, {"": known.saved}, config_of("binary"), batch_rows=rows)
    equal(measured(found), measured(metrics_of("binary")))


def test_files_are_what_tfma_reads(evaluation, metrics_of, tmp_path):
    import tensorflow_model_analysis as tfma

    metrics, config = metrics_of("multiclass"), config_of("multiclass")
    evaluation.write(metrics, config, str(tmp_path), data="/rows")
    result = tfma.load_eval_result(str(tmp_path))
    assert result.config == config
    assert result.data_location == "/rows"
    assert {tuple(key) for key, _ in result.slicing_metrics} == set(map(text, metrics))
    equal(stored(str(tmp_path)), measured(metrics))


def test_model_compared_with_itself_has_no_difference(evaluation, fitted, tmp_path):
    import tensorflow_model_analysis as tfma

    known, config = fitted("binary"), config_of("binary", baseline=True)
    models = dict.fromkeys(["candidate", "baseline"], known.saved)
    metrics = evaluation.evaluate(known.train_files, models, config, batch_rows=BATCH_ROWS)
    found = measured(metrics)
    assert {key[1] for key in found} == {"candidate", "baseline"}
    differences = {key: value for key, value in found.items() if key[-1]}
    assert {key[1] for key in differences} == {"candidate"}
    assert {key[3] for key in differences} == {"example_count", "rarer_count", *MEASURES["binary"]}
    assert {value for value in differences.values() if not math.isnan(value)} == {0.0}
    evaluation.write(metrics, config, str(tmp_path), data="")
    first, second = (
        dict(tfma.load_eval_result(str(tmp_path), model_name=name).slicing_metrics)[()]["model"][""]
        for name in ("candidate", "baseline")
    )
    assert first["auc"]["doubleValue"] == second["auc"]["doubleValue"]


def written(evaluation, metrics, config, folder):
    """Return what `write` gave, and the validation as TFMA reads it."""
    folder.mkdir(exist_ok=True)
    return evaluation.write(metrics, config, str(folder), data=""), *verdict(str(folder))


CASES = [(task, least, columns) for task in MEASURES for least in (-1e9, 1e9) for columns in ((), ("zone",), ("paid",))]


@pytest.mark.parametrize("case", CASES)
def test_threshold_holds_or_fails_in_each_slice_that_it_binds(evaluation, metrics_of, tmp_path, case):
    task, least, columns = case
    name, metrics = FIRST[task], metrics_of(task)
    config = config_of(task, thresholds=bound(name, at_least(least), *columns))
    holds, said, failures, missing = written(evaluation, metrics, config, tmp_path)
    assert holds is said is (least < 0)
    assert missing == []
    bound_slices = [key for key in metrics if tuple(column for column, _ in key) == columns]
    assert len(failures) == (0 if holds else len(bound_slices))
    assert {metric for _, metric in failures} <= {name}


def test_threshold_that_some_slices_miss_fails_the_model(evaluation, metrics_of, tmp_path):
    metrics = metrics_of("binary")
    values = {key[0]: value for key, value in measured(metrics).items() if key[2:4] == ("model", "accuracy")}
    zones = sorted(value for key, value in values.items() if key and key[0][0] == "zone")
    middle = zones[len(zones) // 2]
    for least, missed in ((zones[0], 0), (middle, sum(value < middle for value in zones))):
        config = config_of("binary", thresholds=bound("accuracy", at_least(least), "zone"))
        holds, said, failures, _ = written(evaluation, metrics, config, tmp_path / str(missed))
        assert holds is said is (missed == 0)
        assert len(failures) == missed
    assert 0 < missed < len(zones)


def test_slice_that_does_not_occur_is_in_no_file_and_fails_its_threshold(evaluation, fitted, tmp_path):
    known = fitted("binary")
    config = config_of("binary", slices=["nowhere"])
    metrics = evaluation.evaluate(known.train_files, {"": known.saved}, config, batch_rows=BATCH_ROWS)
    assert set(metrics) == {()}
    config = config_of("binary", slices=["nowhere"], thresholds=bound("auc", at_least(-1.0), "nowhere"))
    assert written(evaluation, metrics, config, tmp_path) == (False, False, set(), [("nowhere",)])


def test_column_that_is_missing_in_each_row_has_no_slice(evaluation, fitted, tmp_path):
    import tensorflow as tf

    known = fitted("binary")
    with tf.io.TFRecordWriter(str(tmp_path / "rows.gz"), options="GZIP") as writer:
        for row in known.rows[:20]:
            writer.write(example({**row, "paid": None}))
    config = config_of("binary", slices=["paid"])
    metrics = evaluation.evaluate([str(tmp_path / "rows.gz")], {"": known.saved}, config, batch_rows=7)
    assert set(metrics) == {()}
    assert measured(metrics)[(), "", "model", "example_count", False] == 20


def test_no_rows_and_no_threshold_hold_nothing(evaluation, fitted, metrics_of, tmp_path):
    config = config_of("binary", thresholds=bound("auc", at_least(-1.0)))
    metrics = evaluation.evaluate([], {"": fitted("binary").saved}, config, batch_rows=7)
    assert metrics == {}
    assert written(evaluation, metrics, config, tmp_path / "no rows")[0] is False
    assert written(evaluation, metrics_of("binary"), config_of("binary"), tmp_path / "no threshold")[0] is False


def test_metric_that_is_no_number_holds_no_threshold(evaluation, fitted, tmp_path):
    import tensorflow as tf

    known = fitted("binary")
    with tf.io.TFRecordWriter(str(tmp_path / "rows.gz"), options="GZIP") as writer:
        for row in [row for row in known.rows if row[LABEL]]:
            writer.write(example(row))
    config = config_of("binary", thresholds=bound("auc", at_least(-1.0)))
    metrics = evaluation.evaluate([str(tmp_path / "rows.gz")], {"": known.saved}, config, batch_rows=7)
    assert math.isnan(measured(metrics)[(), "", "model", "auc", False])
    assert written(evaluation, metrics, config, tmp_path / "out")[0] is False
