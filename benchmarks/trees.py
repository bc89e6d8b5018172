"""Time of exporting and scoring 500 trees of 63 leaves, compared with LightGBM's own predict in the same process.

A program of its own, because it needs TensorFlow: `python -m benchmarks.trees` prints one JSON object, which
`make benchmark-quality` compares with its targets.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

ROWS, TREES, LEAVES, REPEATS = 10_000, 500, 63, 7
NUMBERS, CATEGORIES, VALUES = 20, 5, 100


def main() -> None:
    """Print the seconds of both, their ratio, the seconds of the export and the greatest difference."""
    print(json.dumps(measured()))


def measured(rows: int = ROWS, trees: int = TREES, repeats: int = REPEATS) -> dict[str, float]:
    """Return what `main` prints: medians, the two taking turns."""
    import numpy as np
    import tensorflow as tf

    problem = problem_of(rows)
    trained = _trained(problem, trees)
    matrix = trained.columns.matrix(problem.train[0])
    tensors = {name: tf.constant(values) for name, values in problem.train[0].items()}
    with tempfile.TemporaryDirectory() as folder:
        export, score = _timed(lambda: _saved(trained, tensors, folder))
        pairs = [
            (_timed(lambda: score(tensors).numpy()), _timed(lambda: trained.booster.predict(matrix, num_threads=2)))
            for _ in range(repeats + 1)
        ][1:]
    saved, own = (statistics.median(pair[index][0] for pair in pairs) for index in (0, 1))
    difference = np.abs(pairs[0][0][1][:, 0] - pairs[0][1][1]).max()
    return {
        "rows": rows,
        "trees": trained.booster.num_trees(),
        "export_seconds": round(export, 3),
        "saved_model_seconds": round(saved, 4),
        "lightgbm_seconds": round(own, 4),
        "ratio": round(saved / own, 3),
        "greatest_difference": float(difference),
    }


def problem_of(rows: int) -> Any:
    """Return a problem with numbers, a tenth of them missing, and categories, that many leaves can learn from."""
    import numpy as np

    from modules.families.problem import Columns, Problem

    draw = np.random.default_rng(1)
    columns: dict[str, Any] = {}
    for number in range(NUMBERS):
        columns[f"n{number}_xf_missing"] = (draw.random(rows) < 0.1).astype(np.float32)
        columns[f"n{number}_xf"] = draw.normal(size=rows).astype(np.float32) * (1 - columns[f"n{number}_xf_missing"])
    for number in range(CATEGORIES):
        columns[f"c{number}_xf"] = draw.integers(0, VALUES, rows)
    value = sum(columns[f"n{n}_xf"] * columns[f"n{n + 1}_xf"] for n in range(0, NUMBERS, 2))
    value = value + sum(columns[f"c{n}_xf"] % 3 for n in range(CATEGORIES)) - CATEGORIES + draw.normal(size=rows)
    part = columns, (value > 0).astype(np.float32)
    numbers = [f"n{number}_xf" for number in range(NUMBERS)]
    kinds = Columns(numbers, [f"{name}_missing" for name in numbers], {f"c{n}_xf": VALUES for n in range(CATEGORIES)})
    return Problem(kinds, "binary", 0, part, part)


def _trained(problem: Any, trees: int) -> Any:
    from modules.families.trees import training as family

    settings = {"seed": 1, "rounds": trees, "leaves": LEAVES, "parameters": {"min_data_in_leaf": 5}}
    return family.train(problem, settings)


def _saved(trained: Any, tensors: dict[str, Any], folder: str) -> Callable[..., Any]:
    """Export, save and load the trees; return what scores."""
    import tensorflow as tf

    module = tf.Module()
    module.model = trained.export()
    specs = {name: tf.TensorSpec([None], values.dtype) for name, values in tensors.items()}
    module.score = tf.function(lambda rows: module.model(rows), input_signature=[specs], autograph=False)
    tf.saved_model.save(module, folder)
    loaded = tf.saved_model.load(folder)
    return lambda rows: loaded.score(rows)  # which keeps the variables alive


def _timed(function: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = function()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    main()
