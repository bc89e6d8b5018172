"""A SavedModel as a scorer, with models that can be computed by hand."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from penstock.core.errors import ConfigError
from penstock.core.features import served_names
from penstock.serving.model.scorer import load
from penstock.serving.model.versions import ModelVersion

pytestmark = pytest.mark.slow

COLUMNS = {
    "color": np.array([b"red", b""], object),
    "count": np.array([2.0, np.nan]),
    "unit_price": np.array([0.5, np.nan]),
}


@pytest.fixture(scope="session")
def save(tmp_path_factory):
    import tensorflow as tf

    inputs = {
        "color": tf.TensorSpec([None], tf.string, "color"),
        "count": tf.TensorSpec([None], tf.float64, "count"),
        "unit price": tf.TensorSpec([None], tf.float32, "unit_price"),
    }

    class Model(tf.Module):
        """Scores the price plus ten times the count plus a hundred if it is red; missing counts as -1."""

        def __init__(self):
            super().__init__()
            self.weight = tf.Variable(10.0)

        def score(self, columns):
            count, price = (
                tf.where(tf.math.is_nan(columns[name]), -1.0, tf.cast(columns[name], tf.float32))
                for name in ("count", "unit price")
            )
            return price + self.weight * count + 100.0 * tf.cast(columns["color"] == "red", tf.float32)

        def binary(self, columns):
            return {"probability": self.score(columns)}

        def multiclass(self, columns):
            score = self.score(columns)
            return {"probabilities": tf.stack([score, -score], 1), "label": tf.strings.as_string(score, precision=1)}

    def saved(outputs, name="serving_default", columns=inputs):
        folder, model = tmp_path_factory.mktemp("model"), Model()
        function = tf.function(getattr(model, outputs)).get_concrete_function(columns)
        tf.saved_model.save(model, str(folder), signatures={name: function})
        return ModelVersion(folder, 3)

    return saved


def test_columns_and_outputs_are_read_from_the_signature(save):
    scorer = load(save("binary"))
    assert scorer.columns == {"color": "text", "count": "number", "unit_price": "number"}
    assert scorer.outputs == ("probability",)


def test_scores_equal_those_computed_by_hand(save):
    (scores,) = load(save("binary")).score(COLUMNS)
    assert scores.to_pylist() == [120.5, -11]
    assert str(scores.type) == "float"


def test_classes_give_a_label_and_a_list_of_probabilities(save):
    scorer = load(save("multiclass"))
    assert scorer.outputs == ("label", "probabilities")
    label, probabilities = scorer.score(COLUMNS)
    assert label.to_pylist() == ["120.5", "-11.0"]
    assert probabilities.to_pylist() == [[120.5, -120.5], [-11, 11]]


def test_model_without_the_signature_is_refused_with_those_it_has(save):
    with pytest.raises(ConfigError, match="version 3 in .*: expected the signature serving_default, received other"):
        load(save("binary", name="other"))


def test_signature_that_takes_no_plain_columns_is_refused(save):
    import tensorflow as tf

    columns = {"color": tf.TensorSpec([None], tf.string, "color"), "unit price": tf.TensorSpec([None], tf.float32, "p")}
    with pytest.raises(
        ConfigError, match=r"the input 'count' of version 3: .*received float64 of shape \[None, 2, 2\]"
    ):
        load(save("binary", columns={**columns, "count": tf.TensorSpec([None, 2, 2], tf.float64, "count")}))


def test_file_that_is_not_a_model_is_refused(tmp_path):
    (tmp_path / "saved_model.pb").write_text("no model")
    with pytest.raises(ConfigError, match="expected a SavedModel, received Cannot parse file") as caught:
        load(ModelVersion(tmp_path, 3))
    assert "\n" not in str(caught.value)


def test_tensorflow_does_not_change_served_names(tmp_path):
    import tensorflow as tf

    class Model(tf.Module):
        def total(self, columns):
            return {"total": tf.add_n(list(columns.values()))}

    model, names = (
        Model(),
        [
            "unit price",
            "größe",
            "a/b",
            "1st",
            "x.y",
            "_hidden",
            "select",
            "Fare ($)",
            "Ok",
            "m²",
            "class",
            "年龄",
            "收入",
            "self",
            "Ok ",
            "OK",
        ],
    )
    columns = {name: tf.TensorSpec([None], tf.float32, served) for name, served in served_names(names).items()}
    function = tf.function(model.total).get_concrete_function(columns)
    tf.saved_model.save(model, str(tmp_path), signatures={"serving_default": function})
    found = load(ModelVersion(tmp_path, 3))
    assert set(found.columns) == set(served_names(names).values())
    (total,) = found.score({name: np.array([float(place)]) for place, name in enumerate(found.columns)})
    assert total.to_pylist() == [sum(range(len(names)))]


PLANT = """
import os, pickle, sys
import tensorflow as tf
from tensorflow.core.framework import attr_value_pb2
from tensorflow.core.protobuf import saved_model_pb2

class Planted:
    def __reduce__(self):
        return os.mkdir, (sys.argv[2],)

with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
    x = tf.compat.v1.placeholder(tf.float32, [None])
    signature = tf.compat.v1.saved_model.predict_signature_def({"x": x}, {"y": x * 2})
    builder = tf.compat.v1.saved_model.Builder(sys.argv[1])
    builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
    builder.save()
file = os.path.join(sys.argv[1], "saved_model.pb")
with open(file, "rb") as stream:
    model = saved_model_pb2.SavedModel.FromString(stream.read())
value = attr_value_pb2.AttrValue(s=pickle.dumps(Planted()))
model.meta_graphs[0].collection_def["pyfuncs"].bytes_list.value.append(value.SerializeToString())
with open(file, "wb") as stream:
    stream.write(model.SerializeToString())
"""
LOAD = """
import os, sys, pathlib
{first}
from penstock.serving.model import scorer, versions
scorer.load(versions.at(pathlib.Path(sys.argv[1])))
print("tensorflow_transform" in sys.modules, os.path.exists(sys.argv[2]))
"""


@pytest.mark.parametrize(("first", "printed"), [("", "False False"), ("import tensorflow_transform", "True True")])
def test_pickle_planted_in_a_model_runs_only_where_tensorflow_transform_is_loaded(tmp_path, first, printed):
    places = [str(tmp_path / "model"), str(tmp_path / "witness")]
    project = Path(__file__).resolve().parents[4]
    subprocess.run([sys.executable, "-c", PLANT, *places], check=True, capture_output=True)
    load = [sys.executable, "-c", LOAD.format(first=first), *places]
    assert subprocess.run(load, check=True, capture_output=True, text=True, cwd=project).stdout.strip() == printed
