"""The `penstock` command in a separate process, as a shell calls it."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def penstock(folder: Path, *arguments: str, program: str = "", **environment: str) -> subprocess.CompletedProcess:
    """Run the command in a folder; a `program` runs before it in the same process."""
    start = ["-c", f"{program}\nfrom pipeline.cli.main import main\nmain()"] if program else ["-m", "pipeline.cli.main"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "TERM": "dumb", "COLUMNS": "80", **environment},
        capture_output=True,
        text=True,
    )
