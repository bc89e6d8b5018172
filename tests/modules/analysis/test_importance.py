from dataclasses import replace

import numpy as np
import pytest

from modules.analysis.importance import Measured, importance, metric_of
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


@pytest.mark.parametrize("task", MODELS)
def test_whole_weights_count_as_repeated_rows(task):
    rows = sample(400, task)
    times = np.random.default_rng(5).integers(1, 4, len(rows))
    weighted = replace(rows, weights=times.astype(float))
    measured = Measured(task, *METRICS[task], 5)
    repeated = replace(
        rows,
        columns={name: np.repeat(values, times, axis=0) for name, values in rows.columns.items()},
        labels=np.repeat(rows.labels, times),
    )
    scores, expected = (MODELS[task](each.columns) for each in (weighted, repeated))
    assert metric_of(weighted, scores, measured) == pytest.approx(metric_of(repeated, expected, measured))
    # Other permutations, so that both agree within their intervals only.
    one, other = (importance(each, MODELS[task], measured, [["signal"]])[0] for each in (weighted, repeated))
    assert abs(one.loss - other.loss) <= one.interval + other.interval


def test_columns_that_matter_in_rows_of_great_weight_are_important():
    rows = sample(2000, "regression")
    by_noise = np.nan_to_num(rows.columns["noise"]) * 1.0
    half = np.arange(len(rows)) % 2 == 0
    labels = np.where(half, rows.columns["signal"], by_noise)

    def predict(columns):
        even = np.tile(half, len(columns["signal"]) // len(half))
        return np.where(even, columns["signal"], np.nan_to_num(columns["noise"]))

    measured = Measured("regression", "mae", False, 5)
    for name, weights in (("signal", np.where(half, 1.0, 1e-6)), ("noise", np.where(half, 1e-6, 1.0))):
        given = replace(rows, labels=labels, weights=weights)
        first, second = importance(given, predict, measured, [["signal"], ["noise"]])
        assert first.columns == (name,)
        assert second.loss < 1e-3 < first.loss
