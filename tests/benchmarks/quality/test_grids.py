"""The tables of the page, from results that can be computed by hand."""

import pytest

from benchmarks.quality import grids
from tests.benchmarks.quality.figures import results


def rows_of(text: str, table: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if f"| {table} " in line
    ]


@pytest.mark.parametrize(("table", "best"), [("taxi", "**0.9600**"), ("iris", "**0.2000**"), ("diabetes", "**60.00**")])
def test_best_measured_score_is_bold_and_the_best_possible_one_is_not(table, best):
    [cells] = rows_of(grids.scores(results()), table)
    assert [cell for cell in cells if cell.startswith("**")] == [best]


def test_second_metric_has_no_bold_score():
    text = grids.second_metrics(results())
    assert "**" not in text
    assert [rows_of(text, table)[0][1] for table in ("taxi", "iris", "diabetes")] == [
        "average precision",
        "accuracy",
        "MAE",
    ]


def test_times_are_those_of_fitting_saving_and_scoring():
    found = rows_of(grids.times(results()), "taxi")
    assert [{cell for cell in cells[1:] if cell} for cells in found] == [{"2.00"}, {"1.00"}, {"12.5"}]


def test_choice_of_auto_is_left_out_where_it_was_not_measured():
    found = results()
    found.measurements = [entry for entry in found.measurements if entry["model"] != "auto"]
    assert grids.chosen(found) == ""
