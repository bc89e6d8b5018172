"""First runs of both stacks, each made when a test first asks for it."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.stack import MADE, NEXT, OLD, PROJECT, STACKS, Stack
from tests.stacks.tables import write_project


@dataclass(frozen=True)
class Ran:
    """The project of a model family after its first run.

    Attributes:
        stack: What ran it.
        folder: The project.
        run: What the run printed.
        places: The folder of each output, by `NODE.KEY`.
    """

    stack: Stack
    folder: Path
    run: dict[str, Any]
    places: dict[str, Path]


Pair = tuple[Ran, Ran]


class Projects:
    """The first runs, by family: of TFX 1.16 and of TFX 1.21, which run at the same time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pairs: dict[str, Pair] = {}

    def pair(self, family: str) -> Pair:
        """Return the two runs of a family."""
        if family not in self._pairs:
            one, other = both(lambda stack: self._first_run(stack, family))
            self._pairs[family] = one, other
        return self._pairs[family]

    def _first_run(self, stack: Stack, family: str) -> Ran:
        folder = write_project(family, self._folder / stack.tfx / family)
        run = stack.penstock(folder, "run")
        return Ran(stack, folder, run, places_of(stack, folder, run))


def places_of(stack: Stack, folder: Path, run: dict[str, Any]) -> dict[str, Path]:
    """Return the folder of each output of a run, by `NODE.KEY`."""
    nodes = stack.penstock(folder, "show", run["run_id"])["nodes"]
    return {f"{node['id']}.{output['key']}": Path(output["uri"]) for node in nodes for output in node["outputs"]}


def both(made_by: Any) -> list[Any]:
    """Return what a function makes with each stack, at the same time."""
    with ThreadPoolExecutor(len(STACKS)) as executor:
        return list(executor.map(made_by, STACKS))


@pytest.fixture(scope="session", autouse=True)
def debian() -> None:
    """Bring the code in the Debian 13 up to date; without one there is nothing to compare."""
    if not MADE.is_dir():
        pytest.skip(f"there is no TFX {NEXT.tfx} to compare with TFX {OLD.tfx}: make test-next installs one")
    subprocess.run(["scripts/next-root", "make"], cwd=PROJECT, check=True, capture_output=True)


@pytest.fixture(scope="session")
def projects(tmp_path_factory) -> Projects:
    """Return the first runs."""
    return Projects(tmp_path_factory.mktemp("stacks"))
