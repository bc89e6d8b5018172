"""The comparison with shap, with a module in its place that asks LightGBM, as shap does for LightGBM's trees."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

STAND_IN = """
class TreeExplainer:
    def __init__(self, model):
        self.model = model
    def shap_values(self, rows):
        return self.model.predict(rows, pred_contrib=True)[:, :-1]
"""


def test_times_and_the_greatest_difference_are_measured(monkeypatch, tmp_path):
    from benchmarks.explanations import __main__ as benchmark
    from benchmarks.explanations import in_environment

    assert Path(in_environment.__file__) == benchmark.SCRIPT
    (tmp_path / "shap.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(benchmark, "python_of", lambda package, lock, place: Path(sys.executable))
    monkeypatch.setattr(benchmark, "TRAINED_ROWS", 1500)
    found = benchmark.measured(5, 8, 1)
    assert (found["trees"], found["leaves"]) == (5, 8)
    assert found["greatest_difference"] < 1e-9
    assert found["ratio_1000"] == pytest.approx(found["rows_1000_ms"] / found["shap_1000_ms"], rel=0.3)
    assert min(found["rows_1_ms"], found["shap_1_ms"]) > 0
