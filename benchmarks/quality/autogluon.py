"""AutoGluon on the same rows, in an environment of its own, within a limit of processor time."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.quality import environment
from benchmarks.quality.table import Table
from benchmarks.results import processor
from penstock.core.files import atomic_file

AUTOGLUON = "autogluon"
# A busy machine takes so many times the processor time, and some seconds to import.
WALL_FACTOR, START = 20, 300
ANSWERS, COST = "answers.parquet", "cost.json"


def measured(
    table: Table, parts: tuple[np.ndarray, np.ndarray], seconds: float, folder: Path, kept: Path | None = None
) -> tuple[np.ndarray, dict[str, float]]:
    """Return AutoGluon's predictions in the form that `scores` takes, and its time, latency and size.

    Args:
        table: The table.
        parts: The positions of the rows for training and for evaluation.
        seconds: The limit of processor time.
        folder: Takes the rows and the models.
        kept: Keeps what is measured, and is asked before anything is: rows, limit and packages decide the answers, the
            code of Penstock does not.
    """
    frame = table.frame()
    folder.mkdir(parents=True)
    for name, places in zip(("train", "eval"), parts, strict=True):
        rows = frame.iloc[places]
        (rows if name == "train" else rows.drop(columns=table.label)).to_parquet(folder / f"{name}.parquet")
    what = (table.task, table.label, f"{seconds:g}")
    place = kept / _name(table, folder, what) if kept else folder
    if not (place / COST).is_file():
        printed = environment.run("fit", str(folder), *what, seconds=WALL_FACTOR * seconds + START)
        place.mkdir(parents=True, exist_ok=True)
        if place != folder:
            shutil.copy(folder / ANSWERS, place)
        # The last of the files: where it is, the others are complete.
        with atomic_file(place / COST) as made:
            made.write_text(printed.splitlines()[-1], encoding="utf-8")
    cost: dict[str, float] = json.loads((place / COST).read_text(encoding="utf-8"))
    return _of_task(pd.read_parquet(place / ANSWERS).to_numpy(), table.task), cost


def _name(table: Table, folder: Path, what: tuple[str, ...]) -> str:
    """Return a name for what the rows, the limit, the packages, the script and the machine decide."""
    digest = hashlib.sha256(repr((what, processor())).encode())
    for file in (folder / "train.parquet", folder / "eval.parquet", environment.LOCK, environment.SCRIPT):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return f"{table.name}-{what[-1]}-{digest.hexdigest()[:16]}"


def _of_task(answers: np.ndarray, task: str) -> np.ndarray:
    forms: dict[str, Callable[[Any], Any]] = {
        "regression": lambda found: found[:, 0],
        "binary": lambda found: found[:, 1],
        "multiclass": lambda found: found,
    }
    return np.asarray(forms[task](answers), np.float64)
