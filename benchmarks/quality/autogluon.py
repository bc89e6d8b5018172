"""AutoGluon on the same rows, in an environment of its own, within a limit of processor time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.quality import environment
from benchmarks.quality.table import Table

AUTOGLUON = "autogluon"
# A busy machine takes so many times the processor time, and some seconds to import.
WALL_FACTOR, START = 20, 300


def measured(
    table: Table, parts: tuple[np.ndarray, np.ndarray], seconds: float, folder: Path
) -> tuple[np.ndarray, dict[str, float]]:
    """Return AutoGluon's predictions in the form that `scores` takes, and its time, latency and size.

    Args:
        table: The table.
        parts: The positions of the rows for training and for evaluation.
        seconds: The limit of processor time.
        folder: Takes the rows and the models.
    """
    frame = table.frame()
    folder.mkdir(parents=True)
    for name, places in zip(("train", "eval"), parts, strict=True):
        rows = frame.iloc[places]
        (rows if name == "train" else rows.drop(columns=table.label)).to_parquet(folder / f"{name}.parquet")
    words = ("fit", str(folder), table.task, table.label, f"{seconds:g}")
    printed = environment.run(*words, seconds=WALL_FACTOR * seconds + START)
    cost: dict[str, float] = json.loads(printed.splitlines()[-1])
    answers = pd.read_parquet(folder / "answers.parquet").to_numpy()
    return _of_task(answers, table.task), cost


def _of_task(answers: np.ndarray, task: str) -> np.ndarray:
    forms: dict[str, Callable[[Any], Any]] = {
        "regression": lambda found: found[:, 0],
        "binary": lambda found: found[:, 1],
        "multiclass": lambda found: found,
    }
    return np.asarray(forms[task](answers), np.float64)
