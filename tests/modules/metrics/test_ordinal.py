"""The metrics of ordinal classes at their edges; they are compared with scikit-learn in `test_measures_weighted`."""

import numpy as np

from modules.metrics.measures import values
from modules.metrics.ordinal import quadratic_kappa, rank_mae
from modules.metrics.scored import Scored

SHARES = np.tile([0.1, 0.8, 0.1], (30, 1))


def test_kappa_of_one_class_has_no_value():
    assert np.isnan(values("multiclass", "quadratic_kappa", Scored(np.ones(30), SHARES))[0])


def test_kappa_of_a_constant_is_zero_and_of_the_truth_one():
    labels = np.arange(30) % 3
    assert abs(quadratic_kappa(Scored(labels, SHARES))[0]) < 1e-12
    assert quadratic_kappa(Scored(labels, np.eye(3)[labels]))[0] == 1
    assert rank_mae(Scored(labels, np.eye(3)[labels]))[0] == 0


def test_wrong_by_two_ranks_counts_more_than_by_one():
    labels = np.zeros(30, int)
    labels[:15] = 2
    near, far = labels.copy(), labels.copy()
    near[0], far[0] = 1, 0
    found = [quadratic_kappa(Scored(labels, np.eye(3)[guess]))[0] for guess in (near, far)]
    assert found[1] < found[0] < 1
