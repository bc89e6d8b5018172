"""The rows of an input, as files: those that it names, or a snapshot of a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.core.files import temporary_folder
from penstock.tables.files.find import Files, Identity, find, identity
from penstock.tables.input import Input


@contextmanager
def files_of(source: Input) -> Iterator[Files]:
    """Yield the files that hold the rows; what is fetched for that is gone afterwards.

    Raises:
        DataError: There are no such files, or the rows cannot be fetched.
    """
    if not source.is_remote:
        yield find(source.source, source.delimiter, partitions=bool(source.partitions))
        return
    from penstock.tables.databases import snapshot  # with Arrow and DuckDB, which files are named without

    if source.snapshot is not None:
        yield snapshot.opened(source, Path(source.snapshot))
    else:
        with temporary_folder() as folder:
            taken = folder / "rows"
            snapshot.take(source, taken)
            yield snapshot.opened(source, taken)


def digest_of(source: Input) -> str:
    """Return the digest by which the content of an input is named."""
    with files_of(source) as files:
        return identity_of(source, files).digest


def identity_of(source: Input, files: Files) -> Identity:
    """Return what the rows of an input are named by, once its files are found.

    Raises:
        DataError: The query reads what cannot be named by its content.
    """
    if source.query is None or source.is_remote:
        return identity(files)
    from penstock.tables.files.query_files import (
        query_files,  # with DuckDB, which a table without a query is named without
    )

    return identity(files, query_files(source.query))
