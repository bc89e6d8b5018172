from penstock.core.documents.data import DriftReport, SplitReport
from penstock.reports.run.document import Column, Data, Values
from penstock.reports.run.views.data import distances, notes, suspects, view
from tests.penstock.reports.conftest import Reader
from tests.penstock.reports.run.reports import bare, report


def test_columns_that_determine_the_label_are_suspects():
    assert suspects(report("x")) == [("x", "0.970")]
    assert suspects(bare()) is None


def test_rows_in_two_splits_are_counted_or_cannot_occur():
    assert "Duplicates across splits: 3 rows of eval are also in train, label included." in list(notes(report("x")))
    whole = bare(data=Data(split=SplitReport(by="features")))
    assert list(notes(whole))[1].startswith("Duplicates across splits: none")


def test_distances_above_their_thresholds_come_first():
    found = distances(report("x").data.drift)
    assert found.about.startswith("Drift is the distance of the training rows from those of version 1. Skew is")
    assert [row[:2] for row in found.rows] == [("x", "drift"), ("miles", "skew")]
    first = DriftReport(version=None, compared=False, fails=False, columns=())
    assert "no version was pushed before" in distances(first).about
    old = DriftReport(version=3, compared=False, fails=False, columns=())
    assert "version 3 has no statistics" in distances(old).about


def test_each_column_has_a_card_with_each_set_of_rows():
    page = view(report("x"))
    assert page.count('class="card"') == 2
    assert "distribution of miles" in page
    text = Reader(page).text
    for words in ("train", "eval", "version 1", "fails the run", "let through", "schema differs"):
        assert words in text


def test_data_of_a_run_that_failed_early_says_what_was_not_done():
    text = Reader(view(bare())).text
    for words in ("No statistics were computed", "not checked by its schema", "Not measured", "Not computed"):
        assert words in text


def test_card_shows_a_column_to_the_digit_of_the_least_deviation_in_all_sets_of_rows():
    year = {"least": 1999.0, "median": 2013.0, "greatest": 2024.0}
    values = (
        Values(rows="train", missing=0.0, mean=2013.7213, deviation=3.2145, **year),
        Values(rows="eval", missing=0.0, mean=2013.4, deviation=31.99, **year),
        Values(rows="version 1", missing=0.0, mean=7.0, deviation=0.0, least=7.0, median=7.0, greatest=7.0),
    )
    text = Reader(view(bare(data=Data(columns=(Column(name="year", kind="number", values=values),))))).text
    for shown in ("mean 2,013.72 2,013.40 7", "deviation 3.21 31.99 0", "least 1,999 1,999 7"):
        assert shown in text
