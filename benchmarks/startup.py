"""Time of the commands that only read, compared with the time of importing TensorFlow."""

import os
import statistics
import sys
from pathlib import Path

from benchmarks.measuring import Command, exclusive, measure, plain_environment
from benchmarks.systems import QUICK, Penstock, changed, check, penstock
from penstock.core import marked_folders

TENSORFLOW = "import tensorflow"
REPEATS = 5
# One run for the commands to read; the quality of its model does not matter.
_QUICK = changed(*QUICK)
_COMPLETION = {"_PENSTOCK_COMPLETE": "complete_bash", "COMP_WORDS": "penstock li", "COMP_CWORD": "1"}


def measure_startup(rows: Path, *, lock: Path | None, repeats: int = REPEATS) -> dict[str, list[float]]:
    """Return the seconds of each command, a list per command; the commands alternate.

    Args:
        rows: The table that the commands' one run is made from.
        lock: A file whose lock is waited for.
        repeats: Repetitions of each, after a warm-up.
    """
    folder = rows.parent / "startup"
    marked_folders.recreate(folder)
    Penstock().prepare(folder, rows)
    first = penstock(folder, "run", "--json", *_QUICK)
    with exclusive(lock):
        check(first, measure(first).code)
    with exclusive(lock):
        seconds = _in_turns(commands_in(folder), repeats)
    marked_folders.remove(folder)
    return seconds


def _in_turns(commands: dict[str, Command], repeats: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for repeat in range(repeats + 1):
        for name, command in commands.items():
            measured = measure(command)
            check(command, measured.code)
            if repeat:
                seconds[name].append(round(measured.seconds, 4))
    return seconds


def commands_in(folder: Path) -> dict[str, Command]:
    """Return the measured commands, by their name on the page."""
    null = Path(os.devnull)
    tensorflow = [sys.executable, "-c", TENSORFLOW]
    return {
        TENSORFLOW: Command(tensorflow, folder, plain_environment(), null, folder.with_name("startup-tensorflow.log")),
        "penstock --help": penstock(folder, "--help"),
        "completion": penstock(folder, **_COMPLETION),
        "penstock runs": penstock(folder, "runs"),
        "penstock show": penstock(folder, "show"),
        "penstock lineage": penstock(folder, "lineage"),
        "unchanged run": penstock(folder, "run", "--json", *_QUICK),
    }


def shares(seconds: dict[str, list[float]]) -> dict[str, tuple[float, float]]:
    """Return the median of each command in seconds and as a share of importing TensorFlow."""
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {name: (median, median / medians[TENSORFLOW]) for name, median in medians.items()}


def label(name: str) -> str:
    """Return a command's name for the page, as code if it is one."""
    return f"`{name}`" if name.startswith(("penstock ", "import ")) else name
