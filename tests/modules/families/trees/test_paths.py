"""The paths of trees as tables, on a tree that can be computed by hand."""

import numpy as np
import pytest

from modules.families.trees import booster, paths

pytestmark = pytest.mark.slow

# Feature 0 is split at 1.0, and on its right side at 3.0; between them feature 1 at 5.0. NaN goes left, then right.
TREE = booster.Tree(
    feature=np.array([0, 1, 0]),
    threshold=np.array([1.0, 5.0, 3.0]),
    decision=np.array([2 << 2 | 2, 2 << 2, 2 << 2]),
    left=np.array([~0, ~1, ~2]),
    right=np.array([1, 2, ~3]),
    leaves=np.array([10.0, 20.0, 30.0, 40.0]),
    sets=np.array([], np.int64),
    bounds=np.array([], np.int64),
    rows=np.array([100, 60, 40, 40, 20, 30, 10]),
)
NOTHING = np.zeros(0, np.int64)
CONSTANT = booster.Tree(*[NOTHING] * 5, leaves=np.array([7.0]), sets=NOTHING, bounds=NOTHING)


def bins_of(found, condition, count):
    """Return the bins that satisfy a condition."""
    return [b for b in range(count) if found.bits[found.offset[condition] + b // 32] >> (b % 32) & 1]


def test_conditions_of_a_path_on_one_feature_are_merged():
    found = paths.paths_of([TREE], {}, ([0], 1), [1.0])
    # Groups of the lengths 1 and 2: leaf 0, and the three others.
    assert found.lengths.tolist() == [[1, 0, 1, 0], [2, 1, 4, 1]]
    assert found.values.tolist() == [10, 20, 30, 40]
    # Bins of feature 0: up to 1, up to 3, above, missing.
    first, *others = found.pairs.tolist()
    assert (found.feature[first], bins_of(found, first, 4), found.share[first]) == (0, [0, 3], 0.4)
    pairs = [others[start : start + 2] for start in (0, 2, 4)]
    shares = [[found.share[each] for each in pair] for pair in pairs]
    assert shares == [pytest.approx(values) for values in ([0.6, 1 / 3], [0.45, 2 / 3], [0.15, 2 / 3])]
    assert [bins_of(found, pair[0], 4) for pair in pairs] == [[1, 2], [1], [2]]
    assert [bins_of(found, pair[1], 3) for pair in pairs] == [[0], [1, 2], [1, 2]]


def test_base_is_the_mean_of_the_leaves_over_the_training_rows_by_unit():
    found = paths.paths_of([TREE, CONSTANT], {}, ([1, 0], 3), [1.0, 0.5])
    assert found.base.tolist() == [3.5, pytest.approx((400 + 400 + 900 + 400) / 100), 0]
    assert set(found.unit) == {1}


def test_values_have_the_weight_of_their_booster():
    assert paths.paths_of([TREE], {}, ([0], 1), [0.25]).values.tolist() == [2.5, 5, 7.5, 10]


def test_forest_without_a_split_has_no_path():
    found = paths.paths_of([CONSTANT], {}, ([0], 1), [1.0])
    assert (found.base.tolist(), found.lengths.shape, len(found.pairs)) == ([7.0], (0, 4), 0)
