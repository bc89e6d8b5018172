"""How long a whole first run on the smallest table takes, compared with the time of its imports.

The configuration is the one that `penstock init` proposes.
"""

import json
import sys
from pathlib import Path

from pyarrow import csv

from benchmarks.measuring import Command, exclusive, measure, plain_environment
from benchmarks.quality.tables import TABLES
from benchmarks.systems import PROJECT, check, penstock
from penstock.core import marked_folders
from penstock.core.errors import NodeError

TABLE = "iris"
STARTUP, FIRST_RUN = "start-up", "first run"
_IMPORTS = "from pipeline.plan import prepare_imports; prepare_imports()"


def measure_first_run(folder: Path, *, lock: Path | None, repeats: int) -> dict[str, list[float]]:
    """Return the seconds of start-up and first run in alternation, each in a new process.

    Args:
        folder: For temporary files.
        lock: A file whose lock each process waits for.
        repeats: Repetitions of each.
    """
    seconds: dict[str, list[float]] = {STARTUP: [], FIRST_RUN: []}
    for _ in range(repeats):
        place = folder / "first-run"
        marked_folders.recreate(place)
        propose(place)
        commands = {STARTUP: startup(place), FIRST_RUN: penstock(place, "run", "--json")}
        for name, command in commands.items():
            with exclusive(lock):
                measured = measure(command)
            check(command, measured.code)
            seconds[name].append(round(measured.seconds, 3))
        check_pushed(commands[FIRST_RUN].output)
        marked_folders.remove(place)
    return seconds


def propose(folder: Path) -> None:
    """Write the table as CSV into a folder, and have a configuration proposed for it."""
    table = TABLES[TABLE]()
    csv.write_csv(table.rows, folder / f"{TABLE}.csv")
    command = penstock(folder, "init", f"{TABLE}.csv", "--label", table.label)
    check(command, measure(command).code)


def startup(folder: Path) -> Command:
    """Return a command with the imports of the process that runs the nodes, and nothing else."""
    output, log = (folder.with_name(f"start-up.{ending}") for ending in ("out", "log"))
    words = [sys.executable, "-P", "-c", _IMPORTS]
    return Command(words, folder, plain_environment(PYTHONPATH=str(PROJECT)), output, log)


def check_pushed(output: Path) -> None:
    """Raise an error if a first run pushed no model, or used results of an earlier run.

    Raises:
        NodeError: It is such a run.
    """
    found = json.loads(output.read_text(encoding="utf-8"))
    states = {node["state"] for node in found["nodes"]}
    if found["state"] != "pushed" or states != {"ran"}:
        received = f"one that was {found['state']}, with nodes that are {', '.join(sorted(states))}"
        raise NodeError("the first run", "one whose nodes all ran, and that pushed", received, f"read {output}")
