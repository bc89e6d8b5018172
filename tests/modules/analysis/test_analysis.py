import numpy as np
import pytest

from modules.analysis.analysis import analyse, permuted_rows
from modules.analysis.importance import Measured
from modules.analysis.losses import losses
from modules.analysis.sample import Sample, shown
from penstock.core.documents.analysis import Analysis
from tests.modules.analysis.samples import METRICS, MODELS, sample


def analysed(task, **given):
    return analyse(sample(task=task, **given), MODELS[task], Measured(task, *METRICS[task], 3), 300)


@pytest.mark.parametrize("task", MODELS)
def test_analysis_of_each_task_can_be_written_and_read(task):
    found = analysed(task)
    assert Analysis.parse(found.text(), "here") == found
    assert (found.rows, found.of, found.permuted_rows, found.permutations) == (600, 5000, 300, 3)
    assert found.importance[0].columns == ("signal",)
    assert len(found.worst) == 20
    assert found.worst[0].loss == max(each.loss for each in found.worst)


def test_analysis_of_the_same_rows_is_the_same():
    assert analysed("binary").text() == analysed("binary").text()


def test_analysis_has_the_curves_of_the_task():
    binary, multiclass, regression = (analysed(task) for task in ("binary", "multiclass", "regression"))
    assert (len(binary.roc), len(binary.cuts), binary.residuals) == (1, 19, ())
    assert ([each.name for each in multiclass.roc], multiclass.cuts) == (["low", "middle", "high"], ())
    assert (regression.roc, sum(each.rows for each in regression.residuals)) == ((), 600)


def test_analysis_without_rows_or_with_predictions_that_are_no_numbers_says_so():
    measured = Measured("binary", "auc", True, 2)
    assert analyse(sample().first(0), MODELS["binary"], measured, 100).problem == "the split eval has no rows"
    found = analyse(sample(), lambda columns: np.full(len(columns["signal"]), np.nan), measured, 100)
    assert found.problem == "the model predicts values that are no numbers"


def test_analysis_of_rows_of_one_class_has_no_curves_and_no_importance():
    rows = sample()
    found = analyse(
        Sample(rows.columns, np.ones(len(rows)), of=600), MODELS["binary"], Measured("binary", "auc", True, 2), 100
    )
    assert (found.roc, found.importance, found.value) == ((), (), None)
    assert Analysis.parse(found.text(), "here") == found


@pytest.mark.parametrize(("columns", "rows"), [(10, 1000), (100, 200), (1000, 200)])
def test_wide_table_has_fewer_permuted_rows(columns, rows):
    assert permuted_rows(columns, 1000, 5) == rows


def test_few_rows_are_all_permuted():
    assert permuted_rows(100, 50, 5) == 50


@pytest.mark.parametrize(
    ("task", "labels", "scores", "expected"),
    [
        ("regression", [1.0, 2.0], [3.0, 2.0], [2.0, 0.0]),
        ("binary", [1.0, 0.0], [0.5, 0.0], [np.log(2), 0.0]),
        ("multiclass", [1.0, 9.0], [[0.5, 0.5], [0.5, 0.5]], [np.log(2), -np.log(1e-7)]),
    ],
)
def test_loss_of_each_task(task, labels, scores, expected):
    assert losses(task, np.array(labels), np.array(scores)) == pytest.approx(expected)


def test_value_is_shown_as_text_or_as_missing():
    rows = sample()
    assert shown(np.array([1.5, np.nan]), 0) == "1.5"
    assert shown(np.array([1.5, np.nan]), 1) is None
    assert shown(np.array([b"", b"\xff"], object), 0) is None
    assert shown(np.array([b"", b"\xff"], object), 1) == "�"
    assert shown(rows.columns["vector"], 0) == "3 numbers"


def test_analysis_of_a_wide_table_says_how_many_columns_were_permuted_once():
    rows = sample()
    columns = {**rows.columns, **{f"noise {n}": rows.columns["noise"][::-1].copy() for n in range(40)}}
    wide = Sample(columns, rows.labels, of=600, categorical=rows.categorical)
    found = analyse(wide, MODELS["binary"], Measured("binary", "auc", True, 3), 300)
    assert (len(found.importance), found.screened) == (46, 26)
    assert found.importance[0].columns == ("signal",)
    assert [each.interval is None for each in found.importance].count(True) == 26
    assert Analysis.parse(found.text(), "here") == found
    assert analysed("binary").screened == 0
