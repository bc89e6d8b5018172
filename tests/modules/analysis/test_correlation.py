import numpy as np
import pytest

from modules.analysis.correlation import cramers_v, groups, with_label
from tests.modules.analysis.samples import sample

random = np.random.default_rng(5)


def test_correlated_columns_are_a_group_and_others_are_not():
    assert groups(sample().viewed) == [("signal", "copy")]


def test_category_that_follows_from_another_is_in_its_group():
    city = random.integers(0, 4, 500)
    columns = {
        "city": np.array([f"c{each}".encode() for each in city], object),
        "state": np.array([f"s{each // 2}".encode() for each in city], object),
        "other": np.array([f"o{each}".encode() for each in random.integers(0, 4, 500)], object),
    }
    assert groups(columns) == [("city", "state")]


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows_have_no_groups(rows):
    assert groups(sample().first(rows).viewed) == []


def test_constant_and_missing_columns_have_no_group():
    columns = {"constant": np.ones(50), "missing": np.full(50, np.nan), "number": random.normal(size=50)}
    assert groups(columns) == []


def test_v_of_the_same_column_is_one_and_of_independent_ones_nearly_zero():
    one, other = random.integers(0, 4, 2000), random.integers(0, 4, 2000)
    assert cramers_v(one, one) == pytest.approx(1.0)
    assert cramers_v(one, other) < 0.05
    assert cramers_v(one, np.zeros(2000, int)) == 0.0


def test_association_with_the_label_is_that_of_a_leak():
    rows = sample()
    columns = {**rows.viewed, "leak": rows.labels * 2.0}
    found = with_label(columns, rows.labels, "binary")
    assert found["leak"] > 0.95
    assert found["noise"] < 0.3
    assert "vector" not in found
    assert with_label({"few": np.ones(3)}, np.ones(3), "binary") == {}
