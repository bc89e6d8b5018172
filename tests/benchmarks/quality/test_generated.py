"""The tables that are measured: known, drawn from a seed, and of the structure that they are said to have."""

import functools

import numpy as np
import pytest

from benchmarks.quality import generated
from benchmarks.quality.packaged import ORIGINS
from benchmarks.quality.tables import EVERY, TABLES
from benchmarks.systems import PROJECT

made = functools.cache(lambda name: TABLES[name]())
RIDES = PROJECT / "data" / "taxi" / "trips.csv"
# Tables of packages need the environment of AutoGluon.
HERE = [name for name in TABLES if name not in ORIGINS and (name != "taxi" or RIDES.is_file())]


@pytest.mark.parametrize("name", HERE)
def test_table_has_its_name_its_roles_and_a_whole_label(name):
    table = made(name)
    assert table.name == name
    assert [*table.roles, table.label] == table.rows.column_names
    assert table.rows[table.label].null_count == 0
    assert table.about[0].islower() or table.about.startswith("Chicago")


@pytest.mark.parametrize("name", ["interactions", "categories", "missing", "text", "imbalance", "friedman"])
def test_generated_table_is_reproducible_and_large_enough_for_a_stable_metric(name):
    assert 3_000 <= made(name).rows.num_rows <= 20_000
    assert TABLES[name]().rows.equals(made(name).rows)


@pytest.mark.parametrize("name", ["interactions", "categories", "text", "imbalance"])
def test_best_possible_answer_of_a_generated_table_is_good_and_not_perfect(name):
    from sklearn.metrics import roc_auc_score

    table = made(name)
    assert 0.85 < roc_auc_score(table.rows[table.label].to_numpy(), table.truth) < 0.95


def test_interactions_have_no_column_that_predicts_alone():
    frame = made("interactions").frame()
    correlations = frame.corr()["label"].drop("label").abs()
    assert correlations.max() < 0.05


def test_regression_is_mostly_known_from_its_columns():
    table = made("regression")
    noise = table.rows["label"].to_numpy() - table.truth
    assert noise.std() == pytest.approx(0.5, rel=0.02)
    assert table.truth.std() > 1


def test_categories_have_thousands_of_values():
    assert made("categories").frame()[["shop", "product"]].nunique().min() > 2_000


def test_missing_values_are_three_fifths_and_the_greater_ones():
    frame = made("missing").frame().drop(columns="label")
    assert frame.isna().to_numpy().mean() == pytest.approx(0.6, abs=0.01)
    assert frame.mean().max() < -0.3


def test_imbalance_is_one_in_a_hundred():
    assert made("imbalance").frame()["label"].mean() == pytest.approx(0.01, abs=0.001)


def test_noise_of_the_regression_is_one():
    table = made("friedman")
    assert np.std(table.rows["label"].to_numpy() - table.truth) == pytest.approx(1, abs=0.05)


def test_generated_table_can_be_of_another_size():
    assert generated.interactions(100).rows.num_rows == 100


def test_wide_table_has_half_as_many_columns_as_rows_and_is_measured_by_its_limit_only():
    rows = EVERY["wide"]().rows
    assert (rows.num_rows, rows.num_columns) == (600, 301)
    assert set(EVERY) - set(TABLES) == {"wide"}
