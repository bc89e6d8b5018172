"""The rows of an input as files: its own files, or a snapshot of a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.core.files import temporary_folder
from penstock.tables.files.find import Files, Identity, find, identity
from penstock.tables.input import Input


@contextmanager
def files_of(source: Input) -> Iterator[Files]:
    """Yield the files with the rows; a snapshot that is fetched for this is removed afterwards.

    Raises:
        DataError: There are no such files, or the rows cannot be fetched.
    """
    if not source.is_remote:
        yield find(source.source, source.delimiter, partitions=bool(source.partitions))
        return
    from penstock.tables.databases import snapshot  # imports Arrow and DuckDB, which finding files does not need

    if source.snapshot is not None:
        yield snapshot.snapshot_files(source, Path(source.snapshot))
    else:
        with temporary_folder() as folder:
            fetched = folder / "rows"
            snapshot.take(source, fetched)
            yield snapshot.snapshot_files(source, fetched)


def digest_of(source: Input) -> str:
    """Return the digest of the content of an input."""
    with files_of(source) as files:
        return identity_of(source, files).digest


def identity_of(source: Input, files: Files) -> Identity:
    """Return the digest of the rows of an input, and the files that it covers.

    Raises:
        DataError: The query reads a file whose content cannot be hashed.
    """
    if source.query is None or source.is_remote:
        return identity(files)
    from penstock.tables.files.query_files import (
        query_files,  # imports DuckDB, which hashing files without a query does not need
    )

    return identity(files, query_files(source.query))
