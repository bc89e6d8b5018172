"""Explains rows with shap: `in_environment.py FOLDER REPEATS`, run by `benchmarks.explanations` in its environment.

The folder has `model.txt`, LightGBM's text, and `rows.npy`. Writes `values.npy` [rows, features] and prints the seconds
of one row and of all rows, each time, as JSON.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Explain the rows."""
    import lightgbm
    import shap

    folder, repeats = Path(sys.argv[1]), int(sys.argv[2])
    rows = np.load(folder / "rows.npy")
    explainer = shap.TreeExplainer(
        lightgbm.Booster(model_file=str(folder / "model.txt"), params={"objective": "binary"})
    )
    seconds: dict[str, list[float]] = {"one": [], "all": []}
    values = None
    for _ in range(repeats + 1):
        for name, part in (("one", rows[:1]), ("all", rows)):
            began = time.process_time()
            values = explainer.shap_values(part)
            seconds[name].append(time.process_time() - began)
    # Of two classes, older versions return the values of both.
    np.save(folder / "values.npy", values[1] if isinstance(values, list) else values)
    print(json.dumps({name: each[1:] for name, each in seconds.items()}))


if __name__ == "__main__":
    main()
