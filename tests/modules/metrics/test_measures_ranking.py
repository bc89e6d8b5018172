"""Areas under curves: those of scikit-learn, for all rows and for those that are left when a bucket is gone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from modules.metrics import measures
from modules.metrics.measures import areas


def expected(truth, scores):
    both = 0 < truth.sum() < len(truth)
    return (
        metrics.roc_auc_score(truth, scores) if both else math.nan,
        metrics.average_precision_score(truth, scores) if truth.any() else math.nan,
    )


@pytest.mark.parametrize("chunk", [1, 7, 16_384])
@pytest.mark.parametrize("digits", [1, 8])
def test_areas_are_those_of_the_rows_that_are_left(monkeypatch, chunk, digits):
    monkeypatch.setattr(measures, "_CHUNK", chunk)
    draw = np.random.default_rng(6)
    truth, scores = draw.random(203) < 0.3, draw.random(203).round(digits)
    found = np.stack(areas(truth, scores, 20), axis=1)
    assert found[0] == pytest.approx(expected(truth, scores))
    for bucket in range(20):
        left = np.arange(203) % 20 != bucket
        assert found[1 + bucket] == pytest.approx(expected(truth[left], scores[left]))


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 1.0])), min_size=2, max_size=40),
    st.sampled_from([0, 2, 5]),
)
def test_areas_are_within_bounds_or_none(rows, buckets):
    truth, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    with np.errstate(invalid="ignore"):
        area, precision = areas(truth, scores, buckets)
    assert area.shape == precision.shape == (1 + buckets,)
    assert np.array([area[0], precision[0]]) == pytest.approx(expected(truth, scores), nan_ok=True)
    for each in (area, precision):
        assert ((each >= -1e-12) & (each <= 1 + 1e-12) | np.isnan(each)).all()
