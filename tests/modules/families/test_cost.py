"""The estimated cost of serving a model."""

import pytest

from modules.families.cost import Cost, forest_cost, graph_megabytes, limit_of, linear_cost, network_cost
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
    assert limit_of(rows, COLUMNS).megabytes + graph_megabytes(COLUMNS) == megabytes


def test_default_limit_of_time_grows_with_the_columns():
    many = Columns([f"{place}_xf" for place in range(77)], [], {})
    assert limit_of(100, many).microseconds == limit_of(100, COLUMNS).microseconds + 75


def test_configured_limits_take_the_place_of_the_default_ones():
    assert limit_of(10**6, COLUMNS, 3.5, 0.25) == Cost(3.5, 0.25 - graph_megabytes(COLUMNS))


def test_graph_takes_a_part_of_the_limit_that_grows_with_columns_and_vocabularies():
    flagged, few, many = (
        Columns(["a_xf"], flags, sizes) for flags, sizes in [(["b_xf"], {}), ([], {"c_xf": 5}), ([], {"c_xf": 10**5})]
    )
    assert graph_megabytes(flagged) < graph_megabytes(COLUMNS) < graph_megabytes(few) < graph_megabytes(many)
    # What remains of a limit that the graph alone exceeds is next to nothing, but more than nothing.
    assert 0 < limit_of(100, many, None, 0.5).megabytes < 0.01


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
