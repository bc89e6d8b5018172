"""A saved model with a decision: each signature answers what NumPy computes of the model's own scores."""

import numpy as np
import pytest

from penstock.core.documents.decision import Calibration, Coverage, Decision, Policy
from tests.modules.test_signatures import examples_of, served, strange

pytestmark = pytest.mark.slow

CALIBRATION = Calibration(rows=200, source="validation rows", fitted=True)
# The scores of the small model are on both sides of the threshold.
POLICY = Policy(name="recall", value=0.9, threshold=0.7, precision=0.5, recall=0.9, share=0.6, error=0.03)
# The column of the slices and the quantile of two values: of text, of integers that may miss, and of text that is
# always there. Then the quantile of all rows.
QUANTILES = {
    "binary": ("paid", {"card": 0.55, "größer": 0.28}, 0.4),
    "multiclass": ("zone", {-1: 0.6, 3: 0.74}, 0.8),
    "regression": ("dichter text/b", {"x": 0.5, "y": 3.0}, 1.0),
}
OUTPUTS = {
    "binary": {"probability", "decision", "threshold", "label_set"},
    "multiclass": {"probabilities", "label", "label_set"},
    "regression": {"prediction", "lower", "upper"},
}
# Of which rows the quantiles are, so that their variances differ.
SLICE_ROWS = 100


def document_of(task, *, least=None, sliced=True):
    column, own, common = QUANTILES[task]
    slices = [{"value": value, "quantile": quantile, "rows": SLICE_ROWS} for value, quantile in own.items()]
    by = {"by": column, "slices": tuple(slices)} if sliced else {}
    coverage = Coverage(share=0.9, quantile=common, least=least, **by)
    return Decision(task=task, calibration=CALIBRATION, policy=POLICY if task == "binary" else None, coverage=coverage)


def expected_outputs(task, scores, values, least=None):
    """Return what is served and what is evaluated, row by row in NumPy; `values` is None without slices."""
    _, own, common = QUANTILES[task]
    served_outputs, evaluated = {}, {}
    values = [None] * len(scores) if values is None else values
    quantiles = np.array([own.get(value, common) for value in values])
    # A Beta distribution of 0.9 over the rows of the slice, or over all 200.
    variances = np.array([0.9 * 0.1 / (SLICE_ROWS + 2 if value in own else 202) for value in values])
    if task == "binary":
        yes = (scores[:, 0] >= np.float32(0.7)).astype(int)
        served_outputs |= {"decision": yes, "threshold": np.full(len(scores), np.float32(0.7))}
        evaluated["decision"] = np.stack([yes, np.full(len(scores), 0.03**2)], axis=1)
        scores = np.stack([1 - scores[:, 0], scores[:, 0]], axis=1)
    if task == "regression":
        lower, upper = scores[:, 0] - quantiles, scores[:, 0] + quantiles
        lower = lower if least is None else np.maximum(lower, least)
        served_outputs |= {"lower": lower, "upper": upper}
        evaluated["interval"] = np.stack([lower, upper, variances], axis=1)
    else:
        within = (scores >= 1 - quantiles[:, None]).astype(int)
        served_outputs["label_set"] = within
        evaluated["label_set"] = np.concatenate([within, variances[:, None]], axis=1)
    return served_outputs, evaluated


def assert_same(found, expected):
    for name, values in expected.items():
        np.testing.assert_allclose(np.asarray(found[name]), values, rtol=1e-5, atol=1e-6, err_msg=name)


CASES = [("binary", None), ("multiclass", None), ("regression", None), ("regression", 0.0)]


@pytest.mark.parametrize(("task", "least"), CASES)
def test_each_signature_answers_the_decision_that_numpy_computes(fitted, tmp_path, task, least):
    import tensorflow as tf

    from modules.decision.model import DecidedModel
    from modules.offline import predictor

    known, document = fitted(task), document_of(task, least=least)
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
    outputs, evaluated = expected_outputs(task, scores, [row[column] for row in rows], least)
    for found in (by_columns, by_examples, offline):
        assert_same(found, outputs)
    found = loaded.signatures["evaluation"](examples=examples_of(rows))
    assert set(found) == {"model", "constant", "linear", *evaluated}
    assert_same(found, {"model": scores, **evaluated})
    # The rows are such that a wrong decision, quantile or bound is another answer.
    if task == "binary":
        assert set(outputs["decision"]) == {0, 1}
    if least is not None:
        assert 0 < sum(outputs["lower"] == least) < len(rows)
    _, without_slices = expected_outputs(task, scores, None, least)
    for name in set(evaluated) - {"decision"}:
        answers = evaluated[name][:, :-1] != without_slices[name][:, :-1]
        assert 0 < answers.any(axis=1).sum() < len(rows)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_without_slices_each_row_has_the_quantile_of_all_rows(fitted, task):
    from modules.decision.model import DecidedModel

    known = fitted(task)
    signatures = DecidedModel(known.saved, document_of(task, sliced=False), known.spec.names()).signatures()
    rows = strange(known.rows)
    found = signatures["evaluation"](examples=examples_of(rows))
    outputs, evaluated = expected_outputs(task, found["model"].numpy(), None)
    assert set(found) == {"model", "constant", "linear", *evaluated}
    assert_same(found, evaluated)
    assert_same(signatures["serving_default"](**served(rows)), outputs)
    assert_same(signatures["serve_tf_examples"](examples=examples_of(rows)), outputs)


def test_model_without_a_coverage_answers_the_decision_only(fitted):
    from modules.decision.model import DecidedModel

    known = fitted("binary")
    document = document_of("binary").model_copy(update={"coverage": None})
    signatures = DecidedModel(known.saved, document, known.spec.names()).signatures()
    answered = signatures["serving_default"](**served(known.rows[:9]))
    assert set(answered) == {"probability", "decision", "threshold"}
    found = signatures["evaluation"](examples=examples_of(known.rows[:9]))
    assert set(found) == {"model", "constant", "linear", "decision"}
    outputs, evaluated = expected_outputs("binary", found["model"].numpy(), None)
    assert_same(answered, {name: outputs[name] for name in ("decision", "threshold")})
    assert_same(found, {"decision": evaluated["decision"]})
