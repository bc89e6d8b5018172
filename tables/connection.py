"""A connection to the engine that can be left at any time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb


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
