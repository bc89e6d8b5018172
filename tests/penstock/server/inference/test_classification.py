"""Classification and regression: what a signature must have and answer."""

import numpy as np
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.inference import classification, regression
from penstock.server.inference.classification import data_type
from penstock.server.inference.signatures import find, shown
from penstock.server.models.signature import Signature, TensorInfo

pytestmark = pytest.mark.slow

CLASSIFY, REGRESS, PREDICT = (f"tensorflow/serving/{word}" for word in ("classify", "regress", "predict"))
TEXT, FLOAT = TensorInfo("a:0", 7, (None,)), TensorInfo("b:0", 1, (None, None))


class Fake:
    """A version with one signature that answers with given tensors, and the models that it belongs to."""

    def __init__(self, method, inputs=("inputs",), outputs=None, **answers):
        names = outputs if outputs is not None else list(answers)
        signature = Signature(
            "serving_default", method, dict.fromkeys(inputs, TEXT), dict.fromkeys(names, FLOAT), lambda values: []
        )
        self.signatures, self.signature_defs = {"serving_default": signature}, {"serving_default": "THE SIGNATURE"}
        self.answers = answers

    def run(self, servable, signature, tensors):
        assert (servable, signature, list(tensors)) == (self, "serving_default", ["inputs"])
        return self.answers


def answering(method, **answers):
    fake = Fake(method, outputs=list(answers))
    fake.answers = answers
    return fake


def classify(fake):
    signature = classification.signature_of(fake, "")
    return classification.classify(fake, fake, signature, np.array([b""] * 2, object))


def regress(fake):
    signature = regression.signature_of(fake, "")
    return regression.regress(fake, fake, signature, np.array([b""] * 2, object))


LABELS = np.array([[b"no", b"yes"]] * 2, object)
SCORES = np.array([[0.25, 0.75], [0.5, 0.5]], "f4")


@pytest.mark.parametrize(
    ("answers", "rows"),
    [
        ({"classes": LABELS, "scores": SCORES}, [[(b"no", 0.25), (b"yes", 0.75)], [(b"no", 0.5), (b"yes", 0.5)]]),
        ({"scores": SCORES}, [[(b"", 0.25), (b"", 0.75)], [(b"", 0.5), (b"", 0.5)]]),
        ({"classes": LABELS}, [[(b"no", 0.0), (b"yes", 0.0)]] * 2),
    ],
)
@pytest.mark.parametrize("method", [CLASSIFY, PREDICT])
def test_classes_are_answered_by_any_signature_that_has_them(method, answers, rows):
    assert classify(Fake(method, **answers)).rows() == rows


@pytest.mark.parametrize("values", [np.array([1, 2], "f4"), np.array([[1], [2]], "f4")])
@pytest.mark.parametrize("method", [REGRESS, PREDICT])
def test_numbers_are_answered_by_any_signature_that_has_them(method, values):
    assert regress(answering(method, outputs=values)) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("fake", "text"),
    [
        (Fake(CLASSIFY, ["a", "inputs"], scores=SCORES), "Expected one input Tensor."),
        (Fake(CLASSIFY, ["x"], scores=SCORES), "No classification inputs found in SignatureDef: THE SIGNATURE"),
        (Fake(CLASSIFY, outputs=[]), "Expected one or two output Tensors, found 0"),
        (Fake(CLASSIFY, outputs=["a", "b", "c"]), "Expected one or two output Tensors, found 3"),
        (
            Fake(CLASSIFY, y=SCORES),
            'Expected classification signature outputs to contain at least one of "classes" or "scores". '
            "Signature was: THE SIGNATURE",
        ),
        (Fake(PREDICT, y=SCORES), f"Expected classification signature method_name to be {CLASSIFY}. Was: {PREDICT}"),
        (Fake(CLASSIFY, scores=SCORES[0]), "Expected Tensor shape: [batch_size num_classes] but got [2]"),
        (Fake(CLASSIFY, scores=SCORES[:1]), "Expected scores output batch size of 2. Got: 1"),
        (Fake(CLASSIFY, scores=SCORES.astype("f8")), "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE"),
        (Fake(CLASSIFY, classes=SCORES), "Expected classes Tensor of DT_STRING. Got: DT_FLOAT"),
        (
            Fake(CLASSIFY, classes=LABELS, scores=SCORES[:, :1]),
            "Tensors class and score should match in dim_size(1). Got 2 vs. 1",
        ),
    ],
)
def test_signature_or_answer_that_is_no_classification_is_refused(fake, text):
    with pytest.raises(ServingError) as caught:
        classify(fake)
    assert (caught.value.code, caught.value.message) == (Code.INVALID_ARGUMENT, text)


@pytest.mark.parametrize(
    ("fake", "text"),
    [
        (Fake(REGRESS, ["a", "inputs"], ["outputs"]), "Expected one input Tensor."),
        (Fake(REGRESS, ["x"], ["outputs"]), "No regression inputs found in SignatureDef: THE SIGNATURE"),
        (Fake(REGRESS, outputs=["a", "b"]), "Expected one output Tensor."),
        (Fake(REGRESS, outputs=["y"]), "No regression outputs found in SignatureDef: THE SIGNATURE"),
        (Fake(PREDICT, outputs=["y"]), f"Expected regression signature method_name to be {REGRESS}. Was: {PREDICT}"),
        (
            answering(REGRESS, outputs=SCORES),
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [2,2]",
        ),
        (answering(REGRESS, outputs=SCORES[0, :1]), "Input batch size did not match output batch size: 2 vs. 1"),
        (answering(REGRESS, outputs=np.zeros(2)), "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE"),
    ],
)
def test_signature_or_answer_that_is_no_regression_is_refused(fake, text):
    with pytest.raises(ServingError) as caught:
        regress(fake)
    assert (caught.value.code, caught.value.message) == (Code.INVALID_ARGUMENT, text)


def test_unknown_signature_is_refused():
    with pytest.raises(ServingError, match="No signature was found with the name: nope"):
        find(Fake(CLASSIFY, scores=SCORES), "nope")


def test_types_and_shapes_are_shown_as_tensorflow_does():
    assert [data_type(np.zeros(1, dtype)) for dtype in ("f4", "i8", object)] == ["DT_FLOAT", "DT_INT64", "DT_STRING"]
    assert [shown(()), shown((2, 3))] == ["[]", "[2,3]"]
