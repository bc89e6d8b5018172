"""The files of a source in a bucket, copied to this machine for as long as they are read."""

import glob
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tfx.dsl.io import fileio

from components.artifact_files import fetch, is_remote
from penstock.core.errors import DataError
from penstock.core.files import temporary_folder
from penstock.tables.files.find import by_name
from penstock.tables.input import Input


@contextmanager
def local_source(source: Input) -> Iterator[Input]:
    """Yield the source with a path on this machine: its own, or that of a temporary copy.

    Raises:
        DataError: There are no such files, or they cannot be read.
    """
    if source.is_remote or not is_remote(source.source):
        yield source
        return
    with temporary_folder() as folder:
        yield replace(source, source=_copied(source.source, folder))


def _copied(source: str, folder: Path) -> str:
    """Copy the files of a source to a folder; return the source in it."""
    import tensorflow as tf

    root, pattern = by_name(source)
    try:
        if pattern == "*" and not glob.has_magic(source):
            if not fileio.isdir(source):
                raise _missing(source, "no such folder")
            fetch(source, folder)
            return str(folder)
        found = fileio.glob(source) if glob.has_magic(source) else [source] * fileio.exists(source)
        if not found:
            raise _missing(source, "no such file")
        for file in found:
            target = folder / _relative(file, root)
            target.parent.mkdir(parents=True, exist_ok=True)
            tf.io.gfile.copy(file, str(target), overwrite=True)
    except tf.errors.OpError as error:
        raise DataError(
            f"the source {source}", "files that can be read", error.message, "check its address and the credentials"
        ) from error
    return str(folder / pattern)


def _relative(file: str, root: str) -> str:
    return file.removeprefix(root).lstrip("/")


def _missing(source: str, received: str) -> DataError:
    return DataError(f"the source {source}", "a file, a folder or a glob", received, "check data.source")
