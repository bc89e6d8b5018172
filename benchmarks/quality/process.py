"""A separate process that measures one table, and the JSON lines that it wrote."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import Command, Measured, exclusive, measure, plain_environment
from benchmarks.systems import PROJECT


@dataclass(frozen=True)
class Wanted:
    """The measurements to make on a table.

    Attributes:
        table: The table's name.
        families: The model families to measure in addition to the peers.
        splits: The numbers of the splits, the first of which is 1.
        time_limit: Seconds that `auto` may take.
        seconds: No split begins that would end later.
        kept: A folder that keeps what AutoGluon answers.
    """

    table: str
    families: Sequence[str]
    splits: Sequence[int]
    time_limit: float
    seconds: float
    kept: Path | None = None


def measured(wanted: Wanted, folder: Path, *, lock: Path | None) -> tuple[Command, Measured, list[dict[str, Any]]]:
    """Return the command that was run, what it took, and an entry per model and split, those before it failed too.

    Args:
        wanted: What to measure.
        folder: Takes the lines, the log and what is made on the way.
        lock: A file whose lock the process waits for.
    """
    output, log = folder / f"{wanted.table}.jsonl", folder / f"{wanted.table}.log"
    words = [sys.executable, "-P", "-m", "benchmarks.quality.worker", "--table", wanted.table, "--output", str(output)]
    words += ["--folder", str(folder), "--time-limit", f"{wanted.time_limit:g}"]
    words += ["--splits", *map(str, wanted.splits), "--families", *wanted.families]
    words += ["--seconds", f"{wanted.seconds:.0f}"]
    words += [] if wanted.kept is None else ["--kept", str(wanted.kept)]
    output.unlink(missing_ok=True)
    command = Command(words, folder, plain_environment(PYTHONPATH=str(PROJECT)), log.with_suffix(".out"), log)
    with exclusive(lock):
        taken = measure(command)
    lines = output.read_text(encoding="utf-8").splitlines() if output.is_file() else []
    return command, taken, [json.loads(line) for line in lines]
