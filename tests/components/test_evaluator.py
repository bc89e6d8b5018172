"""Evaluator: the blessing and its properties, here and on Beam, with and without a baseline."""

import shutil
from pathlib import Path

import pytest

from tests.components.launching import BEAM, artifact, channel, examples, execute, files_of

pytestmark = pytest.mark.slow

RATE = 0.25


@pytest.fixture(scope="module")
def component():
    from components.evaluator import Evaluator

    return Evaluator


def example(number):
    """Return a row whose score is on the right side of a half in three rows of four; a third has no zone."""
    import tensorflow as tf

    row = tf.train.Example()
    label = number % 2
    row.features.feature["label"].int64_list.value.append(label)
    score = abs(label - (0.75 if number % 8 in (0, 1) else 0.125))
    row.features.feature["score"].float_list.value.append(score)
    # As good as the other, but in one zone always wrong.
    row.features.feature["other"].float_list.value.append(abs(label - 0.75) if number % 3 == 2 else score)
    if number % 3 == 0:
        row.features.feature["zone"].SetInParent()
    else:
        row.features.feature["zone"].bytes_list.value.append(f"größe {number % 3}".encode())
    return row.SerializeToString()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Return examples and two models; the rows of `train` would be measured otherwise."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("inputs")

    class Scorer(tf.Module):
        def __init__(self, column):
            super().__init__()
            self.column = column

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")], autograph=False)
        def evaluation(self, examples):
            found = tf.io.parse_example(examples, {self.column: tf.io.FixedLenFeature([1], tf.float32)})[self.column]
            return {"model": found, "constant": tf.fill(tf.shape(found), RATE)}

    models = []
    for number, column in ((11, "score"), (12, "score"), (13, "other")):
        scorer = Scorer(column)
        model = artifact("Model", folder / f"model-{number}", number)
        tf.saved_model.save(
            scorer, str(folder / f"model-{number}" / "Format-Serving"), signatures={"evaluation": scorer.evaluation}
        )
        models.append(model)
    splits = {"train": [example(0)] * 5, "eval": [example(number) for number in range(120)]}
    given = {"examples": examples(folder / "examples", splits, files=2), "model": models[0]}
    return {**given, "baseline_model": models[1], "worse": models[2]}


def config_of(least=None, gain=None, rule=None):
    """Return an EvalConfig: accuracy, overall and by zone, with its thresholds, and a rule for the zones."""
    import json

    from google.protobuf import json_format
    from tensorflow_model_analysis.proto import config_pb2

    further = {"example_count": {"kind": "rows"}, "accuracy": {"interval": True}}
    options = {
        name: json.dumps({"name": name, "metric": name, "task": "binary", **each}) for name, each in further.items()
    }
    metrics = [
        {"class_name": "Measured", "module": "modules.evaluation", "config": options[name]} for name in sorted(options)
    ]
    threshold = {
        **({"value_threshold": {"lower_bound": least}} if least is not None else {}),
        **({"change_threshold": {"direction": "HIGHER_IS_BETTER", "absolute": gain}} if gain is not None else {}),
    }
    if threshold:
        bound = {"slicing_specs": [{}], "threshold": threshold}
        metrics[0] = {**metrics[0], "per_slice_thresholds": [bound]}
    if rule:
        bound = {"slicing_specs": [{"feature_keys": ["zone"]}], "threshold": {"value_threshold": {"upper_bound": 0.0}}}
        kept = {"class_name": "Measured", "module": "modules.evaluation", "config": json.dumps(rule)}
        metrics.append({**kept, "per_slice_thresholds": [bound]})
    given = {
        "model_specs": [{"signature_name": "evaluation", "label_key": "label"}],
        "slicing_specs": [{}, {"feature_keys": ["zone"]}],
        "metrics_specs": [{"output_names": ["model"], "metrics": metrics}],
    }
    return json_format.ParseDict(given, config_pb2.EvalConfig())


