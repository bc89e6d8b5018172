"""The settings that `auto` draws."""

import numpy as np
import pytest

from modules.families.neural.network import shape_of
from modules.families.neural.search_space import (
    ACTIVATIONS,
    BEST_SHARE,
    LINEAR_SHARE,
    NARROW,
    WIDTHS,
    crossover,
    first_settings,
    sample_settings,
    used,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("family", ["trees", "neural"])
def test_same_seed_samples_the_same_settings_and_each_sample_differs(family):
    first, again = (
        [sample_settings(family, rng, 1000) for _ in range(20)] for rng in map(np.random.default_rng, (5, 5))
    )
    assert first == again
    assert len({str(settings) for settings in first}) == 20


@pytest.mark.parametrize("rows", [20, 150, 10_000, 10**7])
def test_settings_of_trees_stay_within_what_suits_the_rows(rows):
    rng = np.random.default_rng(1)
    for _ in range(200):
        settings = sample_settings("trees", rng, rows)
        assert 3 <= settings["leaves"] <= max(8, min(rows // 100, 255))
        assert 0.02 <= settings["learning_rate"] <= 0.12
        parameters = settings["parameters"]
        assert 1 <= parameters["min_data_in_leaf"] <= max(5, rows / 20 + 1)
        assert all(0 < parameters[name] <= 1 for name in ("feature_fraction", "bagging_fraction"))


def test_settings_of_networks_are_of_shapes_that_can_be_built():
    rng = np.random.default_rng(1)
    for _ in range(50):
        settings = sample_settings("neural", rng, 1000)
        shape = shape_of(settings)
        assert 1 <= len(shape.hidden) <= 3
        assert shape.hidden[0] in WIDTHS
        assert 0 <= shape.dropout <= 0.4
        assert shape.activation in ACTIVATIONS
        assert 0.5 <= shape.embedding_scale <= 2


def test_crossover_has_settings_of_the_best_and_new_ones():
    rng = np.random.default_rng(1)
    best, fresh = (sample_settings("trees", rng, 1000) for _ in range(2))
    best["parameters"].pop("lambda_l2")
    children = [crossover(fresh, best, rng) for _ in range(200)]
    for child in children:
        assert set(child) == set(fresh)
        assert child["learning_rate"] in (best["learning_rate"], fresh["learning_rate"])
    kept = [child["parameters"]["cat_smooth"] == best["parameters"]["cat_smooth"] for child in children]
    assert np.mean(kept) == pytest.approx(BEST_SHARE, abs=0.1)


def test_setting_that_the_best_lacks_is_new_or_left_out_and_a_seed_is_new():
    rng = np.random.default_rng(1)
    trees, network = (sample_settings(family, rng, 1000) for family in ("trees", "neural"))
    children = [crossover(trees, {"leaves": 9, "parameters": {}}, rng) for _ in range(200)]
    assert {child["leaves"] for child in children} == {9, trees["leaves"]}
    assert all(child["parameters"].items() <= trees["parameters"].items() for child in children)
    assert np.mean(["learning_rate" in child for child in children]) == pytest.approx(1 - BEST_SHARE, abs=0.1)
    children = [crossover(network, {"seed": 5}, rng) for _ in range(200)]
    assert {child["seed"] for child in children} == {network["seed"]}
    assert all(child.items() <= network.items() for child in children)
    assert np.mean(["width" in child for child in children]) == pytest.approx(1 - BEST_SHARE, abs=0.1)


def test_family_without_settings_is_refused():
    with pytest.raises(ValueError, match="linear"):
        sample_settings("linear", np.random.default_rng(1), 100)


def test_table_without_categories_gets_no_settings_of_categories():
    settings = sample_settings("trees", np.random.default_rng(1), 1000, categories=False)
    assert "ranked" not in settings
    assert not {"cat_smooth", "cat_l2", "min_data_per_group"} & set(settings["parameters"])
    with_them = sample_settings("trees", np.random.default_rng(1), 1000)["parameters"]
    assert {"cat_smooth", "cat_l2", "min_data_per_group"} < set(with_them)
    assert not any("ranked" in one for one in first_settings("trees", 1000, columns=9, categories=False))


@pytest.mark.parametrize("family", ["linear", "trees", "neural"])
def test_first_settings_are_those_of_the_configuration_but_for_the_activation(family):
    expected = {"activation": "gelu"} if family == "neural" else {}
    assert first_settings(family, 1000, columns=9, categories=True)[0] == expected


def test_linear_leaves_are_tried_where_they_are_possible_alone():
    for linear in (False, True):
        tried = first_settings("trees", 1000, columns=9, categories=True, linear=linear)
        assert any("linear_tree" in one.get("parameters", {}) for one in tried) is linear
        rng = np.random.default_rng(1)
        sampled = [sample_settings("trees", rng, 1000, linear=linear)["parameters"] for _ in range(200)]
        share = np.mean([one.get("linear_tree", False) for one in sampled])
        assert share == pytest.approx(LINEAR_SHARE * linear, abs=0.1)


def test_constant_leaves_have_no_settings_of_linear_ones():
    parameters = {"linear_lambda": 2.0, "lambda_l2": 1.0}
    assert used({"leaves": 5, "parameters": {**parameters, "linear_tree": False}}) == {
        "leaves": 5,
        "parameters": {"lambda_l2": 1.0},
    }
    assert used({"parameters": {**parameters, "extra_trees": True}}, ["extra_trees"]) == {
        "parameters": {"lambda_l2": 1.0}
    }
    kept = {"leaves": 5, "parameters": {**parameters, "linear_tree": True}}
    assert used(kept) == kept
    assert used({"width": 96}) == {"width": 96}


@pytest.mark.parametrize(("columns", "is_narrow"), [(NARROW, True), (NARROW + 1, False)])
def test_trees_of_a_narrow_table_see_most_of_its_columns(columns, is_narrow):
    every = first_settings("trees", 1000, columns=columns, categories=True)
    assert ({"ranked": True} not in every) is is_narrow
