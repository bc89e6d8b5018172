"""Processor time of the commands of the registry, compared with that of importing TensorFlow.

One project with two pushed versions, in the embedded database. Each command is a process of its own; the commands
alternate, after one round that is not counted and compiles what they import.
"""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Command, measure, plain_environment
from benchmarks.startup import TENSORFLOW, shares
from benchmarks.systems import PROJECT, QUICK, Penstock, changed, check, penstock
from penstock.core import marked_folders

LIMIT, REPEATS = 0.08, 7
ROWS = PROJECT / "data" / "taxi" / "trips.csv"
FOLDER = PROJECT / "state" / "benchmark" / "commands"
# The quality of the model does not matter.
_QUICK = changed(*QUICK)
# In this order each finds the state that the one before has left, and the last ones restore the first state.
COMMANDS = (
    "models list",
    "models show",
    "models compare 1 2",
    "models promote 2 --why better",
    "models rollback",
    "models tag 2 checked={round}",
    "models archive 2",
    "models archive 2 --undo",
    "experiments list --order -metric.auc",
    "experiments show 1",
    "experiments compare 1 2",
    "experiments archive 2",
    "experiments archive 2 --undo",
    "registry check",
    "token create bot-{round} --scope read",
    "token list",
    "token revoke bot-{round}",
)


def prepare(folder: Path, rows: Path) -> None:
    """Make a project with two pushed versions."""
    marked_folders.recreate(folder)
    Penstock().prepare(folder, rows)
    for words in (("run",), ("run", "--no-cache")):
        command = penstock(folder, *words, "--json", *_QUICK)
        check(command, measure(command).code)


def measure_commands(folder: Path, repeats: int = REPEATS) -> dict[str, list[float]]:
    """Return the seconds of processor time of each command, a list per command.

    Args:
        folder: The folder of the project.
        repeats: The rounds that count.
    """
    seconds: dict[str, list[float]] = {}
    for number in range(repeats + 1):
        for name, command in commands_in(folder, number):
            measured = measure(command)
            check(command, measured.code)
            if number:
                seconds.setdefault(name, []).append(round(measured.cpu_seconds, 4))
    return seconds


def commands_in(folder: Path, number: int) -> Iterator[tuple[str, Command]]:
    """Yield the commands of a round, by their names."""
    null = Path(os.devnull)
    log = folder.with_name("commands-tensorflow.log")
    yield TENSORFLOW, Command([sys.executable, "-c", TENSORFLOW], folder, plain_environment(), null, log)
    for text in COMMANDS:
        for words in (text, f"{text} --json"):
            # A change is made once in a round.
            if words == text or is_reading(text):
                name = f"penstock {words.replace('{round}', 'N')}"
                yield name, penstock(folder, *shlex.split(words.format(round=number)))


def is_reading(command: str) -> bool:
    """Return whether a command changes nothing."""
    return bool({"list", "show", "compare", "check"} & set(command.split()[:2]))


def main() -> int:
    """Measure, and print one JSON object at the end; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--check", action="store_true", help=f"exit with 1 if a command takes more than {LIMIT:.0%}")
    given = parser.parse_args()
    prepare(FOLDER, ROWS)
    found = shares(measure_commands(FOLDER, given.repeats))
    for name, (seconds, share) in found.items():
        print(f"{seconds:7.3f} s  {share:6.1%}  {name}")
    slow = {name: round(share, 4) for name, (_, share) in found.items() if name != TENSORFLOW and share > LIMIT}
    print(json.dumps({"repeats": given.repeats, "limit": LIMIT, "tensorflow": found[TENSORFLOW][0], "slow": slow}))
    marked_folders.remove(FOLDER)
    return 1 if slow and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
