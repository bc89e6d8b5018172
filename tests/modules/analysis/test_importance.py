import numpy as np
import pytest

from modules.analysis.importance import Measured, importance
from tests.modules.analysis.samples import METRICS, MODELS, sample


def of(task, *wanted, rows=400):
    measured = Measured(task, *METRICS[task], 5)
    return importance(sample(rows, task), MODELS[task], measured, wanted)


@pytest.mark.parametrize("task", MODELS)
def test_column_that_decides_is_important_and_one_that_is_not_read_is_not(task):
    signal, noise = of(task, ["noise"], ["signal"])
    assert (signal.columns, noise.columns) == (("signal",), ("noise",))
    assert signal.loss - signal.interval > 0
    assert (noise.loss, noise.interval) == (0, 0)


def test_columns_of_a_group_are_permuted_together():
    both = {"signal", "copy"}

    def either(columns):
        return 1 / (1 + np.exp(-2 * (columns["signal"] + columns["copy"])))

    found = importance(sample(), either, Measured("binary", "auc", True, 5), [["signal"], ["copy"], sorted(both)])
    assert set(found[0].columns) == both
    assert found[0].loss > 2 * found[1].loss


def test_importance_covers_that_of_more_rows():
    few, many = of("binary", ["signal"], rows=300)[0], of("binary", ["signal"], rows=20_000)[0]
    assert abs(few.loss - many.loss) <= few.interval


def test_too_few_rows_have_no_interval():
    assert of("binary", ["signal"], rows=15)[0].interval is None
