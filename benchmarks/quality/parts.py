"""Measurements that do not belong to a table: a first run, exported trees, and short time limits."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measuring import Command, exclusive, measure, plain_environment
from benchmarks.quality.first_run import measure_first_run
from benchmarks.quality.limits import measure_limits
from benchmarks.systems import PROJECT, check

FIRST_RUN, TREES, LIMITS = "first run", "trees", "limits"
FIRST_RUNS = 2


def measurements() -> dict[str, Callable[[Path, Path | None], Any]]:
    """Return the function that measures each part, by name; it takes a temporary folder and the file to lock."""
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
    with exclusive(lock):
        taken = measure(command)
    check(command, taken.code)
    found: dict[str, float] = json.loads(output.read_text(encoding="utf-8"))
    return found
