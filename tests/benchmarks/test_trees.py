"""The benchmark of exported trees, on fewer rows and trees."""

from pathlib import Path

import pytest

from benchmarks import trees
from benchmarks.quality import parts, summary
from benchmarks.results import Results
from tests.benchmarks.figures import FACTS


@pytest.mark.slow
def test_saved_trees_predict_what_lightgbm_does_and_the_targets_have_their_values():
    found = trees.measured(rows=2000, trees=20, repeats=2)
    assert found["greatest_difference"] < 1e-6
    assert (found["rows"], found["trees"]) == (2000, 20)
    results = Results(Path("results.json"), dict(FACTS), [], {parts.TREES: found})
    values = {verdict.target: verdict.value for verdict in summary.verdicts(results)}
    assert values["20 trees: scoring by the SavedModel / LightGBM's predict"] == found["ratio"]
    assert values["20 trees: export, s"] == found["export_seconds"]
