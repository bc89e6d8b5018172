"""Offline predictions."""

import numpy as np
import pytest

from penstock.core.errors import NodeError
from tests.modules.conftest import example

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("task", "outputs"),
    [("binary", {"probability"}), ("multiclass", {"probabilities", "label"}), ("regression", {"prediction"})],
)
def test_predictions_are_those_of_the_signature(fitted, task, outputs):
    import tensorflow as tf

    from modules.offline import predictor

    known = fitted(task)
    examples = [example(row) for row in known.rows[:9]]
    found = predictor(known.saved, known.transform._transform_output_dir, known.spec)(examples)
    assert set(found) == outputs
    served = known.loaded.signatures["serve_tf_examples"](examples=tf.constant(examples))
    for name, values in found.items():
        if name == "label":
            assert values == [each.decode() for each in served[name].numpy()]
        else:
            np.testing.assert_allclose(values, served[name], rtol=1e-6)


def test_rows_that_the_model_does_not_take_are_an_error_of_one_sentence(fitted):
    from modules.offline import predictor

    known = fitted("binary")
    predict = predictor(known.saved, known.transform._transform_output_dir, known.spec)
    with pytest.raises(NodeError, match="the rows: expected values that the model takes, received"):
        predict([b"no example"])


def test_model_that_was_exported_otherwise_is_evaluated_by_its_signature(fitted, tmp_path):
    import tensorflow as tf

    from modules.offline import predictor

    known = fitted("binary")
    loaded = tf.saved_model.load(known.saved)
    other = tf.Module()
    other.kept = loaded
    tf.saved_model.save(other, str(tmp_path / "other"), signatures={"evaluation": loaded.signatures["evaluation"]})
    examples = [example(row) for row in known.rows[:9]]
    expected, found = (
        predictor(folder, known.transform._transform_output_dir, known.spec)(examples)
        for folder in (known.saved, str(tmp_path / "other"))
    )
    np.testing.assert_allclose(found["probability"], expected["probability"], rtol=1e-6)
