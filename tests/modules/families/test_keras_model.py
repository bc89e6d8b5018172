"""Keras models as they are exported."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def by_session(folder, signature, examples):
    """Return the outputs of a SavedModel that a session loads, as TensorFlow Serving does."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with v1.Session(graph=tf.Graph()) as session:
        found = v1.saved_model.load(session, ["serve"], folder).signature_def[signature]
        outputs = {name: each.name for name, each in found.outputs.items()}
        return session.run(outputs, {found.inputs["examples"].name: examples})


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_session_computes_what_the_loaded_model_computes(fitted, task):
    import tensorflow as tf

    from tests.modules.conftest import example

    known = fitted(task)
    examples = [example(row) for row in known.rows[:20]]
    for signature in ("serve_tf_examples", "evaluation"):
        expected = known.loaded.signatures[signature](examples=tf.constant(examples))
        for name, values in by_session(known.saved, signature, examples).items():
            if values.dtype == object:
                assert values.tolist() == expected[name].numpy().tolist()
            else:
                np.testing.assert_allclose(values, expected[name], rtol=1e-6)


def test_saved_model_has_each_variable_once(fitted):
    import tensorflow as tf

    known = fitted("regression")
    names = [name for name, _ in tf.train.list_variables(f"{known.saved}/variables/variables")]
    assert len([name for name in names if "VARIABLE_VALUE" in name]) == len(known.model.variables)


def test_other_models_are_exported_as_they_are():
    from modules.families.keras_model import exportable

    model = object()
    assert exportable(model) is model