def evaluated(component, inputs, folder, config, beam=()):
    """Return the outputs of the node for these inputs."""
    baseline = channel("Model") if "baseline_model" in inputs else None
    node = component(channel("Examples"), channel("Model"), baseline, eval_config=config)
    outputs = {
        "evaluation": artifact("ModelEvaluation", folder / "evaluation"),
        "blessing": artifact("ModelBlessing", folder / "blessing"),
    }
    execute(node, inputs, outputs, folder, list(beam))
    return outputs


def with_baseline(inputs, *, swapped=False):
    """Return model and baseline: alike, or with a model that is worse in one zone."""
    own, other = (inputs["worse"], inputs["model"]) if swapped else (inputs["model"], inputs["baseline_model"])
    return {"examples": inputs["examples"], "model": own, "baseline_model": other}


def without_baseline(inputs):
    return {name: inputs[name] for name in ("examples", "model")}


@pytest.mark.parametrize("beam", [[], BEAM], ids=["here", "beam"])
def test_baseline_without_files_counts_as_none(component, inputs, tmp_path, beam):
    given = {**without_baseline(inputs), "baseline_model": artifact("Model", tmp_path / "none")}
    blessing = evaluated(component, given, tmp_path, config_of(least=0.5, gain=0.5), beam)["blessing"]
    assert properties_of(blessing)["blessed"] == 1
    assert "baseline_model" not in properties_of(blessing)


def properties_of(blessing):
    names = ("current_model", "current_model_id", "baseline_model", "baseline_model_id", "blessed")
    return {
        name: blessing.get_int_custom_property(name) if name.endswith(("id", "blessed")) else value
        for name in names
        if blessing.has_custom_property(name)
        for value in [blessing.get_string_custom_property(name)]
    }


# The least accuracy and the least gain, whether there is a baseline, and Beam's arguments; whether they hold.
CASES = {
    "enough": (0.7, None, True, [], True),
    "too little": (0.8, None, True, [], False),
    "enough, the first model": (0.7, None, False, [], True),
    "too little, the first model": (0.8, None, False, [], False),
    "enough, on Beam": (0.7, None, True, BEAM, True),
    "too little, the first model, on Beam": (0.8, None, False, BEAM, False),
    "no gain, and none asked": (0.7, 0.0, True, [], True),
    "no gain, and some asked": (0.7, 0.01, True, [], False),
    "a gain asked of the first model": (0.7, 0.01, False, [], True),
}


@pytest.mark.parametrize("case", CASES)
def test_blessing_says_whether_the_thresholds_hold_and_of_which_model(component, inputs, tmp_path, case):
    least, gain, baseline, beam, holds = CASES[case]
    given = with_baseline(inputs) if baseline else without_baseline(inputs)
    blessing = evaluated(component, given, tmp_path, config_of(least, gain), beam)["blessing"]
    assert files_of(Path(blessing.uri)) == {"BLESSED" if holds else "NOT_BLESSED"}
    expected = {"current_model": inputs["model"].uri, "current_model_id": 11, "blessed": int(holds)}
    if baseline:
        expected |= {"baseline_model": inputs["baseline_model"].uri, "baseline_model_id": 12}
    assert properties_of(blessing) == expected


WORSE = {"name": "accuracy/worse", "metric": "accuracy", "kind": "worse"}
MISSED = {"name": "accuracy/missed/zone", "metric": "accuracy", "kind": "missed", "against": "zone", "least": 0.5}

# The rule, whether the model is the one that is worse in a zone of forty rows, and Beam's arguments; whether it holds.
RULES = {
    "no zone worse": ({**WORSE, "min_rows": 40}, False, [], True),
    "no zone worse, on Beam": ({**WORSE, "min_rows": 40}, False, BEAM, True),
    "a zone worse": ({**WORSE, "min_rows": 40}, True, [], False),
    "a zone worse, on Beam": ({**WORSE, "min_rows": 40}, True, BEAM, False),
    "a zone worse, of too few rows": ({**WORSE, "min_rows": 41}, True, [], True),
    "a zone below the bound": ({**MISSED, "min_rows": 40}, True, [], False),
    "a zone below the bound, of too few rows": ({**MISSED, "min_rows": 41}, True, [], True),
    "a zone below the bound, of too few rows, on Beam": ({**MISSED, "min_rows": 41}, True, BEAM, True),
}


