"""Trees whose leaves are looked up: any number of rows, in any number of groups of trees."""

import numpy as np
import pytest

from modules.families.trees import leaf_tables, training
from tests.modules.families.problems import SETTINGS, problem_of, rows_of
from tests.modules.families.trees.test_forest import TASKS, scored

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def forest():
    from modules.families.trees import forest

    return forest


@pytest.mark.parametrize(
    ("values", "count"), [(2**20, 0), (2**20, 1), (2**20, 4096), (2**20, 4097), (1, 1024), (1, 1025)]
)
def test_any_number_of_rows_is_scored(forest, monkeypatch, values, count):
    monkeypatch.setattr("modules.families.trees.leaf_forest.BLOCK_VALUES", values)
    trained = training.train(problem_of("binary"), {**SETTINGS, "rounds": 3})
    rows = rows_of(count, seed=5)
    found = scored(trained.export(), rows)
    assert found.shape == (count, 1)
    if count:
        np.testing.assert_allclose(found, trained.predict(rows), atol=1e-6)


@pytest.mark.parametrize("leaves", [4, 20, 60])
@pytest.mark.parametrize("compares", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_few_rows_are_scored_as_many_are(forest, monkeypatch, task, compares, leaves):
    """In forests of several groups or chunks, some of whose trees split fewer columns than others."""
    monkeypatch.setattr(forest, "compares_nodes", lambda *_: compares)
    monkeypatch.setattr("modules.families.trees.node_tables.CHUNK", 7)
    monkeypatch.setattr(leaf_tables, "TABLES_AND_LINES", ((400, 0),))
    settings = {**SETTINGS, "rounds": 12, "ranked": compares}
    sizes = (leaves, leaves - max(1, leaves // 8))
    both = [training.train(problem_of(task, 1500), {**settings, "leaves": size}) for size in sizes]
    rows, found = rows_of(90, seed=3, unseen=True), {}
    for values in (0, 2**30):
        monkeypatch.setattr("modules.families.trees.blocks.STEP_VALUES", values)
        model = forest.trees_model(both, [0.5, 0.5])
        found[values] = scored(model, rows)
    np.testing.assert_array_equal(found[0], found[2**30])
    np.testing.assert_allclose(found[0], sum(one.predict(rows) for one in both) / 2, rtol=1e-5, atol=1e-6)
    [each] = model._forests
    if compares:
        assert len(set(np.diff(each._steps))) > 1
    else:
        assert len(set(each._counts.numpy().tolist())) > 1


def test_forest_cut_into_groups_scores_the_same(forest, monkeypatch):
    trained = training.train(problem_of("multiclass", 1500), {**SETTINGS, "rounds": 20})
    rows = rows_of(300, seed=6, unseen=True)
    whole = scored(trained.export(), rows)
    monkeypatch.setattr(leaf_tables, "TABLES_AND_LINES", ((5_000, 0),))
    np.testing.assert_allclose(scored(trained.export(), rows), whole, atol=1e-7)
