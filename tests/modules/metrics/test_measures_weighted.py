"""Weighted metrics, and those of losses and of ordinal classes, compared with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as peers

from modules.metrics.measures import MEASURES, values
from modules.metrics.scored import Scored, scored
from penstock.core.errors import NodeError

ROWS = 300


def drawn(seed):
    draw = np.random.default_rng(seed)
    weights = draw.integers(1, 6, ROWS).astype(np.float64)
    truth = draw.integers(0, 2, ROWS).astype(np.float64)
    score = np.clip(np.round(0.6 * draw.random(ROWS) + 0.3 * truth, 2), 0.01, 0.99)
    classes, shares = draw.integers(0, 4, ROWS), draw.dirichlet(np.ones(4), ROWS)
    amounts, guesses = draw.gamma(2, 2, ROWS), draw.gamma(2, 2, ROWS)
    return weights, {"binary": (truth, score), "multiclass": (classes, shares), "regression": (amounts, guesses)}


PEERS = {
    ("binary", "auc", ""): lambda y, p, w: peers.roc_auc_score(y, p, sample_weight=w),
    ("binary", "average_precision", ""): lambda y, p, w: peers.average_precision_score(y, p, sample_weight=w),
    ("binary", "log_loss", ""): lambda y, p, w: peers.log_loss(y, p, sample_weight=w),
    ("binary", "precision", ""): lambda y, p, w: peers.precision_score(y, p > 0.5, sample_weight=w),
    ("binary", "recall", ""): lambda y, p, w: peers.recall_score(y, p > 0.5, sample_weight=w),
    ("multiclass", "accuracy", ""): lambda y, p, w: peers.accuracy_score(y, p.argmax(1), sample_weight=w),
    ("multiclass", "macro_f1", ""): lambda y, p, w: peers.f1_score(y, p.argmax(1), average="macro", sample_weight=w),
    ("multiclass", "auc", ""): lambda y, p, w: peers.roc_auc_score(y, p, multi_class="ovr", sample_weight=w),
    ("multiclass", "rank_mae", ""): lambda y, p, w: peers.mean_absolute_error(y, p.argmax(1), sample_weight=w),
    ("multiclass", "quadratic_kappa", ""): lambda y, p, w: peers.cohen_kappa_score(
        y, p.argmax(1), weights="quadratic", sample_weight=w
    ),
    ("regression", "rmse", ""): lambda y, p, w: peers.mean_squared_error(y, p, sample_weight=w) ** 0.5,
    ("regression", "r2", ""): lambda y, p, w: peers.r2_score(y, p, sample_weight=w),
    ("regression", "pinball", "quantile 0.8"): lambda y, p, w: peers.mean_pinball_loss(
        y, p, alpha=0.8, sample_weight=w
    ),
    ("regression", "d2", "quantile 0.8"): lambda y, p, w: peers.d2_pinball_score(y, p, alpha=0.8, sample_weight=w),
    ("regression", "poisson_deviance", "poisson"): lambda y, p, w: peers.mean_poisson_deviance(y, p, sample_weight=w),
    ("regression", "d2", "poisson"): lambda y, p, w: peers.d2_tweedie_score(y, p, power=1, sample_weight=w),
    ("regression", "tweedie_deviance", "tweedie 1.5"): lambda y, p, w: peers.mean_tweedie_deviance(
        y, p, power=1.5, sample_weight=w
    ),
    ("regression", "d2", "tweedie 2"): lambda y, p, w: peers.d2_tweedie_score(y, p, power=2, sample_weight=w),
}


@pytest.mark.parametrize("metric", PEERS, ids=" ".join)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_weighted_metric_is_that_of_scikit_learn(metric, seed):
    task, name, loss = metric
    weights, tables = drawn(seed)
    labels, predictions = tables[task]
    found = values(task, name, Scored(labels, predictions, weights=weights), loss)[0]
    assert found == pytest.approx(PEERS[metric](labels, predictions, weights), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("task", MEASURES)
def test_metrics_of_whole_weights_are_those_of_repeated_rows(task):
    weights, tables = drawn(3)
    labels, predictions = tables[task]
    again = Scored(np.repeat(labels, weights.astype(int)), np.repeat(predictions, weights.astype(int), axis=0))
    for name in MEASURES[task]:
        found = values(task, name, Scored(labels, predictions, weights=weights))
        np.testing.assert_allclose(found, values(task, name, again), rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("metric", PEERS, ids=" ".join)
def test_replicates_are_the_metric_without_a_bucket(metric):
    task, name, loss = metric
    weights, tables = drawn(5)
    labels, predictions = tables[task]
    found = values(task, name, Scored(labels, predictions, buckets=20, weights=weights), loss)
    kept = np.arange(ROWS) % 20 != 7
    assert found[8] == pytest.approx(PEERS[metric](labels[kept], predictions[kept], weights[kept]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_weight_that_is_no_number_above_zero_is_refused(wrong):
    with pytest.raises(NodeError, match="data.weight: expected finite numbers above zero .* received 1 others"):
        scored(np.zeros(3), np.zeros(3), np.arange(3), weights=np.array([1.0, wrong, 2.0]))
