"""Trees as a graph: the predictions are LightGBM's own, saved and loaded too."""

import numpy as np
import pytest

from modules.families.problem import Columns, Problem
from modules.families.trees import training
from tests.modules.families.problems import COLUMNS, SETTINGS, problem_of, rows_of

pytestmark = pytest.mark.slow

TASKS = ("binary", "multiclass", "regression")


@pytest.fixture(scope="module")
def forest():
    from modules.families.trees import forest

    return forest


def scored(model, rows):
    import tensorflow as tf

    return np.asarray(model({name: tf.constant(values) for name, values in rows.items()}))


def saved(model, columns, folder):
    """Return the model as it comes back from a SavedModel."""
    import tensorflow as tf

    kinds = [(name, tf.float32) for name in [*columns.numbers, *columns.flags]]
    specs = {name: tf.TensorSpec([None], kind, name) for name, kind in kinds}
    specs |= {name: tf.TensorSpec([None], tf.int64, name) for name in columns.categories}
    specs |= {name: tf.TensorSpec([None, width], tf.float32, name) for name, width in columns.vectors.items()}
    holder = tf.Module()
    holder.model = model
    holder.score = tf.function(lambda rows: model(rows), input_signature=[specs], autograph=False)
    tf.saved_model.save(holder, str(folder))
    return tf.saved_model.load(str(folder))


@pytest.mark.parametrize("leaves", [6, 12, 63, 130])
@pytest.mark.parametrize("task", TASKS)
def test_saved_model_predicts_as_lightgbm_does(forest, task, leaves, tmp_path):
    trained = training.train(problem_of(task, 1500), {**SETTINGS, "leaves": leaves, "rounds": 30})
    rows = rows_of(2100, seed=11, unseen=True)
    rows["miles_xf"][:3] = [3e38, -3e38, 0]
    expected = trained.predict(rows)
    loaded = saved(trained.export(), COLUMNS, tmp_path)
    found = scored(loaded.score, rows)
    assert found.dtype == np.float32
    scale = np.abs(expected).clip(1) if task == "regression" else 1
    assert np.abs((found - expected) / scale).max() < 1e-6


def test_splits_by_ranks_and_by_sets_of_categories_are_one_forest(forest):
    both = [
        training.train(problem_of("binary", 1500), {**SETTINGS, "rounds": 20, "ranked": way}) for way in (False, True)
    ]
    used = [np.flatnonzero(one.booster.feature_importance()) for one in both]
    columns = both[0].columns
    assert set(used[0]) & set(columns.categories)
    assert not set(used[0]) & set(columns.ranks)
    assert set(used[1]) & set(columns.ranks)
    assert not set(used[1]) & set(columns.categories)
    rows = rows_of(300, seed=11, unseen=True)
    mean = sum(one.predict(rows) for one in both) / 2
    np.testing.assert_allclose(scored(forest.trees_model(both, [0.5, 0.5]), rows), mean, atol=1e-6)


@pytest.mark.parametrize("leaves", [6, 63, 130])
@pytest.mark.parametrize("task", TASKS)
def test_compared_nodes_predict_as_lightgbm_does(forest, task, leaves, tmp_path, monkeypatch):
    monkeypatch.setattr(forest, "compares_nodes", lambda *_: True)
    # Chunks and blocks of other sizes than the words and rows.
    monkeypatch.setattr("modules.families.trees.node_tables.CHUNK", 7)
    monkeypatch.setattr("modules.families.trees.node_forest.BLOCK", 64)
    trained = training.train(problem_of(task, 1500), {**SETTINGS, "leaves": leaves, "rounds": 30, "ranked": True})
    rows = rows_of(300, seed=11, unseen=True)
    rows["miles_xf"][:4] = [3e38, -3e38, 0, np.inf]
    model = trained.export()
    assert type(model._forests[0]).__name__ == "NodeForest"
    expected = trained.predict(rows)
    loaded = saved(model, COLUMNS, tmp_path)
    found = scored(loaded.score, rows)
    scale = np.abs(expected).clip(1) if task == "regression" else 1
    assert np.abs((found - expected) / scale).max() < 1e-6
    assert scored(model, rows_of(0, seed=1)).shape == (0, expected.shape[1])


