from penstock.core.documents.analysis import Analysis
from penstock.core.documents.training import Curves, Epoch
from penstock.reports.run.views.model import confusion, leaderboard, slices, trials, view
from tests.penstock.reports.conftest import Reader
from tests.penstock.reports.run.reports import bare, report, verdict


def test_tables_of_training_and_errors():
    whole = report("x")
    assert leaderboard(whole.leaderboard).rows[-1][:2] == ["x", "left out: x"]
    assert trials(whole.trials).headings == ["Trial", "x", "Passes", "Seconds", "Validation loss"]
    assert confusion(whole.verdict.confusion).headings == ["Label", "as 0", "as x", "as all others", "Right"]
    columns = dict(slices(verdict("x"), "auc"))
    assert columns["hour"][0][:3] == ["10", "60", "0.9000"]


def test_losses_without_numbers_are_not_drawn():
    assert "Loss by epoch" in view(report("x"))
    assert "Loss by epoch" not in view(report("x", curves=Curves(epochs=(Epoch(epoch=1),))))


def test_model_that_was_not_analysed_says_so_or_why():
    assert "There is no analysis of the model" in Reader(view(bare())).text
    text = Reader(view(bare(analysis=Analysis(problem="no model")))).text
    assert "This part cannot be shown: no model" in text
