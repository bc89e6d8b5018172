"""Penstock with TFX 1.21, in the Debian 13 of `scripts/next-root`, next to Penstock with the TFX of this `.venv`."""

import statistics
import sys
from pathlib import Path

from benchmarks.measuring import Command, exclusive, measure, plain_environment
from benchmarks.results import Results
from benchmarks.summary import FIRST, SECOND, Medians, medians
from benchmarks.systems import NEXT, PENSTOCK, PROJECT, Penstock, check
from penstock.core.stacks import NEXT as STACK
from penstock.core.stacks import stack_of

ROOT = PROJECT / ".tools" / "next" / "root"
# The project in it, as seen there, and a folder for its runs, which is on the disk on which the other runs are.
_COPY, _RUNS = "/penstock", ROOT / "var" / "tmp"
SKIPPED = f"TFX {STACK.tfx} is not measured: {ROOT.relative_to(PROJECT)} is not there, which `make test-next` makes."
REPEATS = 5
# Everything that the process of the nodes imports, and the name of the time that entering the Debian takes.
NODES = "import pipeline.definition, modules.preprocessing, modules.training, modules.evaluation"
ENTERING = "entering"
_SCRIPT = str(PROJECT / "scripts" / "next-root")
HEAD = ("Rows", "Run", "1.16 s", "1.21 s", "1.21 / 1.16", "1.16 RSS", "1.21 RSS", "1.21 / 1.16")
_RUNS_IN_WORDS = {FIRST: "first", SECOND: "second, unchanged"}


class Next(Penstock):
    """The same command and configuration with TFX 1.21."""

    name = NEXT

    def folder(self, rows: Path) -> Path:
        """Return a folder in the Debian, for which all other ones are hidden."""
        return _RUNS / f"penstock-{rows.parent.name}"

    def command(self, folder: Path) -> Command:
        """Return the command that runs the pipeline there."""
        return _inside(folder, [f"{_COPY}/.venv/bin/penstock", "run", "--json"], f"{folder.name}-run")


def others() -> tuple[Penstock, ...]:
    """Return TFX 1.21 as a further system, if it is installed next to TFX 1.16."""
    is_made = (ROOT / _COPY.strip("/") / ".venv").is_dir()
    return (Next(),) if is_made and stack_of(sys.version_info[:2]) is not STACK else ()


def prepare(lock: Path | None) -> None:
    """Bring the code and packages in the Debian up to date, and import them once.

    Raises:
        NodeError: A command failed.
    """
    made = Command([_SCRIPT, "make"], PROJECT, plain_environment(), *_files("make"))
    for command in (made, _inside(_RUNS, ["make", "-C", _COPY, "set-up"], "set-up"), _python(NODES)):
        with exclusive(lock):
            check(command, measure(command).code)


def measure_imports(lock: Path | None, repeats: int = REPEATS) -> dict[str, list[float]]:
    """Return the seconds of the imports of both stacks, and of entering the Debian; they alternate."""
    here = Command([sys.executable, "-c", NODES], PROJECT, plain_environment(), *_files("here"))
    commands = {PENSTOCK: here, NEXT: _python(NODES), ENTERING: _inside(_RUNS, ["true"], ENTERING)}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    with exclusive(lock):
        for _ in range(repeats):
            for name, command in commands.items():
                measured = measure(command)
                check(command, measured.code)
                seconds[name].append(round(measured.seconds, 4))
    return seconds


def _python(program: str) -> Command:
    return _inside(_RUNS, [f"{_COPY}/.venv/bin/python", "-c", program], "python")


def _inside(folder: Path, words: list[str], name: str) -> Command:
    """Return a command that runs in a folder in the Debian, with the environment of all measured processes."""
    fixed = [f"{key}={value}" for key, value in plain_environment().items() if key not in ("PATH", "HOME")]
    place = plain_environment(FOLDER=f"/{folder.relative_to(ROOT)}")
    return Command([_SCRIPT, "run", "env", *fixed, *words], PROJECT, place, *_files(name))


def _files(name: str) -> tuple[Path, Path]:
    return _RUNS / f"{name}.out", _RUNS / f"{name}.log"


def lines(results: Results) -> list[tuple[str, ...]]:
    """Return the rows of the table HEAD, for the sizes and runs that both stacks have."""
    found = []
    for rows in sorted({entry["rows"] for entry in results.find(side=NEXT)}):
        for run, words in _RUNS_IN_WORDS.items():
            old, new = (medians(results, system, rows, run) for system in (PENSTOCK, NEXT))
            if old and new:
                found.append((f"{rows:,}", words, *_cells(old, new)))
    return found


def _cells(old: Medians, new: Medians) -> tuple[str, ...]:
    seconds = (f"{old.seconds:.1f}", f"{new.seconds:.1f}", f"{new.seconds / old.seconds:.2f}")
    return *seconds, *(f"{of.peak_rss / 1e9:.2f} GB" for of in (old, new)), f"{new.peak_rss / old.peak_rss:.2f}"


def imports(seconds: dict[str, list[float]]) -> str:
    """Return a sentence with the medians of the imports."""
    entering, old, new = (statistics.median(seconds[name]) for name in (ENTERING, PENSTOCK, NEXT))
    new -= entering
    return (
        f"The imports of the process that runs the nodes take {old:.2f} s with TFX 1.16 and {new:.2f} s with TFX 1.21, "
        f"a ratio of {new / old:.2f} (medians of {len(seconds[NEXT])}). Entering the Debian takes {entering:.2f} s, "
        "which the times of TFX 1.21 in the table include and those of the imports do not.\n"
    )
