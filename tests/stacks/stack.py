"""The two stacks on one machine: TFX 1.16 in `.venv`, TFX 1.21 in the Debian 13 of `scripts/next-root`."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
MADE = PROJECT / ".tools" / "next" / "root" / "penstock" / ".venv"
SECONDS = 1800


@dataclass(frozen=True)
class Stack:
    """One of the two; both see the same folders below /tmp.

    Attributes:
        tfx: The version of TFX.
        project: The folder of the code, as this stack sees it.
        enter: What its programs are started with.
    """

    tfx: str
    project: str
    enter: tuple[str, ...] = ()

    def program(self, folder: Path, name: str, *words: str) -> subprocess.CompletedProcess:
        """Run a program of its `.venv` in a folder."""
        fixed = {"LANG": "C.UTF-8", "TF_CPP_MIN_LOG_LEVEL": "3", "FOLDER": str(folder)}
        return subprocess.run(
            [*self.enter, f"{self.project}/.venv/bin/{name}", *words],
            cwd=PROJECT if self.enter else folder,
            env={name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ} | fixed,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def script(self, name: str, *words: str) -> subprocess.CompletedProcess:
        """Run a file of this folder, with the code of the project, and return what it printed."""
        done = self.program(Path("/tmp"), "python", f"{self.project}/tests/stacks/{name}.py", *words)
        assert done.returncode == 0, done.stderr[-3000:]
        return done

    def penstock(self, folder: Path, *words: str) -> dict[str, Any]:
        """Run a command of penstock with --json in a project, and return its object and, as `exit`, its code."""
        done = self.program(folder, "penstock", *words, "--json")
        assert done.stdout.count("\n") == 1, (words, done.stdout[-3000:], done.stderr[-3000:])
        return {**json.loads(done.stdout), "exit": done.returncode}


OLD = Stack("1.16", str(PROJECT))
NEXT = Stack("1.21", "/penstock", ("scripts/next-root", "run"))
STACKS = (OLD, NEXT)
