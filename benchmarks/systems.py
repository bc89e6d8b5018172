"""The systems that are measured, Penstock and upstream's template, behind one interface."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Protocol

from benchmarks import template
from benchmarks.measuring import Command, measure, plain_environment
from penstock.config.loading import load
from penstock.core.errors import NodeError
from penstock.metadata import lineage

PROJECT = Path(__file__).resolve().parent.parent
# A model is fitted and pushed soon; its quality does not matter.
QUICK = ("model.epochs=1", "evaluation.min=0.5", "evaluation.not_worse_than_linear=false")
PENSTOCK, UPSTREAM = "penstock", "upstream"
# Penstock with the newer TFX.
NEXT = "next"


class System(Protocol):
    """A system that can be measured."""

    name: str

    def folder(self, rows: Path) -> Path:
        """Return the folder for the project of a table."""

    def prepare(self, folder: Path, rows: Path) -> None:
        """Create a project in an empty folder, with a table as its data."""

    def command(self, folder: Path) -> Command:
        """Return the command that runs the pipeline of a folder, from start to end."""

    def newest(self, folder: Path) -> lineage.Run:
        """Return the last run, as recorded in the metadata store."""

    def auc(self, folder: Path) -> float:
        """Return the area under the curve that the last pushed model reaches on its own eval split."""


class Penstock:
    """`penstock run --json` with the project's own `pipeline.toml`."""

    name = PENSTOCK

    def folder(self, rows: Path) -> Path:
        """Return a folder next to the table."""
        return rows.parent / self.name

    def prepare(self, folder: Path, rows: Path) -> None:
        """Create a project: the configuration and the table."""
        shutil.copy(PROJECT / "pipeline.toml", folder / "pipeline.toml")
        table = folder / load(folder / "pipeline.toml", environment={}).data.source
        table.parent.mkdir(parents=True)
        _link(table, rows)

    def command(self, folder: Path) -> Command:
        """Return the command that runs the pipeline."""
        return penstock(folder, "run", "--json")

    def newest(self, folder: Path) -> lineage.Run:
        """Return the last run."""
        return lineage.run(load(folder / "pipeline.toml", environment={}).store, "latest")

    def auc(self, folder: Path) -> float:
        """Return the AUC that the run printed."""
        return float(json.loads(self.command(folder).output.read_text(encoding="utf-8"))["metrics"]["auc"])


class Upstream:
    """The taxi template of the installed tfx package, run by its own `local_runner.py`."""

    name = UPSTREAM

    def folder(self, rows: Path) -> Path:
        """Return a folder next to the table."""
        return rows.parent / self.name

    def prepare(self, folder: Path, rows: Path) -> None:
        """Copy the template and put the table where it looks for it."""
        template.copy(folder)
        (folder / "data").mkdir()
        _link(folder / "data" / "data.csv", rows)

    def command(self, folder: Path) -> Command:
        """Return the command that runs the template."""
        return _command(folder, [sys.executable, template.RUNNER], {})

    def newest(self, folder: Path) -> lineage.Run:
        """Return the last run, read from the template's store in the way that Penstock's is."""
        store = folder / "tfx_metadata" / template.NAME / "metadata.db"
        settings = [f"name={template.NAME}", f"metadata.uri=sqlite:///{store}"]
        return lineage.run(load(PROJECT / "pipeline.toml", settings, environment={}).store, "latest")

    def auc(self, folder: Path) -> float:
        """Score its eval rows with its pushed model, in a process of its own."""
        words = [sys.executable, "-P", "-m", "benchmarks.scoring", str(folder)]
        command = _command(folder, words, {"PYTHONPATH": str(PROJECT)}, name="scoring")
        check(command, measure(command).code)
        return float(command.output.read_text(encoding="utf-8"))


def penstock(folder: Path, *words: str, **environment: str) -> Command:
    """Return a `penstock` command in a folder, run with the code of this project."""
    script = str(Path(sys.executable).with_name("penstock"))
    return _command(folder, [script, *words], {"PYTHONPATH": str(PROJECT), **environment})


def changed(*settings: str) -> tuple[str, ...]:
    """Return the arguments that change these settings."""
    return tuple(word for setting in settings for word in ("--set", setting))


def check(command: Command, code: int) -> None:
    """Raise an error if a command failed.

    Raises:
        NodeError: The exit code is not 0; the details are the last lines that the command wrote.
    """
    if code == 0:
        return
    written = [line for file in (command.output, command.log) for line in _lines(file)[-5:]]
    words = Path(command.words[0]).name, *command.words[1:]
    raise NodeError(
        f"the measured command `{' '.join(words)}`",
        "exit code 0",
        f"{code}",
        f"read {command.log}, then go on with `make benchmark RESUME=1`",
        tuple(written),
    )


def _command(folder: Path, words: list[str], environment: dict[str, str], *, name: str = "run") -> Command:
    # The streams are written next to the folder: what runs in it may count its files.
    output, log = (folder.with_name(f"{folder.name}-{name}.{ending}") for ending in ("out", "log"))
    return Command(words, folder, plain_environment(**environment), output, log)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


def nodes_of(run: lineage.Run, began: float) -> list[dict[str, Any]]:
    """Return the nodes of a run as plain data, their starts in seconds since the process began."""
    return [
        {"id": n.id, "state": n.state, "started": round(n.started - began, 3), "seconds": round(n.seconds, 3)}
        for n in run.nodes
    ]


def _link(table: Path, rows: Path) -> None:
    """Give the rows a second name, or copy them if the folder is on another disk."""
    try:
        table.hardlink_to(rows)
    except OSError:
        shutil.copy(rows, table)
