"""Transforms and models of two runs on the same rows: a changed weight is found, another file of the same is not."""

import shutil
from pathlib import Path

import pytest

from penstock.core.errors import DataError
from tests.penstock.comparison.folders import write_examples

pytestmark = pytest.mark.slow

ROWS = [(0.5, 2), (1.5, 4), (-3.0, 6), (4.0, 8)]


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Return four rows of eval in two files."""
    import tensorflow as tf

    def row(x, n):
        floats, integers = tf.train.FloatList(value=[x]), tf.train.Int64List(value=[n])
        features = {"x": tf.train.Feature(float_list=floats), "n": tf.train.Feature(int64_list=integers)}
        return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()

    records = [row(*values) for values in ROWS]
    return write_examples(tmp_path_factory.mktemp("examples"), {"eval": [records[:3], records[3:]], "train": [records]})


def write_model(folder: Path, weight: float, *, kind: str = "float32", signature: str = "evaluation") -> Path:
    """Write a model that multiplies x by a weight."""
    import tensorflow as tf

    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.weight = tf.Variable(weight)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
        def evaluation(self, examples):
            x = tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([1], kind)})["x"]
            return {"model": tf.cast(x, tf.float32) * self.weight, "constant": tf.zeros_like(x)}

    model = Model()
    tf.saved_model.save(model, str(folder / "Format-Serving"), signatures={signature: model.evaluation})
    return folder


def write_transform(folder: Path, factor: float, names=("x_xf", "n_xf")) -> Path:
    import tensorflow as tf
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    from components.tfx_internals import write_transform_graph

    shape = "presence { min_fraction: 1 } shape { dim { size: 1 } }"
    text = f'feature {{ name: "x" type: FLOAT {shape} }} feature {{ name: "n" type: INT {shape} }}'
    write_transform_graph(
        lambda columns: {names[0]: columns["x"] * factor, names[1]: tf.cast(columns["n"], tf.float32)},
        text_format.Parse(text, schema_pb2.Schema()),
        str(folder),
    )
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model"), 2.0)


@pytest.mark.parametrize("change", [0.0, 1e-7, 1e-3, 0.5])
def test_changed_weight_is_found_with_its_size_and_the_same_weight_is_equal(tmp_path, examples, model, change):
    from pipeline.comparison.outputs import compare_models

    other = write_model(tmp_path, 2.0 * (1 + change))
    found = compare_models(model, other, examples, 1e-6)
    assert found.level == ("equal" if not change else "close" if change < 1e-6 else "different")
    assert found.difference == pytest.approx(change / (1 + change), rel=0.3)
    if found.level == "different":
        assert found.words.startswith("1 of 2 columns for 4 of 4 rows; at most ")
        assert found.words.endswith(": model, row 4")


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"kind": "int64"}, "x"), ({"signature": "another"}, "no signature evaluation")],
)
def test_model_that_does_not_take_the_rows_is_refused_with_its_letter(tmp_path, examples, model, given, reason):
    from pipeline.comparison.outputs import compare_models

    with pytest.raises(DataError, match=reason) as refused:
        compare_models(model, write_model(tmp_path, 2.0, **given), examples, 1e-6)
    assert str(refused.value).startswith("the model of B: expected what gives values for the rows of eval, received ")


def test_folder_without_a_model_and_examples_without_rows_are_refused(tmp_path, examples, model):
    from pipeline.comparison.outputs import compare_models

    with pytest.raises(DataError, match="the model of A: "):
        compare_models(tmp_path, model, examples, 1e-6)
    with pytest.raises(DataError, match="expected rows to compare with, received none"):
        compare_models(model, model, tmp_path, 1e-6)


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\xff" * 100])
def test_damaged_model_is_refused(tmp_path, examples, model, content):
    from pipeline.comparison.outputs import compare_models

    folder = shutil.copytree(model, tmp_path / "damaged")
    (folder / "Format-Serving" / "saved_model.pb").write_bytes(content)
    with pytest.raises(DataError, match="the model of B: "):
        compare_models(model, folder, examples, 1e-6)


def test_only_the_first_values_of_a_wide_table_are_compared(examples, model, monkeypatch):
    from pipeline.comparison import outputs

    monkeypatch.setattr(outputs, "MOST_VALUES", 3)
    monkeypatch.setattr(outputs, "_BATCH", 1)
    assert outputs.compare_models(model, model, examples, 0.0).words == "the same values for 2 rows"


def test_only_the_first_rows_of_a_large_split_are_compared(examples, model, monkeypatch):
    from pipeline.comparison import outputs

    monkeypatch.setattr(outputs, "MOST_ROWS", 3)
    monkeypatch.setattr(outputs, "_BATCH", 2)
    assert len(outputs.first_rows(examples)) == 3
    assert outputs.compare_models(model, model, examples, 0.0).words == "the same values for 3 rows"


def test_changed_transform_and_another_column_are_found(tmp_path, examples):
    from pipeline.comparison.outputs import compare_transforms

    one, same = write_transform(tmp_path / "one", 2.0), write_transform(tmp_path / "same", 2.0)
    found = compare_transforms(one, same, examples, 0.0)
    assert (found.level, found.words) == ("equal", "the same values for 4 rows")
    found = compare_transforms(one, write_transform(tmp_path / "other", 3.0), examples, 1e-6)
    assert found.words == "1 of 2 columns for 4 of 4 rows; at most 0.33: x_xf, row 4"
    found = compare_transforms(one, write_transform(tmp_path / "named", 2.0, ("x_xf", "m_xf")), examples, 1e-6)
    assert found.details == ("m_xf: only in B", "n_xf: only in A")
