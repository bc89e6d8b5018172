import pytest

from penstock.core.documents.analysis import Analysis, Condition
from penstock.reports.run.views.analysis import condition, cost, cut_rows, sampled, worst
from tests.penstock.reports.run.reports import analysis


def test_cost_counts_both_errors_and_the_least_one_is_bold():
    cuts = analysis().cuts
    assert [cost(cut, (1, 8)) for cut in cuts] == [700, 1250]
    low, high = cut_rows(cuts, (1, 8))
    assert low == ["0.25", "0.571", "0.889", "70.0 %", "<strong>700</strong>"]
    assert high[-1] == "1,250"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Condition(column="x", missing=True), "x is missing"),
        (Condition(column="x", category="a"), "x is a"),
        (Condition(column="x", high=2.0), "x is less than 2"),
        (Condition(column="x", low=2.0), "x is at least 2"),
        (Condition(column="x", low=1.0, high=2.0), "x is from 1 to below 2"),
    ],
)
def test_condition_is_in_words(found, words):
    assert condition(found) == words


def test_sample_is_stated():
    assert sampled(analysis()) == "2,000 of the 5,000 rows of eval were sampled and scored."
    assert sampled(Analysis(rows=5, of=5)) == "All 5 rows of eval were scored."
    said = "All 5 rows of eval were scored. Each row counts once, whatever its weight."
    assert sampled(Analysis(rows=5, of=5, weighted=True)) == said


def test_worst_rows_show_the_most_important_columns():
    many = {f"c{n}": "1" for n in range(30)}
    row = analysis("x").worst[0].model_copy(update={"values": {**many, "miles": None, "x": "2"}})
    found = worst(analysis("x").model_copy(update={"worst": (row,)}))
    assert found["headings"][3:6] == ["x", "miles", "c0"]
    assert found["about"] == "The 10 most important of 32 columns are shown."
