"""Where two values or folders differ, in words: the values as `penstock compare` compares them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from penstock.comparison import values
from penstock.comparison.examples import split_files
from penstock.comparison.result import TOLERANCE, shown
from penstock.tables.examples.stored import stored_records


def differences(one: Any, other: Any, tolerance: float = TOLERANCE) -> list[str]:
    """Return the places where two plain values differ; two floats may, by a millionth."""
    return [
        f"{'.'.join(each.place)}: {shown(each.one)} and {shown(each.other)}"
        for each in values.differences(one, other)
        if each.size > tolerance
    ]


def between_folders(one: Path, other: Path, read: Callable[[Path], Any]) -> list[str]:
    """Return where the files of two folders differ, each read by a function."""
    ones, others = ({str(file.relative_to(top)): read(file) for file in _files(top)} for top in (one, other))
    if ones.keys() != others.keys():
        return [f"only one has {sorted(ones.keys() ^ others.keys())}"]
    return differences(ones, others) if ones else [f"{one} has no files"]


def _files(top: Path) -> list[Path]:
    return sorted(file for file in top.rglob("*") if file.is_file())


def records(examples: Path, split: str) -> list[list[bytes]]:
    """Return the records of each file of a split, in their order."""
    return [list(stored_records(file)) for file in split_files(examples, split)]


def arrays(file: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a file by name."""
    with np.load(file, allow_pickle=True) as loaded:
        return {name: loaded[name] for name in loaded.files}
