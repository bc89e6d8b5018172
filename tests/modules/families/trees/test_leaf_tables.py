"""Trees as tables of bits: each value of each column leaves the right leaf of each tree."""

import lightgbm
import numpy as np
import pytest

from modules.families.trees import booster, leaf_tables

SIZE = 300


def scored(tables, matrix, units):
    """Return the sums of the leaves that the tables leave, worked out by numpy."""
    total = np.zeros((len(matrix), units))
    for group, (first, last) in enumerate(zip(tables.groups[:-1], tables.groups[1:], strict=True)):
        reached = np.tile(tables.starts[group], (len(matrix), 1))
        for feature, start in tables.pairs[first:last]:
            values = matrix[:, feature]
            if feature in tables.edges:
                edges = tables.edges[feature]
                bins = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values))
            else:
                bins = np.where((values >= 0) & (values < SIZE), values, SIZE).astype(int)
            reached &= tables.table[tables.lookups[start + bins]]
        unsigned = reached.view(f"uint{tables.word}")
        for column in range(reached.shape[1]):
            bits = [format(value, "b").count("1") for value in unsigned[:, column]]
            assert max(bits) <= 1
            places = [int(value).bit_length() - 1 if value else tables.word for value in unsigned[:, column]]
            total[:, tables.units[group, column]] += tables.values[group, column][places]
    return total


def owners(model, units=1):
    return [number % units for number in range(model.num_trees())]


def model_of(objective, leaves, rounds=12, **parameters):
    draw = np.random.default_rng(2)
    matrix = draw.normal(size=(3000, 5)).astype(np.float32)
    matrix[:, 1] = draw.integers(0, SIZE - 20, 3000)
    matrix[draw.random(3000) < 0.2, 0] = np.nan
    matrix[draw.random(3000) < 0.2, 2] = 0
    value = np.nan_to_num(matrix[:, 0]) + matrix[:, 1] % 3 + matrix[:, 2] * matrix[:, 3]
    labels = {"regression": value, "binary": value > 1, "multiclass": np.digitize(value, [0, 2])}[objective]
    parameters = {
        "objective": objective, "num_leaves": leaves, "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 2,
        "min_data_per_group": 5, "cat_smooth": 1, **parameters,
        **({"num_class": 3} if objective == "multiclass" else {}),
    }  # fmt: skip
    data = lightgbm.Dataset(matrix, labels.astype(np.float32), categorical_feature=[1], params=parameters)
    model = lightgbm.train(parameters, data, rounds)
    edge = matrix[:4].copy()
    edge[:, 1] = [SIZE - 1, SIZE + 5, -1, 0]
    edge[:, 0] = [np.nan, 3e38, -3e38, 0]
    return model, np.concatenate([matrix[:200], edge])


@pytest.mark.parametrize(
    ("objective", "leaves", "word"),
    [
        *(("binary", 7, 8), ("regression", 8, 8), ("multiclass", 9, 16), ("regression", 16, 16), ("binary", 17, 32)),
        *(("regression", 32, 32), ("regression", 33, 64), ("regression", 200, 64), ("multiclass", 40, 64)),
    ],
)
def test_tables_score_as_lightgbm_does(objective, leaves, word):
    model, matrix = model_of(objective, leaves)
    units = 3 if objective == "multiclass" else 1
    tables = leaf_tables.leaf_tables(booster.read(model.model_to_string()), {1: SIZE}, owners(model, units))
    assert tables.word == word
    expected = model.predict(matrix, raw_score=True).reshape(-1, units)
    np.testing.assert_allclose(scored(tables, matrix, units), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("parameters", [{"zero_as_missing": True}, {"use_missing": False}])
def test_what_counts_as_missing_is_in_the_tables(parameters):
    model, matrix = model_of("regression", 20, **parameters)
    tables = leaf_tables.leaf_tables(booster.read(model.model_to_string()), {1: SIZE}, owners(model))
    np.testing.assert_allclose(scored(tables, matrix, 1)[:, 0], model.predict(matrix), rtol=1e-9)


@pytest.mark.parametrize("objective", ["regression", "multiclass"])
def test_large_table_is_cut_into_groups_of_trees(objective, monkeypatch):
    model, matrix = model_of(objective, 31, rounds=11)
    trees, units = booster.read(model.model_to_string()), 3 if objective == "multiclass" else 1
    monkeypatch.setattr(leaf_tables, "TABLES_AND_LINES", ((2_000, 0),))
    tables = leaf_tables.leaf_tables(trees, {1: SIZE}, owners(model, units))
    assert len(tables.groups) > 3
    expected = model.predict(matrix, raw_score=True).reshape(-1, units)
    np.testing.assert_allclose(scored(tables, matrix, units), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("size", "line", "is_split"),
    [(1e6, 1e6, False), (2e6, 240, True), (2e6, 200, False), (7e6, 120, True), (7e6, 100, False)],
)
def test_tables_are_split_down_to_lines_that_are_not_too_short(size, line, is_split):
    assert leaf_tables.is_split(size, line) is is_split


def test_forest_without_a_split_is_a_constant():
    data = lightgbm.Dataset(np.zeros((20, 1)), np.arange(20.0))
    model = lightgbm.train({"objective": "regression", "verbosity": -1, "num_threads": 1}, data, 2)
    tables = leaf_tables.leaf_tables(booster.read(model.model_to_string()), {}, owners(model))
    assert scored(tables, np.zeros((3, 1)), 1).tolist() == [[9.5]] * 3


@pytest.mark.parametrize("threshold", [0.1, 1e-35, -0.3, 1e300, -1e300, 16777217.0, 0.0, 1.0])
def test_threshold_as_float32_parts_values_as_it_does_in_full(threshold):
    [edge] = leaf_tables.rounded_down(np.array([threshold]))
    near = np.float32(np.clip(threshold, -3.4e38, 3.4e38))
    for value in (near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))):
        assert (value <= edge) == (float(value) <= threshold)
