from dataclasses import replace

import numpy as np
import pytest

from modules.analysis.importance import MOST_REPEATED, Measured, importance, is_screened, metric_of
from modules.analysis.sample import Sample
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


def wide(columns, rows=400):
    """Return rows of many columns, the effects of which on the label decrease, and a model that counts its rows."""
    random = np.random.default_rng(7)
    effects = 2.0 * 0.8 ** np.arange(columns)
    values = random.normal(size=(rows, columns))
    counted = []

    def predict(given):
        counted.append(len(given["c0"]))
        return 1 / (1 + np.exp(-sum(effect * given[f"c{n}"] for n, effect in enumerate(effects))))

    names = {f"c{n}": values[:, n] for n in range(columns)}
    labels = (predict(names) > random.random(rows)).astype(float)
    counted.clear()
    return Sample(names, labels, of=rows), predict, counted


@pytest.mark.parametrize("columns", [MOST_REPEATED, 25])
def test_few_columns_are_all_permuted_several_times(columns):
    given, predict, counted = wide(columns)
    names = [(name,) for name in given.columns]
    found = importance(given, predict, Measured("binary", "auc", True, 5), names)
    assert sum(counted) == 400 * (1 + 5 * columns)
    assert None not in [each.interval for each in found]
    # Each as if it was the only one.
    [alone] = importance(given, predict, Measured("binary", "auc", True, 5), [("c3",)])
    assert alone in found


def test_of_many_columns_the_important_ones_are_permuted_several_times_and_the_others_once():
    given, predict, counted = wide(60)
    names = [(name,) for name in given.columns]
    found = importance(given, predict, Measured("binary", "auc", True, 5), names)
    assert sum(counted) == 400 * (1 + 60 + 5 * MOST_REPEATED)
    repeated, rest = found[:MOST_REPEATED], found[MOST_REPEATED:]
    assert {each.columns for each in found} == set(names)
    assert [each.interval is None for each in found] == [False] * MOST_REPEATED + [True] * 40
    for part in (repeated, rest):
        assert [each.loss for each in part] == sorted((each.loss for each in part), reverse=True)
    # The most important ones are all among them, with the same values as without the others.
    expected = importance(given, predict, Measured("binary", "auc", True, 5), names[:8])
    assert repeated[:4] == expected[:4]
    assert {each.columns for each in expected} <= {each.columns for each in repeated}


def test_screening_finds_important_columns_wherever_they_are():
    given, predict, _ = wide(60)
    reordered = Sample(dict(reversed(given.columns.items())), given.labels, of=400)
    names = [(name,) for name in reordered.columns]
    measured = Measured("binary", "auc", True, 5)
    first, other = (
        importance(rows, predict, measured, order) for rows, order in ((reordered, names), (given, names[::-1]))
    )
    assert first[:8] == other[:8]
    assert {each.columns for each in first[:8]} == {(f"c{n}",) for n in range(8)}


@pytest.mark.parametrize(
    ("columns", "permutations", "expected"),
    [(20, 5, False), (25, 5, False), (26, 5, True), (100, 5, True), (1000, 1, False), (41, 2, True), (20, 50, False)],
)
def test_columns_are_screened_if_that_takes_fewer_predictions(columns, permutations, expected):
    assert is_screened(columns, permutations) is expected


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


@pytest.mark.parametrize("screened", [False, True])
def test_columns_that_matter_in_rows_of_great_weight_are_important(screened, monkeypatch):
    if screened:
        monkeypatch.setattr("modules.analysis.importance.MOST_REPEATED", 1)
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
        assert (second.interval is None) is screened
