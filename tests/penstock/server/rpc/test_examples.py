"""Classify, Regress and MultiInference, with TensorFlow Serving's own client over a real connection."""

import math

import pytest
from tensorflow.core.example.example_pb2 import Example
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest
from tensorflow_serving.apis.input_pb2 import Input
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.regression_pb2 import RegressionRequest

pytestmark = pytest.mark.slow

CLASSIFY, REGRESS = "tensorflow/serving/classify", "tensorflow/serving/regress"


def example(**values):
    made = Example()
    for name, value in values.items():
        made.features.feature[name].float_list.value.append(value)
    return made


def examples(*rows):
    made = Input()
    made.example_list.examples.extend(rows)
    return made


def with_context(context, *rows):
    made = Input()
    made.example_list_with_context.context.CopyFrom(context)
    made.example_list_with_context.examples.extend(rows)
    return made


def spec(signature="", model="estimator"):
    return ModelSpec(name=model, signature_name=signature)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_classes_have_labels_and_scores(prediction):
    request = ClassificationRequest(model_spec=spec(), input=examples(example(x=0), example(x=2)))
    answer = prediction.Classify(request)
    rows = [[(each.label, each.score) for each in row.classes] for row in answer.result.classifications]
    assert [[label for label, _ in row] for row in rows] == [["no", "yes"]] * 2
    assert [row[1][1] for row in rows] == pytest.approx([0.5, sigmoid(2)])
    found = answer.model_spec
    assert (found.name, found.version.value, found.signature_name) == ("estimator", 7, "serving_default")


def test_regression_answers_a_number_for_each_example(prediction):
    request = RegressionRequest(model_spec=spec("regress"), input=examples(example(x=0), example(x=2), example()))
    answer = prediction.Regress(request)
    assert [each.value for each in answer.result.regressions] == pytest.approx([0.5, sigmoid(2), 0.5])
    assert (answer.model_spec.version.value, answer.model_spec.signature_name) == (7, "regress")


def test_context_is_part_of_each_example_and_an_own_value_replaces_it(prediction):
    given = with_context(example(x=2), example(), example(x=-1))
    answer = prediction.Regress(RegressionRequest(model_spec=spec("regress"), input=given))
    assert [each.value for each in answer.result.regressions] == pytest.approx([sigmoid(2), sigmoid(-1)])


def test_several_tasks_are_answered_for_the_same_examples(prediction):
    request = MultiInferenceRequest(input=examples(example(x=2)))
    request.tasks.add(model_spec=spec("regress"), method_name=REGRESS)
    request.tasks.add(model_spec=spec(), method_name=CLASSIFY)
    numbers, classes = prediction.MultiInference(request).results
    assert numbers.regression_result.regressions[0].value == pytest.approx(sigmoid(2))
    assert [each.label for each in classes.classification_result.classifications[0].classes] == ["no", "yes"]
    assert (numbers.model_spec.signature_name, classes.model_spec.signature_name) == ("regress", "serving_default")
    assert {numbers.model_spec.version.value, classes.model_spec.version.value} == {7}


ROW = examples(example(x=1))


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (ClassificationRequest(input=ROW), "INVALID_ARGUMENT", "Missing ModelSpec"),
        (ClassificationRequest(model_spec=spec()), "INVALID_ARGUMENT", "Input is empty."),
        (ClassificationRequest(model_spec=spec(), input=examples()), "INVALID_ARGUMENT", "Input is empty."),
        (
            ClassificationRequest(model_spec=spec(), input=with_context(example())),
            "INVALID_ARGUMENT",
            "Input is empty.",
        ),
        (
            ClassificationRequest(model_spec=spec("nope"), input=ROW),
            "INVALID_ARGUMENT",
            "No signature was found with the name: nope",
        ),
        (
            ClassificationRequest(model_spec=spec(model="nope"), input=ROW),
            "NOT_FOUND",
            "Servable not found for request: Latest(nope)",
        ),
        (
            ClassificationRequest(model_spec=spec(model="mixed"), input=ROW),
            "INVALID_ARGUMENT",
            f"Expected classification signature method_name to be {CLASSIFY}. Was: tensorflow/serving/predict",
        ),
        (
            ClassificationRequest(model_spec=spec("regress"), input=ROW),
            "INVALID_ARGUMENT",
            f"Expected classification signature method_name to be {CLASSIFY}. Was: {REGRESS}",
        ),
        (RegressionRequest(input=ROW), "INVALID_ARGUMENT", "Missing ModelSpec"),
        (
            RegressionRequest(model_spec=spec(), input=ROW),
            "INVALID_ARGUMENT",
            f"Expected regression signature method_name to be {REGRESS}. Was: {CLASSIFY}",
        ),
        (
            RegressionRequest(model_spec=spec("serve_tf_examples", "mixed"), input=ROW),
            "INVALID_ARGUMENT",
            f"Expected regression signature method_name to be {REGRESS}. Was: tensorflow/serving/predict",
        ),
        (RegressionRequest(model_spec=spec("regress"), input=examples()), "INVALID_ARGUMENT", "Input is empty."),
    ],
)
def test_request_that_cannot_be_answered_has_the_status_of_tensorflow_serving(
    prediction, refused, request_, code, text
):
    method = prediction.Classify if isinstance(request_, ClassificationRequest) else prediction.Regress
    assert refused(method, request_) == (code, text)


@pytest.mark.parametrize(
    ("tasks", "code", "text"),
    [
        ([], "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        ([(spec("regress"), REGRESS), (ModelSpec(), REGRESS)], "INVALID_ARGUMENT", "Found ModelSpec with an empty"),
        (
            [(spec("regress"), REGRESS), (spec(model="mixed"), REGRESS)],
            "INVALID_ARGUMENT",
            "All ModelSpecs in a MultiInferenceRequest must access the same model name.",
        ),
        (
            [(spec("regress"), REGRESS), (spec("regress"), REGRESS)],
            "INVALID_ARGUMENT",
            "Duplicate evaluation of signature: regress",
        ),
        ([(spec("nope"), REGRESS)], "INVALID_ARGUMENT", "Requested signature not found in model graph: nope"),
        ([(spec("regress"), "guess")], "UNIMPLEMENTED", "Unsupported signature method_name: guess"),
        ([(spec("regress"), CLASSIFY)], "INVALID_ARGUMENT", "Expected classification signature method_name to be"),
    ],
)
def test_tasks_that_cannot_be_answered_are_refused(prediction, refused, tasks, code, text):
    request = MultiInferenceRequest(input=ROW)
    for model_spec, method in tasks:
        request.tasks.add(model_spec=model_spec, method_name=method)
    found, message = refused(prediction.MultiInference, request)
    assert found == code
    assert message.startswith(text)
