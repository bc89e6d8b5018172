"""Probes of a monotonic constraint."""

import numpy as np
import pytest

from modules.monotonicity import PROBES, grid_of, probed, sizes, spread_rows

VALUES = np.array([3.0, np.nan, -1.0, 7.0, 3.0])
ROWS = {"miles": VALUES, "zone": np.array(["a", "b", "a", "b", ""], object)}


@pytest.mark.parametrize("whole", [True, False])
def test_grid_rises_over_the_values_between_them_and_beyond(whole):
    grid = grid_of(VALUES, 100, whole=whole)
    assert (np.diff(grid) > 0).all()
    assert {-1.0, 3.0, 7.0} <= set(grid.tolist())
    assert grid[0] <= -81
    assert grid[-1] >= 87
    assert bool((grid == grid.round()).all()) is whole
    assert whole or len(grid) >= 100


def test_column_without_a_value_has_no_grid():
    assert len(grid_of(np.array([np.nan]), 100, whole=False)) == 0


def rising(columns):
    return np.tanh(columns["miles"]) + (columns["zone"] == "a")


def dented(columns):
    miles = columns["miles"]
    return miles - 3 * ((miles > 4) & (columns["zone"] == "b"))


@pytest.mark.parametrize(
    ("predict", "direction", "broken"),
    [(rising, "increasing", False), (rising, "decreasing", True), (dented, "increasing", True)],
)
def test_prediction_against_the_direction_is_counted_with_its_place(predict, direction, broken):
    grid = grid_of(VALUES, 50, whole=False)
    found = probed(predict, ROWS, "miles", grid, direction)
    assert found.probes == 5 * (len(grid) - 1)
    assert (found.violations > 0) is broken
    if predict is dented:
        # Once in each of two rows.
        assert found.violations == 2
        assert found.between[0] <= 4 < found.between[1]
        assert ROWS["zone"][found.row] == "b"


def test_rounding_of_a_prediction_is_no_violation():
    found = probed(lambda rows: 1 - 1e-7 * rows["miles"], ROWS, "miles", np.arange(3.0), "increasing")
    assert found.violations == 0


@pytest.mark.parametrize(("rows", "columns"), [(10, 1), (5_000, 1), (5_000, 3), (1_000_000, 40)])
def test_all_columns_together_have_enough_probes(rows, columns):
    chosen, values = sizes(rows, columns)
    assert chosen <= rows
    assert chosen * (values - 1) * columns >= PROBES
    assert len(spread_rows(rows, chosen)) == chosen
