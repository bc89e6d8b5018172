"""What is measured once, whatever the tables: the first run, exported trees, and how well limits hold."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measuring import Command, measure, plain_environment, turn
from benchmarks.quality.first_run import measure_first_run
from benchmarks.quality.limits import measure_limits
from benchmarks.sides import PROJECT, check

FIRST_RUN, TREES, LIMITS = "first run", "trees", "limits"
FIRST_RUNS = 2


def parts() -> dict[str, Callable[[Path, Path | None], Any]]:
    """Return what measures each part, by name: it is given a folder for what is made on the way, and a lock to hold."""
    return {
        FIRST_RUN: lambda folder, lock: measure_first_run(folder, lock=lock, repeats=FIRST_RUNS),
        TREES: measure_trees,
        LIMITS: lambda folder, lock: measure_limits(folder, lock=lock),
    }


def measure_trees(folder: Path, lock: Path | None) -> dict[str, float]:
    """Return what `benchmarks.trees` prints."""
    words = [sys.executable, "-P", "-m", "benchmarks.trees"]
    output, log = folder / "trees.out", folder / "trees.log"
    command = Command(words, folder, plain_environment(PYTHONPATH=str(PROJECT)), output, log)
    with turn(lock):
        taken = measure(command)
    check(command, taken.code)
    found: dict[str, float] = json.loads(output.read_text(encoding="utf-8"))
    return found
