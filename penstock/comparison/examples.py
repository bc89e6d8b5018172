"""The examples of two runs: the rows of each split as a set, in which a row can occur several times."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from penstock.comparison.files import same_files
from penstock.comparison.result import Part
from penstock.core.text import counted
from penstock.tables.examples.stored import stored_records

_SPLIT = "Split-"


@dataclass(frozen=True)
class SplitRows:
    """The rows of one split: how many both runs have, and how many only one of them."""

    name: str
    shared: int
    only_one: int
    only_other: int

    def __str__(self) -> str:
        return f"{self.name}: {self.only_one:,} only in A, {self.only_other:,} only in B, {self.shared:,} in both"


def compare_examples(one: Path, other: Path) -> Part:
    """Compare the examples in two folders; the order of files and of rows is ignored.

    Raises:
        DataError: A file is damaged.
    """
    if same_files(one, other):
        return Part("examples", "identical", "the same bytes")
    splits = [split_rows(name, one, other) for name in dict.fromkeys((*_splits(one), *_splits(other)))]
    counts = {
        "only_a": sum(each.only_one for each in splits),
        "only_b": sum(each.only_other for each in splits),
        "both": sum(each.shared for each in splits),
    }
    if not counts["only_a"] + counts["only_b"]:
        rows = f"{counted(counts['both'], 'row')} in {counted(len(splits), 'split')}"
        return Part("examples", "equal", f"{rows}, in other files or another order", counts=counts)
    words = f"{counted(counts['only_a'], 'row')} only in A, {counts['only_b']:,} only in B"
    unequal = tuple(str(each) for each in splits if each.only_one or each.only_other)
    return Part("examples", "different", words, details=unequal, counts=counts)


def split_rows(name: str, one: Path, other: Path) -> SplitRows:
    """Count the rows of a split in two folders of examples.

    Raises:
        DataError: A file is damaged.
    """
    digests = [_digests(split_files(folder, name)) for folder in (one, other)]
    values, places = np.unique(np.concatenate(digests), return_inverse=True)
    ones, others = (
        np.bincount(part, minlength=len(values)) for part in np.split(places.reshape(-1), [len(digests[0])])
    )
    shared = int(np.minimum(ones, others).sum())
    return SplitRows(name, shared, len(digests[0]) - shared, len(digests[1]) - shared)


def split_files(folder: Path, split: str) -> list[Path]:
    """Return the files of a split's examples, sorted by name."""
    return sorted(file for file in (folder / f"{_SPLIT}{split}").glob("[!.]*") if file.is_file())


def _splits(folder: Path) -> list[str]:
    return sorted(place.name.removeprefix(_SPLIT) for place in folder.glob(f"{_SPLIT}*"))


def _digests(files: Iterable[Path]) -> np.ndarray:
    """Return eight bytes for each row, so that millions of rows fit into memory."""
    rows = (hashlib.blake2b(row, digest_size=8).digest() for file in files for row in stored_records(file))
    return np.fromiter((int.from_bytes(digest) for digest in rows), np.uint64)
