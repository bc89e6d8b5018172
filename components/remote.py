"""Artifacts whose folder is not on this machine's disk, as on a cluster: `gs://BUCKET/...`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tables.spill import spill


def is_remote(uri: str) -> bool:
    """Say whether a folder is reached through TensorFlow's file systems only."""
    return "://" in uri


@contextmanager
def written_here(uri: str) -> Iterator[Path]:
    """Yield a folder of this machine to write into: the artifact's own, or one that is copied there at the end.

    Nothing is copied where the writing fails.
    """
    if not is_remote(uri):
        yield Path(uri)
        return
    with spill() as folder:
        yield folder
        _copy(folder, uri)


def _copy(folder: Path, uri: str) -> None:
    from tensorflow.io import gfile  # TFX's own copy holds a whole file in memory

    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        target = f"{uri.rstrip('/')}/{file.relative_to(folder).as_posix()}"
        gfile.makedirs(target.rpartition("/")[0])
        gfile.copy(str(file), target, overwrite=True)
