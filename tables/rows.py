"""The rows of an input, as files: those that it names, or a snapshot of a database."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tables import snapshot
from tables.files import Files, find, identity
from tables.input import Input


@contextmanager
def files_of(source: Input) -> Iterator[Files]:
    """Yield the files that hold the rows; what is fetched for that is gone afterwards.

    Raises:
        DataError: There are no such files, or the rows cannot be fetched.
    """
    if not source.is_remote:
        yield find(source.source, source.delimiter)
    elif source.snapshot is not None:
        yield snapshot.opened(source, Path(source.snapshot))
    else:
        with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
            taken = Path(folder) / "rows"
            snapshot.take(source, taken)
            yield snapshot.opened(source, taken)


def digest_of(source: Input) -> str:
    """Return the digest by which the content of an input is named."""
    with files_of(source) as files:
        return identity(files).digest
