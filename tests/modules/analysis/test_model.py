"""The analysis of a SavedModel on files of examples, as a run does it."""

from dataclasses import replace

import numpy as np
import pytest

from modules.analysis.importance import Measured
from penstock.core.features import Feature, FeatureSpec
from tests.small_models import save_models

pytestmark = pytest.mark.slow

SPEC = FeatureSpec("fare", "regression", (Feature("count", "numeric"), Feature("color", "categorical")))
ROWS = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_models(tmp_path_factory.mktemp("models"), {1: 2.0}) / "1"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return two files of rows whose label is twice the count, and a hundred more for red; some values are missing."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("rows")
    random = np.random.default_rng(1)
    names = []
    for number in range(2):
        names.append(str(folder / f"data-{number}.gz"))
        with tf.io.TFRecordWriter(names[-1], "GZIP") as writer:
            for _ in range(ROWS // 2):
                count, color = random.normal(), random.choice(["red", "blue", ""])
                features = {"count": tf.train.Feature(float_list=tf.train.FloatList(value=[count]))}
                if color:
                    features["color"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[color.encode()]))
                label = 2 * count + 100 * (color == "red")
                features["fare"] = tf.train.Feature(float_list=tf.train.FloatList(value=[label]))
                example = tf.train.Example(features=tf.train.Features(feature=features))
                writer.write(example.SerializeToString())
            example.features.feature.pop("fare")  # a row without a label
            writer.write(example.SerializeToString())
    return names


def test_sample_has_the_columns_as_the_model_reads_them_and_no_row_without_a_label(folder, files):
    from modules.analysis.model import Model

    model = Model(str(folder), SPEC)
    rows = model.sample(files)
    assert (len(rows), rows.of, list(rows.columns)) == (ROWS, ROWS + 2, ["count", "color"])
    assert set(rows.columns["color"]) == {b"red", b"blue", b""}
    assert model.predictor()(rows.columns) == pytest.approx(rows.labels, abs=1e-5)


def test_sample_does_not_depend_on_the_files_and_their_order(folder, files):
    from modules.analysis.model import Model

    model = Model(str(folder), SPEC)
    assert model.sample(files).labels.tolist() == model.sample(files[::-1]).labels.tolist()


def test_weights_of_the_rows_are_read_and_a_row_without_one_is_refused(folder, files, tmp_path):
    import tensorflow as tf

    from modules.analysis.model import Model
    from penstock.core.errors import NodeError

    weighted = replace(SPEC, weight="count")  # some are below zero
    with pytest.raises(NodeError) as refused:
        Model(str(folder), weighted).sample(files)
    assert "data.weight: expected finite numbers above zero in every row" in str(refused.value)
    file = str(tmp_path / "rows.gz")
    with tf.io.TFRecordWriter(file, "GZIP") as writer:
        for number in range(1, 9):
            floats = {
                name: tf.train.Feature(float_list=tf.train.FloatList(value=[number])) for name in ("count", "fare")
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=floats)).SerializeToString())
    rows = Model(str(folder), weighted).sample([file])
    assert rows.weights.tolist() == rows.labels.tolist()
    assert rows.first(3).weights.tolist() == rows.labels[:3].tolist()


def test_many_rows_are_sampled_by_their_hash(folder, files, monkeypatch):
    from modules.analysis import model as sampling

    whole = sampling.Model(str(folder), SPEC).sample(files).labels
    monkeypatch.setattr(sampling, "MOST_ROWS", 50)
    rows = sampling.Model(str(folder), SPEC).sample(files)
    assert 45 <= len(rows) <= 50
    assert rows.of == ROWS + 2
    assert set(rows.labels) <= set(whole)


def test_analysis_finds_what_the_model_reads(folder, files):
    from modules.analysis.running import analysis_of

    found = analysis_of(folder, files, SPEC, Measured("regression", "mae", False, 3), 200)
    assert found.problem == ""
    assert {each.columns for each in found.importance} == {("color",), ("count",)}
    assert found.importance[0].columns == ("color",)
    assert found.dependence[0].categories[0] in ("red", "blue", "(missing)")


def test_classes_are_those_of_the_model(folder, tmp_path):
    from modules.analysis.model import classes_of
    from modules.signatures import CLASSES_FILE

    (tmp_path / CLASSES_FILE).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / CLASSES_FILE).write_text('["low", "high <b>"]')
    assert classes_of(str(tmp_path)) == ("low", "high <b>")
    assert classes_of(str(folder)) == ()