@pytest.mark.parametrize("case", RULES)
def test_rule_of_slices_refuses_a_model_and_passes_it(component, inputs, tmp_path, case):
    rule, worse, beam, holds = RULES[case]
    config = config_of(0.3, rule={**rule, "task": "binary"})
    outputs = evaluated(component, with_baseline(inputs, swapped=worse), tmp_path, config, beam)
    assert files_of(Path(outputs["blessing"].uri)) == {"BLESSED" if holds else "NOT_BLESSED"}


def test_rule_of_slices_lets_the_first_model_pass(component, inputs, tmp_path):
    config = config_of(0.3, rule={**WORSE, "min_rows": 40, "task": "binary"})
    blessing = evaluated(component, without_baseline(inputs), tmp_path, config)["blessing"]
    assert files_of(Path(blessing.uri)) == {"BLESSED"}


def test_model_that_nothing_is_asked_of_is_not_blessed(component, inputs, tmp_path):
    outputs = evaluated(component, with_baseline(inputs), tmp_path, config_of())
    assert "BLESSED" not in files_of(Path(outputs["blessing"].uri))
    assert properties_of(outputs["blessing"])["blessed"] == 0


def metrics_of(evaluation, model):
    """Return the numbers of rows and the accuracies of each slice, as TFMA reads them."""
    import tensorflow_model_analysis as tfma

    return {
        tuple(key): {
            name: value["doubleValue"] for name, value in outputs["model"][""].items() if "doubleValue" in value
        }
        for key, outputs in tfma.load_eval_result(evaluation.uri, model_name=model).slicing_metrics
    }


def test_metrics_of_both_models_are_those_of_the_rows_of_eval_and_of_beam(component, inputs, tmp_path):
    here, beam = (
        evaluated(component, with_baseline(inputs), tmp_path / name, config_of(0.7), arguments)["evaluation"]
        for name, arguments in (("here", []), ("beam", BEAM))
    )
    for model in ("candidate", "baseline"):
        found = metrics_of(here, model)
        assert set(found) == {(), (("zone", "größe 1"),), (("zone", "größe 2"),)}
        assert found[()]["example_count"] == 120
        assert found[()]["accuracy"] == 0.75
        assert {found[key]["example_count"] for key in found if key} == {40.0}
        assert ("accuracy/interval" in found[()]) is (model == "candidate")
        other = metrics_of(beam, model)
        assert set(other) == set(found)
        for key, values in found.items():
            assert values == pytest.approx(other[key], rel=1e-6, abs=1e-6)


def test_files_are_where_tfma_looks_for_them_and_hold_when_the_inputs_are_gone(component, inputs, tmp_path):
    import tensorflow_model_analysis as tfma

    model = artifact("Model", tmp_path / "model", 3)
    shutil.copytree(inputs["model"].uri, tmp_path / "model", dirs_exist_ok=True)
    given = {"examples": inputs["examples"], "model": model}
    uri = evaluated(component, given, tmp_path, config_of(0.7))["evaluation"].uri
    shutil.rmtree(tmp_path / "model")
    assert files_of(Path(uri)) == {"eval_config.json", "metrics-00000-of-00001.tfrecord", "validations.tfrecord"}
    assert tfma.load_validation_result(uri).validation_ok
    assert tfma.load_eval_result(uri).data_location.endswith("Split-eval")


def keyed(component, config, **options):
    """Return what of a node is in its cache key."""
    node = component(channel("Examples"), channel("Model"), None, eval_config=config, **options)
    return node.executor_spec.encode().SerializeToString(deterministic=True), dict(node.exec_properties)


def test_code_and_configuration_are_in_what_the_cache_key_is_made_of(component):
    first = keyed(component, config_of(0.5), code="a")
    assert keyed(component, config_of(0.5), code="a") == first
    assert keyed(component, config_of(0.5), code="b") != first
    assert keyed(component, config_of(0.6), code="a") != first
    assert component.EXECUTOR_SPEC.extra_flags == []
