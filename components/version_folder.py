"""The folder of pushed versions, on this machine or in a bucket.

A bucket has neither locks nor renames. Its versions are read from their records, which are copied to this machine. A
new version is uploaded with its record last: what has no record is no version for us, and TensorFlow Serving finds
`saved_model.pb` when all other files of the model are there. Only one run at a time may push into a bucket.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfx.dsl.io import fileio

from components.artifact_files import is_remote, names_below, upload
from penstock.core.files import temporary_folder
from penstock.versions.record import ADDED_FILES, RECORD, STATISTICS

_LAST = ("saved_model.pb", RECORD.as_posix())


@contextmanager
def mirrored(directory: str) -> Iterator[Path]:
    """Yield the folder of versions, or a temporary one with the record and the statistics of each complete version."""
    if not is_remote(directory):
        yield Path(directory)
        return
    with temporary_folder() as folder:
        for number in numbers(directory):
            names = (RECORD, STATISTICS)
            present = [file for file in names if fileio.exists(f"{directory}/{number}/{file.as_posix()}")]
            for file in present if RECORD in present else ():
                (folder / str(number) / file).parent.mkdir(parents=True, exist_ok=True)
                fileio.copy(f"{directory}/{number}/{file.as_posix()}", str(folder / str(number) / file))
        yield folder


def numbers(directory: str) -> list[int]:
    """Return the numbers of all versions, incomplete ones included."""
    if not fileio.exists(directory):
        return []
    names = [Path(name).name for name in fileio.listdir(directory)]
    return sorted(int(name) for name in names if name.isdecimal())


def save(mirror: Path, directory: str, number: int, *, new: bool) -> None:
    """Write a version, or what a push adds to one that exists, into the bucket; the record comes last."""
    folder = mirror / str(number)
    if new:
        names = sorted(names_below(folder), key=lambda name: (name in _LAST, name == _LAST[-1]))
    else:
        present = [name.as_posix() for name in ADDED_FILES if (folder / name).is_file()]
        names = sorted(present, key=lambda name: name == RECORD.as_posix())
    upload(folder, f"{directory}/{number}", names)
