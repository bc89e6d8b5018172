"""Processor time of explaining one row and 1,000 rows, and the greatest difference from shap's TreeExplainer.

A program of its own, because it needs TensorFlow: `python -m benchmarks.explanations` prints a JSON object for each
size of trees. Exit code 1 if a contribution differs by more than 1e-5.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.environment import output_of, python_of
from benchmarks.systems import PROJECT
from benchmarks.trees import problem_of

LOCK = Path(__file__).parent / "requirements.lock"
PLACE, SCRIPT = PROJECT / ".tools" / "benchmark-explanations", Path(__file__).parent / "in_environment.py"
ROWS, TRAINED_ROWS, REPEATS, TOLERANCE = 1_000, 10_000, 5, 1e-5
SIZES = ((50, 8), (200, 31), (500, 63))


def main() -> int:
    """Measure each size, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    repeats = parser.parse_args().repeats
    differences = []
    for trees, leaves in SIZES:
        result = measured(trees, leaves, repeats)
        print(json.dumps(result), flush=True)
        differences.append(result["greatest_difference"])
    return int(max(differences) > TOLERANCE)


def measured(trees: int, leaves: int, repeats: int) -> dict[str, Any]:
    """Return what is printed for trees of a size: medians in milliseconds, and the ratios to shap's."""
    import tensorflow as tf

    from modules.families.trees import training

    problem = problem_of(TRAINED_ROWS)
    settings = {"seed": 1, "rounds": trees, "leaves": leaves, "explain": True}
    trained = training.train(problem, {**settings, "parameters": {"early_stopping_round": 0}})
    rows = {name: values[:ROWS] for name, values in problem.train[0].items()}
    model, tensors = trained.export(), {name: tf.constant(values) for name, values in rows.items()}
    explain = tf.function(model.explained, autograph=False, reduce_retracing=True)
    single = {name: values[:1] for name, values in tensors.items()}
    ours = {"one": _times(lambda: explain(single), repeats), "all": _times(lambda: explain(tensors), repeats)}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.txt").write_text(trained.booster.model_to_string())
        np.save(Path(folder, "rows.npy"), trained.columns.matrix(rows).astype(np.float64))
        command = [str(python_of("shap", LOCK, PLACE)), "-P", str(SCRIPT), folder, str(repeats)]
        theirs = json.loads(output_of("benchmarks/explanations/in_environment.py", command, 600).splitlines()[-1])
        values = np.load(Path(folder, "values.npy"))
    expected = np.zeros((ROWS, trained.columns.width))
    np.add.at(expected, (slice(None), trained.columns.sources), values)
    difference = np.abs(explain(tensors).contributions.numpy()[:, :, 0] - expected).max()
    found = {"trees": trained.booster.num_trees(), "leaves": leaves}
    for name, count in (("one", 1), ("all", ROWS)):
        own, other = (statistics.median(each[name]) * 1e3 for each in (ours, theirs))
        found |= {f"rows_{count}_ms": round(own, 2), f"shap_{count}_ms": round(other, 2)}
        found[f"ratio_{count}"] = round(own / other, 2)
    return {**found, "greatest_difference": float(difference)}


def _times(call: Callable[[], Any], repeats: int) -> list[float]:
    """Return the processor seconds of each call but the first."""
    seconds = []
    for _ in range(repeats + 1):
        began = time.process_time()
        call()
        seconds.append(time.process_time() - began)
    return seconds[1:]


if __name__ == "__main__":
    sys.exit(main())
