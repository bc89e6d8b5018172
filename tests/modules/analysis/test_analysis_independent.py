"""The statistics of the analysis next to those of scikit-learn, of SciPy and of a bootstrap."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import ttest_ind
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import partial_dependence, permutation_importance

from modules.analysis.curves import ranked
from modules.analysis.dependence import ROWS, dependence
from modules.analysis.importance import Measured, importance
from modules.analysis.sample import Sample
from modules.analysis.weak_slices import LEAST_ROWS, weak_slices

NAMES = ("signal", "copy", "noise")


def model(columns):
    """Return scores of all three columns, one of which has little weight."""
    return 1 / (1 + np.exp(-2 * columns["signal"] - columns["copy"] - 0.2 * columns["noise"]))


class Model(ClassifierMixin, BaseEstimator):
    """The same model as an estimator of a matrix."""

    classes_ = np.array([0, 1])

    def fit(self, x, y):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, x):
        scores = model(dict(zip(NAMES, np.asarray(x).T, strict=True)))
        return np.stack([1 - scores, scores], axis=1)

    def predict(self, x):
        return self.predict_proba(x)[:, 1] > 0.5


def rows(count=800):
    random = np.random.default_rng(5)
    columns = {name: random.normal(size=count) for name in NAMES}
    labels = (model(columns) > random.random(count)).astype(float)
    return Sample(columns, labels, of=count)


def matrix(given):
    return np.stack([given.columns[name] for name in NAMES], axis=1)


@pytest.mark.parametrize(("metric", "scoring"), [("auc", "roc_auc"), ("accuracy", "accuracy")])
def test_importance_is_that_of_scikit_learn_within_the_error_of_the_permutations(metric, scoring):
    given, repeats = rows(), 40
    found = importance(given, model, Measured("binary", metric, True, repeats), [(name,) for name in NAMES])
    expected = permutation_importance(
        Model(), matrix(given), given.labels, scoring=scoring, n_repeats=repeats, random_state=1
    )
    ours = {each.columns[0]: each.loss for each in found}
    for name, mean, deviation in zip(NAMES, expected.importances_mean, expected.importances_std, strict=True):
        assert abs(ours[name] - mean) < 4 * deviation * np.sqrt(2 / repeats), name
    assert [each.columns[0] for each in found] == [NAMES[n] for n in np.argsort(-expected.importances_mean)]


@pytest.mark.slow
def test_interval_of_the_importance_is_that_of_a_bootstrap_over_rows():
    given, random = rows(), np.random.default_rng(9)
    [found] = importance(given, model, Measured("binary", "auc", True, 5), [("signal",)])

    def drawn():
        chosen = random.integers(0, len(given), len(given))
        columns = {name: values[chosen] for name, values in given.columns.items()}
        scores = [model({**columns, "signal": random.permutation(columns["signal"])}) for _ in range(5)]
        before = metrics.roc_auc_score(given.labels[chosen], model(columns))
        return before - np.mean([metrics.roc_auc_score(given.labels[chosen], each) for each in scores])

    half = 1.96 * np.std([drawn() for _ in range(60)], ddof=1)
    assert half / 1.6 < found.interval < 1.6 * half


def test_dependence_and_its_curves_are_those_of_scikit_learn():
    given = rows(ROWS)
    signal = np.round(given.columns["signal"])
    given = Sample({**given.columns, "signal": signal}, given.labels, of=given.of)
    [found] = dependence(given, model, ["signal"], 1)
    expected = partial_dependence(Model(), matrix(given), [0], kind="both", method="brute", percentiles=(0, 1))
    assert list(found.numbers) == list(expected["grid_values"][0])
    assert list(found.means) == pytest.approx(expected["average"][0], rel=1e-3)
    assert np.array(found.rows) == pytest.approx(expected["individual"][0][: len(found.rows)], rel=1e-3)


def test_points_of_the_curves_are_points_of_scikit_learns():
    given = rows()
    scores = model(given.columns)
    [roc], [precision] = ranked(given.labels, scores, ())
    false, true, _ = metrics.roc_curve(given.labels, scores, drop_intermediate=False)
    assert _distance(roc.points, false, true) < 1e-4
    precisions, recalls, _ = metrics.precision_recall_curve(given.labels, scores)
    assert _distance(precision.points, recalls, precisions) < 1e-4
    assert (roc.area, precision.area) == pytest.approx(
        (metrics.roc_auc_score(given.labels, scores), metrics.average_precision_score(given.labels, scores)), abs=1e-3
    )


def _distance(points, x, y):
    """Return the greatest distance of a point from the nearest of the others."""
    return max(np.hypot(x - a, y - b).min() for a, b in points)


def test_p_values_of_slices_are_those_of_welchs_test_corrected_by_the_definition_of_holm():
    random = np.random.default_rng(2)
    columns = {
        "a": np.array([b"x", b"y", b"z"], object)[random.integers(0, 3, 900)],
        "b": np.array([b"u", b"v"], object)[random.integers(0, 2, 900)],
    }
    losses = random.exponential(size=900) + 0.4 * (columns["a"] == b"x") + 0.5 * (columns["b"] == b"u")
    found, tested = weak_slices(Sample(columns, losses, of=900), losses)
    single = {((name, value),): columns[name] == value for name in columns for value in np.unique(columns[name])}
    pairs = {
        (*one, *other): single[one] & single[other]
        for one, other in product(single, single)
        if one[0][0] == "a" and other[0][0] == "b"
    }
    p = {
        key: ttest_ind(losses[inside], losses[~inside], equal_var=False, alternative="greater").pvalue
        for key, inside in {**single, **pairs}.items()
        if LEAST_ROWS <= inside.sum() <= 900 - LEAST_ROWS
    }
    assert tested == len(p) == 11
    assert found
    for each in found:
        key = tuple((one.column, one.category.encode()) for one in each.conditions)
        assert each.p == pytest.approx(_holm(p)[key], rel=1e-6)


def _holm(p):
    """Return the corrected values: the greatest of (m - k) p of those that are not greater, k before each."""
    ordered = sorted(p.values())
    steps = [min(1.0, (len(p) - place) * value) for place, value in enumerate(ordered)]
    return {key: max(step for step, other in zip(steps, ordered, strict=True) if other <= p[key]) for key in p}