def test_trees_that_split_few_of_many_columns_compare_nodes_and_others_look_up_words(forest):
    draw = np.random.default_rng(1)
    wide = {f"x{place}_xf": draw.normal(size=400).astype(np.float32) for place in range(150)}
    flags = {f"{name}_missing": np.zeros(400, np.float32) for name in wide}
    part = {**wide, **flags}, (sum(wide.values()) > 0).astype(np.float32)
    problem = Problem(Columns(list(wide), list(flags), {}), "binary", 0, part, part)
    compared = training.train(problem, {**SETTINGS, "leaves": 5, "rounds": 100})
    looked_up = training.train(problem_of("binary"), SETTINGS)
    names = [type(each.export()._forests[0]).__name__ for each in (compared, looked_up)]
    assert names == ["NodeForest", "LeafForest"]
    tensors = scored(compared.export(), part[0])
    np.testing.assert_allclose(tensors, compared.predict(part[0]), atol=1e-6)
    # The estimate is that of the form that is exported.
    nodes = int(compared.booster.feature_importance("split").sum())
    assert compared.cost.microseconds == pytest.approx(1 + 0.006 * compared.rounds + 0.0035 * nodes)


def test_sets_of_categories_are_looked_up_in_any_table(forest, monkeypatch):
    monkeypatch.setattr(forest, "compares_nodes", lambda *_: True)
    trained = training.train(problem_of("binary", 1500), {**SETTINGS, "rounds": 20, "ranked": False})
    assert type(trained.export()._forests[0]).__name__ == "LeafForest"


def test_graph_does_not_grow_with_trees(forest, tmp_path):
    sizes = []
    for rounds in (20, 80):
        model = training.train(problem_of("binary"), {**SETTINGS, "rounds": rounds, "learning_rate": 0.01}).export()
        graph = saved(model, COLUMNS, tmp_path / str(rounds)).score.concrete_functions[0].graph.as_graph_def()
        sizes.append(sum(len(function.node_def) for function in graph.library.function))
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("task", TASKS)
def test_boosters_are_averaged_by_weight(forest, task):
    problem = problem_of(task)
    both = [training.train(problem, {**SETTINGS, "rounds": 9, "seed": seed}) for seed in (1, 2)]
    rows = rows_of(50, seed=8)
    expected = 0.25 * both[0].predict(rows) + 0.75 * both[1].predict(rows)
    np.testing.assert_allclose(scored(forest.trees_model(both, [0.25, 0.75]), rows), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_boosters_of_small_and_large_trees_have_tables_of_their_own(forest, task, tmp_path):
    problem, shapes = problem_of(task, 1500), (4, 31, 8, 60)
    every = [training.train(problem, {**SETTINGS, "rounds": 9, "leaves": leaves}) for leaves in shapes]
    weights = [0.1, 0.2, 0.3, 0.4]
    model = forest.trees_model(every, weights)
    assert [each._word for each in model._forests] == [8, 32, 64]
    rows = rows_of(700, seed=8, unseen=True)
    expected = sum(weight * one.predict(rows) for weight, one in zip(weights, every, strict=True))
    loaded = saved(model, COLUMNS, tmp_path)
    np.testing.assert_allclose(scored(loaded.score, rows), expected, rtol=1e-5, atol=1e-6)


def test_trees_without_a_split_are_a_constant(forest):
    columns = Columns(["a_xf"], ["a_xf_missing"], {})
    rows = {"a_xf": np.zeros(50, np.float32), "a_xf_missing": np.zeros(50, np.float32)}
    part = rows, np.arange(50).astype(np.float32)
    trained = training.train(Problem(columns, "regression", 0, part, part), SETTINGS)
    np.testing.assert_allclose(scored(trained.export(), rows), 24.5, rtol=1e-6)
