"""The exported signature `explain`: contributions of raw columns, in the served graph and behind a decision."""

import numpy as np
import pytest

from tests.modules.conftest import ROLES, spec_of, table
from tests.modules.decision.test_model import document_of
from tests.modules.families.problems import LINKS
from tests.modules.test_signatures import served, strange

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def explained(transformed, tmp_path_factory):
    """Return the function that gives the folder of a saved model of trees that explains its scores."""
    import functools

    import tensorflow_transform as tft

    from modules import signatures
    from modules.families import rows as prepared
    from modules.families.trees import training
    from tests.modules.families.problems import SETTINGS

    @functools.cache
    def saved(task):
        spec, transform = spec_of(task), tft.TFTransformOutput(str(transformed(task) / "transform"))
        ready = prepared.prepare([str(transformed(task) / "rows.gz")], transform, spec, seed=1)
        parameters = {"min_data_per_group": 3, "cat_smooth": 1.0, "cat_l2": 1.0, "feature_fraction": 0.3}
        given = {**SETTINGS, "rounds": 25, "explain": True, "parameters": parameters}
        model = training.fit(ready.problem, given).model
        classes = ready.classes
        model = signatures.ServedModel(model, transform, spec, constant=ready.constant, classes=classes)
        model.explain(ready.problem.columns.names)
        folder = str(tmp_path_factory.mktemp(task) / "model")
        signatures.save(model, folder)
        return folder

    return saved


@pytest.fixture(scope="module")
def signatures_of(explained):
    """Return the function that gives the signatures of the saved model of a task."""
    import functools

    import tensorflow as tf

    loaded = functools.cache(lambda task: tf.saved_model.load(explained(task)))
    return lambda task: loaded(task).signatures


def explanations(signatures, rows):
    return {name: values.numpy() for name, values in signatures["explain"](**served(rows)).items()}


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_contributions_of_raw_columns_add_up_to_the_score_behind_the_prediction(explained, signatures_of, task):
    from components.model_verdict import class_names
    from modules.families.links import predictions as predictions_of
    from modules.signatures import OUTPUTS

    rows = strange(table(task))
    signatures = signatures_of(task)
    found = explanations(signatures, rows)
    units = [3] if task == "multiclass" else []
    assert found["contributions"].shape == (len(rows), len(ROLES), *units)
    assert found["base"].shape == found["score"].shape == (len(rows), *units)
    assert {name.decode() for name in found["columns"][0]} == set(ROLES)
    assert [name.decode() for name in found["columns"][-1]] == list(ROLES)
    np.testing.assert_allclose(found["base"] + found["contributions"].sum(axis=1), found["score"], atol=1e-5)
    predicted = signatures["serving_default"](**served(rows))[OUTPUTS[task]].numpy()
    scores = found["score"].reshape(len(rows), -1)
    np.testing.assert_allclose(
        predictions_of(LINKS[task], scores), predicted.reshape(len(rows), -1), rtol=1e-5, atol=1e-6
    )
    if task == "multiclass":
        assert [name.decode() for name in found["classes"][0]] == class_names(explained(task))
    # Miles decide the label.
    largest = np.abs(found["contributions"]).reshape(len(rows), len(ROLES), -1).sum(axis=(0, 2)).argmax()
    assert list(ROLES)[largest] == "miles"


def test_value_of_one_column_changes_the_contributions_and_no_rows_are_explained(signatures_of):
    signatures = signatures_of("regression")
    whole = next(row for row in table("regression") if None not in row.values())
    found = explanations(signatures, [{**whole, "miles": 2.0}, {**whole, "miles": 25.0}, {**whole, "miles": None}])
    near, far, missing = found["contributions"][:, list(ROLES).index("miles")]
    assert near < 0 < far
    assert missing not in (near, far)
    assert explanations(signatures, [])["contributions"].shape == (0, len(ROLES))


def test_decided_model_explains_as_the_model_does(explained, signatures_of, transformed, tmp_path):
    import tensorflow as tf
    import tensorflow_transform as tft

    from modules.decision.model import DecidedModel

    document, transform = document_of("binary"), tft.TFTransformOutput(str(transformed("binary") / "transform"))
    raw = transform.raw_feature_spec()[document.coverage.by]
    model = DecidedModel(explained("binary"), document, spec_of("binary").names(), raw)
    tf.saved_model.save(model, str(tmp_path / "decided"), signatures=model.signatures())
    rows = strange(table("binary"))
    before = explanations(signatures_of("binary"), rows)
    after = explanations(tf.saved_model.load(str(tmp_path / "decided")).signatures, rows)
    assert set(before) == set(after)
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values)


def test_model_is_loaded_and_answers_by_a_session_as_tensorflow_serving_does(explained, signatures_of):
    import tensorflow as tf

    rows = table("binary")[:3]
    expected = explanations(signatures_of("binary"), rows)
    inputs = {name: values.numpy() for name, values in served(rows).items()}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], explained("binary"))
        signature = loaded.signature_def["explain"]
        given = {signature.inputs[name].name: values for name, values in inputs.items()}
        outputs = {name: each.name for name, each in signature.outputs.items()}
        found = session.run(outputs, given)
        operations = {node.op for function in loaded.graph_def.library.function for node in function.node_def}
    assert not operations & {"PyFunc", "EagerPyFunc", "PyFuncStateless"}
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)
