"""Results of a benchmark of quality that never ran, small enough to compute by hand."""

from pathlib import Path
from typing import Any

from benchmarks.quality import peers
from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.models import AUTO, BEST
from benchmarks.results import Results
from tests.benchmarks.figures import FACTS

METRICS = {
    "binary": ("auc", "average_precision"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "mae"),
}


def leaderboard(**weights: float) -> dict[str, Any]:
    """Return what `auto` noted of models with these weights, by their family."""
    spent = {"value": 0.5, "fit_seconds": 1.0, "row_microseconds": 2.0}
    models = [{"family": family, "settings": {}, "weight": weight, **spent} for family, weight in weights.items()]
    whole = {"metric": "log_loss", "value": 0.4, "rows": 1_000, "folds": 5, "time_limit": 10.0, "seconds": 2.0}
    return {**whole, "models": models, "left_out": {}}


def entry(table: str, task: str, model: str, score: float, *, repeat: int = 1, **more: Any) -> dict[str, Any]:
    """Return a measurement whose second metric is half of the first."""
    decides, second = METRICS[task]
    board = leaderboard(trees=0.75, linear=0.25)
    of_auto = {"time_limit": 10.0, "report": {"leaderboard": board}} if model == "auto" else {}
    return {
        "table": table,
        "task": task,
        "repeat": repeat,
        "rows": 1_500,
        "columns": 4,
        "train_rows": 1_000,
        "eval_rows": 500,
        "model": model,
        "scores": {decides: score, second: score / 2},
        "latency": 12.5,
        "seconds": {"read": 0.5, "fit": 2.0, "export": 1.0},
        "cpu_seconds": {"read": 0.5, "fit": 3.0, "export": 1.5},
        **of_auto,
        **more,
    }


def results(file: Path = Path("results.json")) -> Results:
    """Return three tables: `auto` wins on one, is behind on the median of another, and failed on the third."""
    found = Results(file, dict(FACTS), [], {"about": {"taxi": "rides"}})
    found.parts["first run"] = {"start-up": [5.0, 6.0], "first run": [15.0, 17.0]}
    found.parts["trees"] = {"rows": 1_500, "trees": 7, "ratio": 3.5, "export_seconds": 1.25}
    found.parts["limits"] = [
        {"table": "iris", "rows": 150, "limit": 2.0, "seconds": 1.5},
        {"table": "wide", "rows": 600, "limit": 20.0, "seconds": 24.0},
    ]
    for model, score in ((peers.BASELINE, 0.5), (peers.LINEAR, 0.85), (peers.BOOSTING, 0.95), ("linear", 0.86)):
        found.measurements.append(entry("taxi", "binary", model, score))
    for model, score in (("neural", 0.94), ("trees", 0.955), ("auto", 0.96), (BEST, 0.97)):
        found.measurements.append(entry("taxi", "binary", model, score))
    for repeat, theirs, ours in ((1, 0.10, 0.20), (2, 0.40, 0.38), (3, 0.20, 0.21)):
        found.measurements.append(entry("iris", "multiclass", peers.BASELINE, 1.1, repeat=repeat))
        found.measurements.append(entry("iris", "multiclass", peers.BOOSTING, theirs, repeat=repeat))
        found.measurements.append(entry("iris", "multiclass", "auto", ours, repeat=repeat))
    found.measurements.append(entry("diabetes", "regression", peers.BASELINE, 80.0))
    found.measurements.append(entry("diabetes", "regression", peers.BOOSTING, 60.0))
    failed = entry("diabetes", "regression", "auto", 0.0, error="ValueError: no\nluck")
    found.measurements.append({key: value for key, value in failed.items() if key not in ("scores", "seconds")})
    return found


# By table: the task, and the scores of HistGradientBoosting, AutoGluon and `auto` with its advantage and its error.
COMPARED = {
    "taxi": ("binary", 0.95, 0.94, 0.96, (0.02, 0.005)),
    "iris": ("multiclass", 0.30, 0.20, 0.21, (-0.01, 0.02)),
    "diabetes": ("regression", 61.0, 50.0, 55.0, (-5.0, 1.0)),
}


def compared_results(file: Path) -> Results:
    """Return a comparison with AutoGluon in 10 seconds: better, equal and worse; and a process that failed."""
    found = Results(file, dict(FACTS), [], {"failed": {"wide, 10 s": "exit code -9"}})
    for table, (task, boosting, theirs, ours, gain) in COMPARED.items():
        for model, score, more in (
            (AUTO, ours, {"megabytes": 2.0, "latency": 10.0, "single": 1.5}),
            (peers.BOOSTING, boosting, {"latency": 5.0}),
            (AUTOGLUON, theirs, {"megabytes": 30.0, "latency": 200.0, "advantage": gain}),
        ):
            made = entry(table, task, model, score, **more)
            found.measurements.append({**made, "limit": 10.0})
    return found
