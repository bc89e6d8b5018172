"""First and second runs of both sides, alternating, each in a fresh process and the first with empty output."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import template
from benchmarks.measuring import measure, turn
from benchmarks.results import Results
from benchmarks.sides import Penstock, Side, Upstream, check, nodes_of
from penstock.core import marked_folders
from penstock.core.errors import NodeError
from penstock.metadata import lineage
from pipeline.nodes import NODES

FIRST, SECOND = "first", "second"
# A second run of both at a million rows and more would take minutes, and nothing is asked of it.
MOST_ROWS_OF_SECOND = 500_000

Tell = Callable[[str], None]


def measure_repeat(results: Results, rows: Path, at: tuple[int, int], *, lock: Path | None, tell: Tell) -> None:
    """Measure both sides once at one size, unless the results have it already.

    Args:
        results: Where the figures go, as soon as there are any.
        rows: The table.
        at: Its number of rows, and the number of the repeat.
        lock: A file whose lock each process waits for.
        tell: Is called with a line per measurement.
    """
    sides: tuple[Side, ...] = (Upstream(), Penstock())
    for side in sides:
        count, repeat = at
        if results.find(side=side.name, rows=count, repeat=repeat):
            continue
        folder = rows.parent / side.name
        marked_folders.recreate(folder)
        side.prepare(folder, rows)
        entries = []
        for which in (FIRST, SECOND) if count <= MOST_ROWS_OF_SECOND else (FIRST,):
            entry = {
                "side": side.name,
                "rows": count,
                "repeat": repeat,
                "run": which,
                **_once(side, folder, which, lock),
            }
            entries.append(entry)
            tell(f"{count:>9,} rows, repeat {repeat}, {side.name:8} {which:6} run: {entry['seconds']:6.1f} s")
        # Together: a second run means something only beside its first.
        for entry in entries:
            results.add(entry)
        marked_folders.remove(folder)


def _once(side: Side, folder: Path, which: str, lock: Path | None) -> dict[str, Any]:
    command = side.command(folder)
    with turn(lock):
        measured = measure(command)
    check(command, measured.code)
    run = side.newest(folder)
    check_nodes(side, run, which)
    with turn(lock):
        auc = side.auc(folder) if which == FIRST else None
    return {**_rounded(asdict(measured)), "auc": auc, "nodes": nodes_of(run, measured.began)}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in values.items()}


def check_nodes(side: Side, run: lineage.Run, which: str) -> None:
    """Refuse a run that is not what it is measured as."""
    wanted = set(template.NODES if isinstance(side, Upstream) else NODES)
    missing = wanted - {node.id for node in run.nodes}
    if missing:
        raise NodeError(f"{side.name}'s run", "every node", f"one without {', '.join(sorted(missing))}", "read its log")
    cached = {node.id for node in run.nodes if node.state == "cached"}
    if which == FIRST and cached:
        raise NodeError(f"{side.name}'s first run", "no cached node", ", ".join(sorted(cached)), "empty its output")
    if which == SECOND and not cached:
        raise NodeError(f"{side.name}'s second run", "cached nodes", "none", "read its log")
