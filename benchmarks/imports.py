"""Import time of a first run of Penstock by package, from one extra run with PYTHONPROFILEIMPORTTIME."""

import re
from collections import Counter
from pathlib import Path

from benchmarks.measuring import exclusive, measure
from benchmarks.systems import Penstock, check, penstock
from penstock.core import marked_folders

# Microseconds of the module alone, of it with all that it imported, and its name.
_LINE = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)


def measure_imports(rows: Path, *, lock: Path | None) -> dict[str, dict[str, float]]:
    """Return the seconds by top-level package, of the command and of the process that runs the nodes."""
    folder = rows.parent / "imports"
    marked_folders.recreate(folder)
    system = Penstock()
    system.prepare(folder, rows)
    command = penstock(folder, "run", "--json", PYTHONPROFILEIMPORTTIME="1")
    with exclusive(lock):
        check(command, measure(command).code)
    logs = sorted((folder / "state" / "logs").glob("*.log"))
    found = {
        "command": by_package(command.log.read_text(encoding="utf-8", errors="replace")),
        "nodes": by_package("\n".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)),
    }
    marked_folders.remove(folder)
    return found


def by_package(log: str) -> dict[str, float]:
    """Return the seconds of each top-level package in the lines of `python -X importtime`, the longest first."""
    packages: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(log):
        packages[module.partition(".")[0]] += int(microseconds)
    return {name: round(total / 1e6, 3) for name, total in packages.most_common() if total >= 1000}
