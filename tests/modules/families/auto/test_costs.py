"""What fitting and saving are foretold to take."""

import pytest

from modules.families.auto.costs import MOST_LIMIT, limit_of, network_of, saving_of
from modules.families.problem import Columns

FEW = Columns(["a_xf"], ["a_xf_missing"], {}, {})
WIDE = Columns([f"n{number}_xf" for number in range(2_000)], [], {})


@pytest.mark.parametrize(
    ("rows", "seconds"), [(1, 13), (150, 14), (1797, 22), (10_030, 63), (100_000, 513), (10**6, 600), (10**9, 600)]
)
def test_time_goes_by_the_number_of_rows(rows, seconds):
    assert round(limit_of(rows, FEW, 0)) == seconds


def test_time_grows_with_columns_and_classes_and_holds_the_saving():
    assert limit_of(600, WIDE, 20) > limit_of(600, WIDE, 2) > limit_of(600, FEW, 2)
    assert limit_of(600, WIDE, 0) - limit_of(600, FEW, 0) > saving_of(WIDE) - saving_of(FEW)
    assert limit_of(10**9, WIDE, 20) == pytest.approx(MOST_LIMIT + saving_of(WIDE) - saving_of(Columns([], [], {})))


def test_network_costs_more_the_more_categories_it_embeds():
    categories = Columns([], [], {f"c{number}_xf": 10 for number in range(30)})
    assert network_of(categories) > 2 * network_of(FEW)
