"""What a busy machine does to `auto`: its score next to that on an idle one, and the interval of the comparison."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.quality import summary
from benchmarks.quality.models import AUTO
from benchmarks.quality.scores import DECIDES
from benchmarks.results import Results
from benchmarks.verdict import Verdict

PART = "busy"
_SPIN = """
import os, sys, threading
def end():
    os.read(int(sys.argv[1]), 1)
    os._exit(0)
threading.Thread(target=end).start()
while True: pass
"""


@contextmanager
def processes(count: int) -> Iterator[None]:
    """Keep so many processes busy within the block; they end with this process too."""
    # A pipe that is closed ends them: a process that is killed cannot end its children.
    reading, writing = os.pipe()
    command = [sys.executable, "-c", _SPIN, str(reading)]
    running = [subprocess.Popen(command, pass_fds=[reading]) for _ in range(count)]
    os.close(reading)
    try:
        yield
    finally:
        os.close(writing)
        for each in running:
            each.wait()


def note(results: Results, limit: float, load: int, entries: list[dict[str, Any]]) -> None:
    """Keep the scores of `auto` with so many busy processes."""
    for entry in entries:
        if entry["model"] == AUTO and "error" not in entry:
            metric, _ = DECIDES[entry["task"]]
            found = {"table": entry["table"], "repeat": entry["repeat"], "limit": limit, "load": load}
            results.parts.setdefault(PART, []).append({**found, "score": entry["scores"][metric]})


def has(results: Results, limit: float, load: int, table: str, split: int) -> bool:
    """Return whether a split of a table was measured with so many busy processes."""
    wanted = {"table": table, "limit": limit, "load": load, "repeat": split}
    return any(wanted.items() <= each.items() for each in results.parts.get(PART, []))


def compared(results: Results, limit: float, intervals: dict[str, float]) -> list[dict[str, Any]]:
    """Return for each table that was measured both ways its scores, the difference, and whether the interval has it.

    Args:
        results: All figures.
        limit: The limit, in seconds.
        intervals: Half of the interval of the difference to AutoGluon, by table.
    """
    idle = Results(results.file, results.facts, results.find(limit=limit), {})
    lines = []
    for each in results.parts.get(PART, []):
        before = _score(idle, each["table"], each["repeat"])
        if each["limit"] == limit and before is not None and each["table"] in intervals:
            interval = intervals[each["table"]]
            difference = each["score"] - before
            line = {**each, "idle": before, "difference": difference, "interval": interval}
            lines.append({**line, "is_within": abs(difference) <= interval})
    return lines


def verdicts(lines: list[dict[str, Any]], limit: float) -> list[Verdict]:
    """Return the target: on every table the load changes less than the interval of the difference to AutoGluon."""
    if not lines:
        return []
    loads = ", ".join(map(str, sorted({each["load"] for each in lines})))
    within, count = sum(each["is_within"] for each in lines), len(lines)
    words = f"{limit:g} s: of {count} tables those that {loads} busy processes change by no more than the interval"
    return [Verdict(words, None, within, count, True, 0)]


def _score(idle: Results, table: str, repeat: int) -> float | None:
    for entry in summary.of(idle, table, AUTO):
        if entry["repeat"] == repeat:
            return float(entry["scores"][DECIDES[entry["task"]][0]])
    return None
