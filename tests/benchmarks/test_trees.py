"""The benchmark of exported trees: what it tells, on fewer rows and trees."""

from pathlib import Path

import pytest

from benchmarks import trees
from benchmarks.quality import once, summary
from benchmarks.results import Results
from tests.benchmarks.figures import FACTS


@pytest.mark.slow
def test_saved_trees_predict_what_lightgbm_does_and_what_the_targets_ask_for_is_told():
    found = trees.measured(rows=2000, trees=20, repeats=2)
    assert found["greatest_difference"] < 1e-6
    assert (found["rows"], found["trees"]) == (2000, 20)
    results = Results(Path("results.json"), dict(FACTS), [], {once.TREES: found})
    values = {verdict.target: verdict.value for verdict in summary.verdicts(results)}
    assert values["20 trees: scoring by the SavedModel / LightGBM's predict"] == found["ratio"]
    assert values["20 trees: export, s"] == found["export_seconds"]
