"""The `run_fn` of Trainer on a small table: rows read, parts, constants, what is exported."""

import csv
import json

import numpy as np
import pytest

from modules.features import OUT_OF_VOCABULARY_BUCKETS, FeatureSpec, transformed_name, transformed_names
from tests.modules.conftest import DENSE, LABEL, ROWS, example, raw_spec

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def training():
    from modules import training

    return training


def test_rows_are_read_transformed_in_order_with_their_labels(training, fitted):
    known = fitted("binary")
    rows, labels = training.read(known.train_files, known.transform, known.columns, known.spec)
    assert set(rows) == {name for kind in transformed_names(known.spec).values() for name in kind}
    assert {len(values) for values in (*rows.values(), labels)} == {ROWS}
    assert labels.tolist() == [row[LABEL] for row in known.rows]
    assert rows["shared_xf_missing"].tolist() == [row["shared"] is None for row in known.rows]


def test_vector_of_a_text_is_held_in_half_the_memory_without_loss(training, fitted):
    import tensorflow as tf

    known = fitted("binary")
    rows, _ = training.read(known.train_files, known.transform, known.columns, known.spec)
    batch = tf.io.parse_example(tf.constant([example(row) for row in known.rows]), raw_spec("binary"))
    whole = known.transform.transform_raw_features(batch)
    assert {name: rows[name].dtype.name for name in known.columns.vectors} == {
        "a story_xf": "float16",
        "pixels_xf": "float32",
        "levels_xf": "float32",
    }
    np.testing.assert_array_equal(rows["a story_xf"].astype(np.float32), whole["a story_xf"])
    assert rows["a story_xf"].any(axis=1).mean() > 0.8


def test_files_are_read_in_the_order_of_their_names(training, fitted, tmp_path):
    import tensorflow as tf

    known = fitted("binary")
    for number, part in enumerate([known.rows[:50], known.rows[50:]]):
        with tf.io.TFRecordWriter(str(tmp_path / f"rows-{number}"), options="GZIP") as writer:
            for row in part:
                writer.write(example(row))
    pattern = [str(tmp_path / "rows-*")]
    _, labels = training.read(pattern, known.transform, known.columns, known.spec)
    assert labels.tolist() == [row[LABEL] for row in known.rows]


def test_model_columns_have_an_index_for_missing_known_and_new_values(training, fitted):
    known = fitted("binary")
    columns = training.model_columns(known.spec, known.transform)
    assert columns.categories == {
        transformed_name("paid"): 1 + 3 + OUT_OF_VOCABULARY_BUCKETS,  # a word with a line break is no word
        transformed_name("zone"): 1 + 7 + OUT_OF_VOCABULARY_BUCKETS,
        transformed_name(DENSE[1]): 1 + 2 + OUT_OF_VOCABULARY_BUCKETS,
    }
    rows, _ = training.read(known.train_files, known.transform, columns, known.spec)
    for name, size in columns.categories.items():
        assert rows[name].min() >= 0
        assert rows[name].max() < size


@pytest.mark.parametrize(("count", "held"), [(200, 30), (7, 1), (3, 1), (2, 1)])
def test_validation_part_is_drawn_by_the_seed_and_shares_no_row(training, count, held):
    rows, labels = {"a": np.arange(count), "b": np.arange(count) * 10}, np.arange(count) * 100
    parts = training.split_validation(rows, labels, seed=5)
    for part_rows, part_labels in parts:
        assert (part_rows["a"] * 100).tolist() == part_labels.tolist()
        assert (part_rows["b"] * 10).tolist() == part_labels.tolist()
    (_, fit_labels), (_, held_out) = parts
    assert len(held_out) == held
    assert sorted([*fit_labels, *held_out]) == labels.tolist()
    again = training.split_validation(rows, labels, seed=5)
    assert [part[1].tolist() for part in again] == [part[1].tolist() for part in parts]
    if count == 200:
        assert training.split_validation(rows, labels, seed=6)[1][1].tolist() != held_out.tolist()


@pytest.mark.parametrize(
    ("task", "labels", "classes", "constant"),
    [
        ("binary", [0, 1, 1, 1], 0, [0.75]),
        ("binary", [0, 0], 0, [0]),
        ("regression", [1.5, -0.5], 0, [0.5]),
        ("multiclass", [0, 2, 2, 2], 4, [0.25, 0, 0.75, 0]),
    ],
)
def test_best_constant_is_the_share_of_each_class_or_the_mean(training, task, labels, classes, constant):
    found = training.best_constant(np.array(labels, np.float32), FeatureSpec("l", task, ()), classes)
    assert found.tolist() == constant


def predictions(folder, rows):
    import tensorflow as tf

    model = tf.saved_model.load(str(folder / "serving"))
    serialized = tf.constant([example(row) for row in rows])
    return model.signatures["serve_tf_examples"](examples=serialized)["probability"].numpy()


def test_run_gives_model_and_curves_and_the_same_for_the_same_seed(training, fitted, arguments, tmp_path):
    known = fitted("binary")
    scores = []
    for name, seed in (("one", 1), ("two", 1)):
        training.run_fn(arguments(tmp_path / name, seed=seed))
        scores.append(predictions(tmp_path / name, known.rows[:20]))
    with open(tmp_path / "one" / "run" / training.CURVES_FILE, newline="") as file:
        curves = list(csv.DictReader(file))
    assert [row["epoch"] for row in curves] == ["0", "1"]
    np.testing.assert_array_equal(scores[0], scores[1])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("family", ["trees", "linear"])
def test_other_families_are_exported_with_the_same_signatures(fitted, arguments, tmp_path, family, task):
    import tensorflow as tf

    from modules import training

    known = fitted(task)
    training.run_fn(arguments(tmp_path, task=task, family=family, rounds=None, leaves=None, learning_rate=None))
    saved, neural = (tf.saved_model.load(folder).signatures for folder in (str(tmp_path / "serving"), known.saved))
    assert set(saved) == set(neural)
    beside = {"linear"} if family == "trees" else set()
    assert set(saved["evaluation"].structured_outputs) == {"model", "constant"} | beside
    for name in set(saved) - {"evaluation"}:
        assert saved[name].structured_outputs == neural[name].structured_outputs
    examples = tf.constant([example(row) for row in known.rows])
    scores = saved["evaluation"](examples=examples)["model"].numpy()
    assert scores.shape[0] == ROWS
    assert not (tmp_path / "run" / "leaderboard.json").exists()


def test_leaderboard_of_auto_is_kept_beside_the_curves(training, fitted, arguments, tmp_path, monkeypatch):
    from modules.families import auto

    # Without a network and with few trials it ends long before a limit that leaves a busy machine its time.
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "trees"))
    monkeypatch.setattr(auto, "MOST_TRIALS", 2)
    known = fitted("binary")
    training.run_fn(arguments(tmp_path, family="auto", time_limit=300.0, learning_rate=None))
    board = json.loads((tmp_path / "run" / "leaderboard.json").read_text())
    assert {"linear", "trees"} <= {model["family"] for model in board["models"]}
    assert (tmp_path / "run" / training.CURVES_FILE).exists()
    labels = [row[LABEL] for row in known.rows[:100]]
    scores = predictions(tmp_path, known.rows[:100])
    assert np.mean((scores > 0.5) == labels) > 0.9


def test_labels_decide_the_constant_that_is_exported(fitted):
    labels = [row[LABEL] for row in fitted("binary").rows]
    assert fitted("binary").constant.tolist() == [pytest.approx(sum(labels) / len(labels))]
