"""A saved model with a decision: each signature answers what NumPy computes of the model's own scores."""

import numpy as np
import pytest

from penstock.core.documents.decision import Calibration, Coverage, Decision, Policy
from tests.modules.test_signatures import examples_of, served, strange

pytestmark = pytest.mark.slow

CALIBRATION = Calibration(rows=200, source="validation rows", fitted=True)
POLICY = Policy(name="costs", value={"fp": 1, "fn": 8}, threshold=0.45, precision=0.5, recall=0.9, share=0.6)
# By a column of text, of integers that may miss, and of text that is always there.
SLICES = {
    "binary": ("paid", "card", "größer"),
    "multiclass": ("zone", -2, 3),
    "regression": ("dichter text/b", "x", "y"),
}
OUTPUTS = {
    "binary": {"probability", "decision", "threshold", "label_set"},
    "multiclass": {"probabilities", "label", "label_set"},
    "regression": {"prediction", "lower", "upper"},
}


def document_of(task, least=None):
    column, first, second = SLICES[task]
    quantiles = (0.2, 0.55, 0.4) if task != "regression" else (0.5, 3.0, 1.0)
    slices = [{"value": v, "quantile": q, "rows": 100} for v, q in zip((first, second), quantiles, strict=False)]
    coverage = Coverage(share=0.9, quantile=quantiles[2], by=column, slices=tuple(slices), least=least)
    return Decision(task=task, calibration=CALIBRATION, policy=POLICY if task == "binary" else None, coverage=coverage)


@pytest.mark.parametrize(("task", "least"), [("multiclass", None), ("regression", None), ("regression", 0.0)])
def test_each_signature_answers_the_decision_that_numpy_computes(fitted, tmp_path, task, least):
    import tensorflow as tf

    from modules.decision.model import DecidedModel
    from modules.decision.outputs import decided
    from modules.offline import predictor

    known, document = fitted(task), document_of(task, least)
    column = document.coverage.by
    model = DecidedModel(known.saved, document, known.spec.names(), known.transform.raw_feature_spec()[column])
    saved = str(tmp_path / "model")
    tf.saved_model.save(model, saved, signatures=model.signatures())
    (tmp_path / "model" / "assets.extra").mkdir()
    (tmp_path / "model" / Decision.FILE).write_text(document.text())
    loaded, plain = tf.saved_model.load(saved), tf.saved_model.load(known.saved)
    assert set(loaded.signatures) == set(plain.signatures)
    rows = strange(known.rows)
    by_columns = loaded.signatures["serving_default"](**served(rows))
    by_examples = loaded.signatures["serve_tf_examples"](examples=examples_of(rows))
    offline = predictor(saved, known.transform._transform_output_dir, known.spec)(examples_of(rows).numpy().tolist())
    before = plain.signatures["serving_default"](**served(rows))
    assert set(by_columns) == set(by_examples) == set(offline) == OUTPUTS[task]
    for name, tensor in before.items():
        np.testing.assert_array_equal(by_columns[name].numpy(), tensor.numpy())
    scores = plain.signatures["evaluation"](examples=examples_of(rows))["model"].numpy()
    expected = decided(document, scores, [row[column] for row in rows])
    if least is not None:
        assert 0 < sum(value == least for value in expected["lower"]) < len(rows)
    for name, values in expected.items():
        for found in (by_columns[name].numpy(), by_examples[name].numpy(), offline[name]):
            np.testing.assert_allclose(found, values, rtol=1e-5, atol=1e-6)


def test_evaluation_has_the_decision_as_numbers_and_what_it_had(fitted):
    from modules.decision.model import DecidedModel

    known = fitted("binary")
    document = document_of("binary").model_copy(update={"coverage": Coverage(share=0.9, quantile=0.4)})
    signatures = DecidedModel(known.saved, document, known.spec.names()).signatures()
    found = signatures["evaluation"](examples=examples_of(known.rows[:9]))
    assert set(found) == {"model", "constant", "linear", "decision", "label_set"}
    np.testing.assert_array_equal(found["decision"][:, 0], found["model"][:, 0] >= np.float32(0.45))
    assert found["label_set"].shape == (9, 3)
    # A Beta distribution of 0.9 over 200 rows.
    np.testing.assert_allclose(found["label_set"][:, 2], 0.09 / 202)
