"""First (cold) and second (warm) runs of all systems in alternation, each in a new process."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import stacks, template
from benchmarks.measuring import exclusive, measure
from benchmarks.results import Results
from benchmarks.systems import Penstock, System, Upstream, check, nodes_of
from penstock.core import marked_folders
from penstock.core.errors import NodeError
from penstock.metadata import lineage
from pipeline.nodes import NODES

FIRST, SECOND = "first", "second"
# At a million rows and more a second run takes minutes, and no target needs it.
MOST_ROWS_OF_SECOND = 500_000

Log = Callable[[str], None]


def systems() -> tuple[System, ...]:
    """Return the systems, in the order in which they are measured."""
    return (Upstream(), Penstock(), *stacks.others())


def measure_repeat(results: Results, rows: Path, at: tuple[int, int], *, lock: Path | None, log: Log) -> None:
    """Measure one repetition of every system at one size, unless the results have it already.

    Args:
        results: Takes each measurement as soon as it is made.
        rows: The table.
        at: Its number of rows, and the number of the repeat.
        lock: A file whose lock each process waits for.
        log: Called with a line per measurement.
    """
    for system in systems():
        count, repeat = at
        if results.find(side=system.name, rows=count, repeat=repeat):
            continue
        folder = system.folder(rows)
        marked_folders.recreate(folder)
        system.prepare(folder, rows)
        entries = []
        for which in (FIRST, SECOND) if count <= MOST_ROWS_OF_SECOND else (FIRST,):
            entry = {
                "side": system.name,
                "rows": count,
                "repeat": repeat,
                "run": which,
                **_measure_run(system, folder, which, lock),
            }
            entries.append(entry)
            log(f"{count:>9,} rows, repeat {repeat}, {system.name:8} {which:6} run: {entry['seconds']:6.1f} s")
        # Added together: a second run is comparable only with its own first run.
        for entry in entries:
            results.add(entry)
        marked_folders.remove(folder)


def _measure_run(system: System, folder: Path, which: str, lock: Path | None) -> dict[str, Any]:
    command = system.command(folder)
    with exclusive(lock):
        measured = measure(command)
    check(command, measured.code)
    run = system.newest(folder)
    check_nodes(system, run, which)
    with exclusive(lock):
        auc = system.auc(folder) if which == FIRST else None
    return {**_rounded(asdict(measured)), "auc": auc, "nodes": nodes_of(run, measured.began)}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in values.items()}


def check_nodes(system: System, run: lineage.Run, which: str) -> None:
    """Raise an error if a first run used the cache, a second did not, or a node is missing."""
    wanted = set(template.NODES if isinstance(system, Upstream) else NODES)
    missing = wanted - {node.id for node in run.nodes}
    if missing:
        raise NodeError(
            f"{system.name}'s run", "every node", f"one without {', '.join(sorted(missing))}", "read its log"
        )
    cached = {node.id for node in run.nodes if node.state == "cached"}
    if which == FIRST and cached:
        raise NodeError(f"{system.name}'s first run", "no cached node", ", ".join(sorted(cached)), "empty its output")
    if which == SECOND and not cached:
        raise NodeError(f"{system.name}'s second run", "cached nodes", "none", "read its log")
