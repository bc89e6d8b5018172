"""The estimated cost of trees: the megabytes are about those of the exported model."""

from dataclasses import replace

import numpy as np
import pytest

from modules.families.cost import FOREST_GRAPH
from modules.families.problem import Columns, Problem
from modules.families.trees import booster, leaf_tables, shape, training
from tests.modules.families.problems import COLUMNS, SETTINGS, problem_of
from tests.modules.families.trees.test_forest import saved

pytestmark = pytest.mark.slow

LINEAR = {"linear_tree": True, "linear_lambda": 1.0}


def wide_problem(columns, rows=2000):
    """Return a regression on so many numbers, all of which matter."""
    draw = np.random.default_rng(1)
    names = [f"n{place}_xf" for place in range(columns)]
    parts = []
    for count in (rows, rows // 2):
        values = {name: draw.normal(size=count).astype(np.float32) for name in names}
        noise = draw.normal(size=count)
        label = sum(np.sin(3 * value) for value in values.values()) + noise
        parts.append((values, label.astype(np.float32)))
    return Problem(Columns(names, [], {}), "regression", 0, *parts)


def megabytes(models, columns, folder):
    """Return the size of the models, exported as one."""
    from modules.families.trees.forest import trees_model

    saved(trees_model(models, [1 / len(models)] * len(models)), columns, folder)
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def settings_of(leaves, rounds, *, seed=1, **changes):
    """Return settings by which all rounds are kept, or nearly all."""
    return {**SETTINGS, "learning_rate": 0.01, "leaves": leaves, "rounds": rounds, "seed": seed, **changes}


@pytest.mark.parametrize(
    ("columns", "leaves", "rounds", "parameters"),
    [
        *((5, 8, 900, {}), (10, 6, 500, {"extra_trees": True}), (10, 31, 300, {}), (30, 63, 250, {})),
        *((200, 6, 900, {}), (10, 16, 400, LINEAR), (30, 31, 100, LINEAR)),
    ],
)
def test_estimated_megabytes_are_about_those_of_the_exported_trees(columns, leaves, rounds, parameters, tmp_path):
    problem = wide_problem(columns)
    trained = training.train(problem, settings_of(leaves, rounds, parameters=parameters))
    assert megabytes([trained], problem.columns, tmp_path) == pytest.approx(trained.cost.megabytes, rel=0.25)


@pytest.mark.parametrize(("columns", "leaves", "rounds"), [(5, 8, 300), (10, 31, 300), (40, 31, 250)])
def test_estimate_of_several_fits_is_made_from_one_of_them(columns, leaves, rounds, tmp_path):
    problem = wide_problem(columns)
    fits = [training.retrain(problem, settings_of(leaves, 0, seed=seed), rounds) for seed in (1, 2, 3)]
    estimated = shape.cost_of([(fits[0].shape, 3.0)]).megabytes
    assert megabytes(fits, problem.columns, tmp_path) == pytest.approx(estimated, rel=0.25)


def test_models_of_one_size_of_words_share_their_tables(tmp_path):
    problem = wide_problem(10)
    fits = [
        training.train(problem, settings_of(leaves, 300, parameters=parameters))
        for leaves, parameters in ((31, {}), (28, {"feature_fraction": 0.9}), (6, {}), (31, LINEAR))
    ]
    estimated = shape.cost_of([(one.shape, 1.0) for one in fits]).megabytes
    assert megabytes(fits, problem.columns, tmp_path) == pytest.approx(estimated, rel=0.25)
    # The graph is there once, and models of the same thresholds take no more lines, but longer ones.
    sizes = [shape.cost_of([(fits[2].shape, 1.0)] * count).megabytes for count in (1, 2)]
    assert sizes[1] < 2 * sizes[0] - FOREST_GRAPH


@pytest.mark.parametrize("ranked", [False, True])
def test_categories_are_in_the_estimate(ranked, tmp_path):
    problem = problem_of("regression", 3000)
    trained = training.train(problem, settings_of(31, 500, ranked=ranked))
    assert trained.shape.has_sets is not ranked
    assert megabytes([trained], COLUMNS, tmp_path) == pytest.approx(trained.cost.megabytes, rel=0.25)


def test_explanations_are_in_the_estimate():
    problem = problem_of("regression", 1000)
    plain, explained = (training.train(problem, settings_of(8, 50, explain=explain)) for explain in (False, True))
    more = explained.cost.megabytes - plain.cost.megabytes
    assert more == pytest.approx(shape.EXPLAINED_LEAF_BYTES * plain.shape.leaves / 1e6)


@pytest.mark.parametrize("ranked", [False, True])
def test_shape_counts_what_the_trees_have(ranked):
    trained = training.train(problem_of("binary", 1000), settings_of(40, 20, ranked=ranked))
    trees = booster.read(trained.booster.model_to_string())
    found = trained.shape
    assert found.bits == leaf_tables.word_of(max(len(tree.leaves) for tree in trees))
    assert (found.trees, found.leaves) == (len(trees), sum(len(tree.leaves) for tree in trees))
    assert found.features == {int(feature) for tree in trees for feature in tree.feature}
    lines = set()
    for tree in trees:
        for node, feature in enumerate(tree.feature.tolist()):
            if tree.categorical[node]:
                lines |= {(feature, int(category)) for category in tree.categories(node)}
            else:
                lines.add((feature, float(leaf_tables.rounded_down(tree.threshold[node : node + 1])[0])))
    assert len(found.lines) == len(lines)


def test_shape_of_trees_without_a_split_has_no_lines():
    columns = Columns(["a_xf"], [], {})
    part = {"a_xf": np.zeros(50, np.float32)}, np.arange(50).astype(np.float32)
    trained = training.train(Problem(columns, "regression", 0, part, part), SETTINGS)
    assert len(trained.shape.lines) == 0
    assert 0 < trained.cost.megabytes < 0.2


def test_parts_of_a_model_cost_less_than_all_of_it():
    whole = training.train(wide_problem(10), settings_of(31, 300)).shape
    sizes = [shape.cost_of([(whole, times)]) for times in (0.5, 1.0, 1.5)]
    assert sizes[0].megabytes < sizes[1].megabytes < sizes[2].megabytes
    assert sizes[0].microseconds < sizes[1].microseconds < sizes[2].microseconds
    alike = replace(whole, explained=True)
    assert shape.cost_of([(alike, 1.0)]).megabytes > sizes[1].megabytes
