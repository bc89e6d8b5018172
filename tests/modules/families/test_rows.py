"""What a family is given: the transformed rows with their labels, and the part of them that is held out."""

import numpy as np
import pytest

from penstock.core.features import OUT_OF_VOCABULARY_BUCKETS, transformed_name, transformed_names
from tests.modules.conftest import DENSE, LABEL, ROWS, example, raw_spec

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def prepared():
    from modules.families import rows as prepared

    return prepared


def test_rows_are_read_transformed_in_order_with_their_labels(prepared, fitted):
    known = fitted("binary")
    rows, labels = prepared.read(known.train_files, known.transform, known.columns, known.spec)
    assert set(rows) == {name for kind in transformed_names(known.spec).values() for name in kind}
    assert {len(values) for values in (*rows.values(), labels)} == {ROWS}
    assert labels.tolist() == [row[LABEL] for row in known.rows]
    assert rows["shared_xf_missing"].tolist() == [row["shared"] is None for row in known.rows]


def test_vector_of_a_text_is_held_in_half_the_memory_without_loss(prepared, fitted):
    import tensorflow as tf

    known = fitted("binary")
    rows, _ = prepared.read(known.train_files, known.transform, known.columns, known.spec)
    batch = tf.io.parse_example(tf.constant([example(row) for row in known.rows]), raw_spec("binary"))
    whole = known.transform.transform_raw_features(batch)
    assert {name: rows[name].dtype.name for name in known.columns.vectors} == {
        "a story_xf": "float16",
        "pixels_xf": "float32",
        "levels_xf": "float32",
    }
    np.testing.assert_array_equal(rows["a story_xf"].astype(np.float32), whole["a story_xf"])
    assert rows["a story_xf"].any(axis=1).mean() > 0.8


def test_files_are_read_in_the_order_of_their_names(prepared, fitted, tmp_path):
    import tensorflow as tf

    known = fitted("binary")
    for number, part in enumerate([known.rows[:50], known.rows[50:]]):
        with tf.io.TFRecordWriter(str(tmp_path / f"rows-{number}"), options="GZIP") as writer:
            for row in part:
                writer.write(example(row))
    pattern = [str(tmp_path / "rows-*")]
    _, labels = prepared.read(pattern, known.transform, known.columns, known.spec)
    assert labels.tolist() == [row[LABEL] for row in known.rows]


def test_model_columns_have_an_index_for_missing_known_and_new_values(prepared, fitted):
    known = fitted("binary")
    columns = prepared.model_columns(known.spec, known.transform)
    assert columns.categories == {
        transformed_name("paid"): 1 + 3 + OUT_OF_VOCABULARY_BUCKETS,  # a word with a line break is no word
        transformed_name("zone"): 1 + 7 + OUT_OF_VOCABULARY_BUCKETS,
        transformed_name(DENSE[1]): 1 + 2 + OUT_OF_VOCABULARY_BUCKETS,
    }
    rows, _ = prepared.read(known.train_files, known.transform, columns, known.spec)
    for name, size in columns.categories.items():
        assert rows[name].min() >= 0
        assert rows[name].max() < size


@pytest.mark.parametrize(("count", "held"), [(200, 30), (7, 1), (3, 1), (2, 1)])
def test_validation_part_is_drawn_by_the_seed_and_shares_no_row(prepared, count, held):
    rows, labels = {"a": np.arange(count), "b": np.arange(count) * 10}, np.arange(count) * 100
    parts = prepared.split_validation(rows, labels, seed=5)
    for part_rows, part_labels in parts:
        assert (part_rows["a"] * 100).tolist() == part_labels.tolist()
        assert (part_rows["b"] * 10).tolist() == part_labels.tolist()
    (_, fit_labels), (_, held_out) = parts
    assert len(held_out) == held
    assert sorted([*fit_labels, *held_out]) == labels.tolist()
    again = prepared.split_validation(rows, labels, seed=5)
    assert [part[1].tolist() for part in again] == [part[1].tolist() for part in parts]
    if count == 200:
        assert prepared.split_validation(rows, labels, seed=6)[1][1].tolist() != held_out.tolist()


@pytest.mark.parametrize(
    ("task", "labels", "classes", "constant"),
    [
        ("binary", [0, 1, 1, 1], 0, [0.75]),
        ("binary", [0, 0], 0, [0]),
        ("regression", [1.5, -0.5], 0, [0.5]),
        ("multiclass", [0, 2, 2, 2], 4, [0.25, 0, 0.75, 0]),
    ],
)
def test_best_constant_is_the_share_of_each_class_or_the_mean(prepared, task, labels, classes, constant):
    found = prepared.constant_of(np.array(labels, np.float32), task, classes)
    assert found.tolist() == constant


@pytest.mark.parametrize(
    ("weights", "found"),
    [([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), ([0.5, 1.0, 1.5], [0.5, 1.0, 1.5]), ([15.5, 31.0, 46.5], [0.5, 1.0, 1.5])],
)
def test_whole_weights_are_counts_and_others_are_relative(prepared, weights, found):
    assert prepared.as_counts(np.array(weights)).tolist() == pytest.approx(found)


def test_weights_of_a_sparse_or_dense_column_are_numbers_and_nan_where_missing(prepared):
    import tensorflow as tf

    sparse = tf.SparseTensor([[0, 0], [2, 0]], tf.constant([3, 4], tf.int64), [3, 1])
    np.testing.assert_array_equal(prepared.weights(sparse).numpy(), [3, np.nan, 4])
    assert prepared.weights(tf.constant([[1.5], [2.0]])).numpy().tolist() == [1.5, 2.0]
