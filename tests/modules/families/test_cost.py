"""The estimated cost of serving a model."""

import pytest

from modules.families.cost import Cost, default_limit, forest_cost, linear_cost, network_cost
from modules.families.problem import Columns

COLUMNS = Columns(["a_xf", "b_xf"], [], {})


def test_costs_are_added_and_multiplied():
    assert Cost(1, 2) + Cost(3, 4) == Cost(4, 6)
    assert Cost(1, 2) * 5 == Cost(5, 10)


@pytest.mark.parametrize(("cost", "fits"), [(Cost(1, 1), True), (Cost(2, 1), False), (Cost(1, 2), False)])
def test_cost_has_to_fit_in_time_and_in_size(cost, fits):
    assert cost.fits(Cost(1, 1)) is fits


@pytest.mark.parametrize(("rows", "megabytes"), [(100, 10), (50_000, 10), (200_000, 40)])
def test_default_limit_of_size_grows_beyond_50_000_rows(rows, megabytes):
    assert default_limit(rows, 5) == Cost(default_limit(1, 5).microseconds, megabytes)


def test_default_limit_of_time_grows_with_the_columns():
    assert default_limit(100, 80).microseconds == default_limit(100, 5).microseconds + 75


def test_configured_limits_take_the_place_of_the_default_ones():
    assert default_limit(10**6, 9, 3.5, 0.25) == Cost(3.5, 0.25)


def test_larger_models_cost_more():
    assert forest_cost(10, 32, 5, 1e6).microseconds < forest_cost(10, 32, 50, 1e6).microseconds
    assert forest_cost(10, 8, 5, 1e6).microseconds < forest_cost(10, 32, 5, 1e6).microseconds
    assert linear_cost(COLUMNS, 10).megabytes < linear_cost(COLUMNS, 1000).megabytes
    embedded, dense = network_cost(COLUMNS, 10_000, 9_000), network_cost(COLUMNS, 10_000, 0)
    assert embedded.microseconds < dense.microseconds
    assert embedded.megabytes == dense.megabytes


def test_network_costs_more_the_more_numbers_it_encodes():
    few, many = (network_cost(Columns([f"{place}" for place in range(count)], [], {}), 10_000, 0) for count in (5, 50))
    assert few.microseconds < many.microseconds
    assert few.megabytes == many.megabytes
