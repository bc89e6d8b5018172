"""Probes of a monotonic constraint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.monotonicity import Span, grid_of, plans, probed, spread_rows
from penstock.core.documents.monotonicity import OF_EACH, PROBES

VALUES = np.array([3.0, np.nan, -1.0, 7.0, 3.0])
ROWS = {"miles": VALUES, "zone": np.array(["a", "b", "a", "b", ""], object)}


def grid(values, count, *, whole, least=0):
    return grid_of(Span.of(values, whole=whole), values, count, least=least)


@pytest.mark.parametrize("whole", [True, False])
def test_grid_rises_over_the_values_between_them_and_beyond(whole):
    found = grid(VALUES, 100, whole=whole)
    assert (np.diff(found) > 0).all()
    assert {-1.0, 3.0, 7.0} <= set(found.tolist())
    assert found[0] <= -81
    assert found[-1] >= 87
    assert bool((found == found.round()).all()) is whole
    assert whole or len(found) >= 100
    # Every whole number of the range, and the four beyond.
    assert not whole or len(found) == 9 + 4


def test_whole_numbers_that_are_lacking_are_the_nearest_ones_beyond_the_range():
    assert grid(np.arange(7.0), 100, whole=True, least=15).tolist() == [-60, -6, *range(-2, 9), 12, 66]


def test_column_without_a_value_has_no_probe():
    found = plans({"empty": (np.full(50, np.nan), False), "x": (np.arange(50.0), False)})
    assert (found["empty"].probes, found["empty"].rows) == (0, 0)
    # The others have its share.
    assert found["x"].probes >= PROBES


RANDOM = np.random.default_rng(5)
TABLES = {
    "an integer column of 7 values": (4_974, RANDOM.integers(0, 7, 4_974), True),
    "integers from 0 to 99": (4_974, RANDOM.integers(0, 100, 4_974), True),
    "a flag": (4_974, RANDOM.integers(0, 2, 4_974), True),
    "a constant integer": (4_974, np.full(4_974, 3), True),
    "a constant number": (4_974, np.full(4_974, 0.5), False),
    "a constant that is large for float32": (4_974, np.full(4_974, 1.6e9), False),
    "numbers that float32 hardly separates": (500, 1.6e9 + RANDOM.random(500) * 300, False),
    "the greatest numbers": (500, RANDOM.random(500) * 3.4e38, False),
    "the greatest integers": (500, 2.0**62 + RANDOM.integers(0, 2**40, 500), True),
    "few rows of a number": (3, np.array([1.0, 2.0, 2.5]), False),
    "few rows of a wide integer": (3, np.array([1.0, 2e6, 3e6]), True),
    "a skewed integer": (2_000, RANDOM.geometric(0.7, 2_000), True),
}


@pytest.mark.parametrize(("rows", "values", "whole"), TABLES.values(), ids=TABLES)
def test_column_by_itself_has_100_000_probes(rows, values, whole):
    plan = plans({"x": (values.astype(float), whole)})["x"]
    assert plan.rows <= rows
    assert plan.probes >= PROBES
    assert (np.diff(plan.grid) > 0).all()
    assert np.isfinite(plan.grid.astype(np.float32)).all()


def test_integers_of_few_rows_have_as_many_probes_as_there_are_values():
    plan = plans({"x": (np.arange(7.0), True)})["x"]
    # 0 to 6 and 100 on each side, in all of seven rows.
    assert (plan.rows, plan.grid.tolist()) == (7, list(range(-100, 107)))
    assert plan.probes == 7 * 206


def test_probes_that_one_column_cannot_have_are_those_of_another():
    few = np.full(300, np.nan)
    few[:200] = RANDOM.integers(0, 3, 200)
    found = plans({"few": (few, True), "x": (RANDOM.normal(size=300), False)})
    assert OF_EACH <= found["few"].probes < PROBES // 2 + 300 * 203
    assert found["few"].probes + found["x"].probes >= PROBES


columns = st.lists(
    st.tuples(
        st.sampled_from(["whole", "number", "constant", "empty"]),
        st.integers(-(10**6), 10**6),
        st.integers(1, 10**5),
        st.integers(0, 2**32 - 1),
    ),
    min_size=1,
    max_size=12,
)


def drawn(kind, low, width, seed, rows):
    """Return a generated column with a tenth of its values missing, and whether it has whole numbers."""
    random = np.random.default_rng(seed)
    whole = kind == "whole" or (kind == "constant" and seed % 2 == 0)
    values = low + (random.integers(0, width, rows) if whole else random.random(rows) * width)
    values = np.full(rows, float(low)) if kind == "constant" else values.astype(float)
    values[random.random(rows) < (1.0 if kind == "empty" else 0.1)] = np.nan
    return values, whole


@given(columns, st.integers(1, 3_000))
def test_each_column_and_all_together_have_enough_probes_where_rows_and_values_allow_it(kinds, rows):
    table = {str(place): drawn(*each, rows) for place, each in enumerate(kinds)}
    found = plans(table)
    possible = {}
    for name, (values, whole) in table.items():
        known = values[np.isfinite(values)]
        if not len(known):
            possible[name] = 0
            continue
        width = known.max() - known.min()
        possible[name] = rows * int(width + 2 * max(10 * width, 100)) if whole else 10**9
    for name, plan in found.items():
        assert plan.rows <= rows
        assert len(spread_rows(rows, plan.rows)) == plan.rows
        assert plan.probes >= min(possible[name], OF_EACH)
        assert (np.diff(plan.grid) > 0).all()
    assert sum(plan.probes for plan in found.values()) >= min(sum(possible.values()), PROBES)


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
    values = grid(VALUES, 50, whole=False)
    found = probed(predict, ROWS, "miles", values, direction)
    assert found.probes == 5 * (len(values) - 1)
    assert (found.violations > 0) is broken
    if predict is dented:
        # Once in each of two rows.
        assert found.violations == 2
        assert found.between[0] <= 4 < found.between[1]
        assert ROWS["zone"][found.row] == "b"


def test_rounding_of_a_prediction_is_no_violation():
    found = probed(lambda rows: 1 - 1e-7 * rows["miles"], ROWS, "miles", np.arange(3.0), "increasing")
    assert found.violations == 0


def test_prediction_that_is_no_number_is_a_violation_and_two_infinite_ones_are_none():
    def overflowing(rows):
        return np.where(rows["miles"] > 1, np.inf, rows["miles"])

    def undefined(rows):
        return np.where(rows["miles"] > 1, np.nan, rows["miles"])

    assert probed(overflowing, ROWS, "miles", np.arange(4.0), "increasing").violations == 0
    found = probed(undefined, ROWS, "miles", np.arange(4.0), "increasing")
    assert (found.violations, found.largest, found.between) == (10, np.inf, (1.0, 2.0))


def test_fall_from_one_infinity_to_the_other_is_a_violation():
    found = probed(
        lambda rows: np.where(rows["miles"] > 1, -np.inf, np.inf), ROWS, "miles", np.arange(3.0), "increasing"
    )
    assert (found.violations, found.between) == (5, (1.0, 2.0))


@pytest.mark.parametrize("unit", [1e-12, 1e-8, 1.0, 1e8])
def test_unit_of_the_label_does_not_hide_a_fall(unit):
    falling = probed(lambda rows: unit * (5 - rows["miles"]), ROWS, "miles", np.arange(3.0), "increasing")
    assert falling.violations == 10
    flat = probed(lambda rows: unit * (1 - 1e-8 * rows["miles"]), ROWS, "miles", np.arange(3.0), "increasing")
    assert flat.violations == 0


def test_long_grid_is_predicted_in_parts_and_no_pair_is_left_out():
    sizes, values = [], np.arange(20_000.0)

    def predict(rows):
        sizes.append(len(rows["miles"]))
        # It falls once, between the last value of the first part and the next one, and rises else.
        return rows["miles"] - np.where(rows["miles"] > 8191, 100.0, 0.0)

    found = probed(predict, {name: column[:2] for name, column in ROWS.items()}, "miles", values, "increasing")
    assert (found.violations, found.probes, found.between) == (2, 2 * 19_999, (8191.0, 8192.0))
    assert max(sizes) <= 8192
