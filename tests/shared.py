"""What the processes of a session share: a folder that the first of them fills."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def shared_folder(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]) -> Path:
    """Return a folder of the session that is filled once, whichever process asks first; the others wait."""
    base = factory.getbasetemp()
    # The folder of a process of pytest-xdist is inside that of the session.
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, filled = root / name, root / f"{name}.filled"
    with FileLock(root / f"{name}.lock"):
        if not filled.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            fill(folder)
            filled.touch()
    return folder
