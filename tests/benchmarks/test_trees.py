"""The benchmark of exported trees: what it tells, on fewer rows and trees."""

import pytest

from benchmarks import trees


@pytest.mark.e2e
def test_ratio_of_both_and_their_difference_are_told():
    found = trees.measured(rows=2000, trees=20, repeats=2)
    assert found["ratio"] == pytest.approx(found["saved_model_seconds"] / found["lightgbm_seconds"], rel=0.1)
    assert found["greatest_difference"] < 1e-6
    assert (found["rows"], found["trees"]) == (2000, 20)
    assert 0 < found["export_seconds"] < 60
