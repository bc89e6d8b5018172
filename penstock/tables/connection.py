"""A connection to DuckDB that can be interrupted, with a folder for data that does not fit into memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from penstock.core.files import temporary_folder


@contextmanager
def connected(config: dict[str, Any] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection; an exception that leaves the block interrupts the running query.

    Closing a connection waits for its query, and no signal is handled meanwhile.
    """
    with duckdb.connect(config=config or {}) as connection:
        try:
            yield connection
        except BaseException:
            connection.interrupt()
            raise


@contextmanager
def engine(threads: int | None = None) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Open a connection for one table, with a folder for data that does not fit into memory.

    Args:
        threads: The number of threads that read; by default one for each core.
    """
    with temporary_folder() as folder, connected(_settings(folder, threads)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # The size of DuckDB's read-ahead; with a smaller buffer one thread does all of the reading.
        connection.execute("SET streaming_buffer_size = '8MB'")
        yield connection, folder


def _settings(folder: Path, threads: int | None) -> dict[str, Any]:
    return {
        **({} if threads is None else {"threads": threads}),
        "autoinstall_known_extensions": "false",
        "preserve_insertion_order": "true",
        "temp_directory": str(folder),
    }
