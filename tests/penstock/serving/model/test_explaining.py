"""The scorer with explanations, on a model that can be computed by hand."""

import numpy as np
import pytest

from penstock.core.errors import ConfigError
from penstock.serving.model import explaining
from penstock.serving.model.document import Document, Input
from penstock.serving.model.versions import ModelVersion
from penstock.tables.values.interpretation import ColumnFormat

pytestmark = pytest.mark.slow

COLUMNS = {"fare": np.array([2.0, 3.0]), "miles": np.array([1.0, 5.0])}


def document_of(*names):
    return Document(tuple(Input(name, name, ColumnFormat(name, "number", "DOUBLE")) for name in names))


@pytest.fixture(scope="module")
def save(tmp_path_factory):
    import tensorflow as tf

    inputs = {name: tf.TensorSpec([None], tf.float64, name) for name in COLUMNS}

    class Model(tf.Module):
        """Ten times the fare plus the miles; the base is 1, and a class has the negative numbers."""

        def predict(self, columns):
            return {"prediction": 1 + 10 * columns["fare"] + columns["miles"]}

        def explain(self, columns):
            parts = tf.stack([10 * columns["fare"], columns["miles"]], axis=1)
            score = 1 + tf.reduce_sum(parts, axis=1)
            return {"score": score, "base": tf.ones_like(score), "contributions": parts, "columns": parts}

        def explain_classes(self, columns):
            found = self.explain(columns)
            return {name: tf.stack([values, -values], axis=-1) for name, values in found.items()}

    def saved(explain=None):
        folder, model = tmp_path_factory.mktemp("model"), Model()
        names = {"serving_default": "predict", **({"explain": explain} if explain else {})}
        functions = {
            name: tf.function(getattr(model, each)).get_concrete_function(inputs) for name, each in names.items()
        }
        tf.saved_model.save(model, str(folder), signatures=functions)
        return ModelVersion(folder, 3)

    return saved


def test_contributions_follow_the_predictions_by_column(save):
    _, scorer = explaining.load(save("explain"), document_of("fare", "miles"))
    assert scorer.outputs == ("prediction", "score", "base", "contribution_fare", "contribution_miles")
    found = [column.to_pylist() for column in scorer.score(COLUMNS)]
    assert found == [[22, 36], [22, 36], [1, 1], [20, 30], [1, 5]]


def test_contributions_to_classes_are_lists(save):
    _, scorer = explaining.load(save("explain_classes"), document_of("fare", "miles"))
    found = [column.to_pylist() for column in scorer.score(COLUMNS)]
    assert found[1:] == [[[22, -22], [36, -36]], [[1, -1]] * 2, [[20, -20], [30, -30]], [[1, -1], [5, -5]]]


@pytest.mark.parametrize(
    ("explain", "document", "said"),
    [
        (None, document_of("fare", "miles"), "expected the signature explain, for --explain, received serving_default"),
        ("explain", document_of("fare"), "columns.json, received 2 contributions for 1 columns; push the model again."),
        ("explain", None, "expected the document of its columns, for --explain, received none"),
    ],
)
def test_model_without_explanations_of_its_columns_is_refused(save, explain, document, said):
    with pytest.raises(ConfigError) as refused:
        explaining.load(save(explain), document)
    assert said in str(refused.value)
