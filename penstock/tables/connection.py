"""A connection to the engine that can be left at any time, with a folder for what does not fit into memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from penstock.core.files import temporary_folder


@contextmanager
def connected(config: dict[str, Any] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection; a query that is running when an exception leaves the block is ended.

    Closing a connection waits for its query, and while it waits nothing else is heard, no signal either.
    """
    with duckdb.connect(config=config or {}) as connection:
        try:
            yield connection
        except BaseException:
            connection.interrupt()
            raise


@contextmanager
def engine() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Open a connection for one table, with a folder for what does not fit into memory."""
    with temporary_folder() as folder, connected(_settings(folder)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # As much is read ahead of who pulls; with less, one thread does all of the reading.
        connection.execute("SET streaming_buffer_size = '8MB'")
        yield connection, folder


def _settings(folder: Path) -> dict[str, Any]:
    return {
        "autoinstall_known_extensions": "false",
        "preserve_insertion_order": "true",
        "temp_directory": str(folder),
    }
