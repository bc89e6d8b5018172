"""The source of a scoring: files, a query over files, or the rows of a database, fetched once into the work folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.core.errors import DataError
from penstock.serving.batch.rows import Batch, Selection, files_like, rebatch
from penstock.serving.model.document import Document
from penstock.tables.connection import engine
from penstock.tables.databases import snapshot
from penstock.tables.examples.shards import Plan, Shard, read_shard
from penstock.tables.files.faults import line_of
from penstock.tables.files.find import Files, is_partitioned
from penstock.tables.files.reading import delimiter_of
from penstock.tables.input import Input
from penstock.tables.table import Table
from penstock.tables.values.inference import ReadOptions
from penstock.tables.values.interpretation import Interpretation

_ROWS = "rows"


@contextmanager
def open_source(source: Input, document: Document, folder: Path) -> Iterator[Table]:
    """Open a source; the values of delimited files are text, except within a query, which reads them as training does.

    Args:
        source: The source.
        document: The inputs of the model.
        folder: The folder with the rows of a database, which are fetched if they are not there.

    Raises:
        DataError: The source cannot be read, or has no row.
    """
    query = None if source.is_remote else source.query
    options = Interpretation(()) if query is None else ReadOptions()
    with engine() as (connection, _):
        yield Table(_files(source, document, folder / _ROWS), query, connection, options)


def _files(source: Input, document: Document, rows: Path) -> Files:
    if not source.is_remote:
        return files_like(source.source, document, partitions=is_partitioned(source.source))
    if not rows.is_dir():
        snapshot.take(source, rows)
    return snapshot.snapshot_files(source, rows)


def check_rows(table: Table) -> int:
    """Return the number of rows of a table.

    Raises:
        DataError: There is none.
    """
    rows = table.rows()
    if not rows:
        raise DataError(table.name, "at least one row to score", "none", "add rows, or correct the query")
    return rows


class ShardRows:
    """The rows of one shard of a table.

    Attributes:
        names: The columns to write out.
        count: The number of rows; unknown before they are read.
        wanted: The inputs of the model and their columns.
    """

    def __init__(self, plan: Plan, shard: Shard, selection: Selection) -> None:
        """Take the shard, and what is selected of it."""
        self.names = selection.names
        self.count = 0
        self.wanted = selection.wanted
        self._plan, self._shard, self._selection = plan, shard, selection

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, at most `size` at a time."""
        # One thread for each shard: several shards are read at a time, and threads for a small file cost more.
        batches = read_shard(self._plan, self._shard, threads=1)
        yield from map(self._selection.batch, rebatch(batches, size))

    def where(self, row: int, column: str) -> tuple[str, str]:
        """Return the place of a value, the file with its line or row if they are known, and the value as text."""
        value = self._value(row, column)
        files, query = self._plan.files, self._plan.query
        delimiter = delimiter_of(files)
        for path in files.paths if delimiter else ():
            if line := line_of(path, delimiter or "", column, value):
                return f"{path}, line {line}", value
        if query is None and files.digest is None and self._plan.split is not None:
            return f"{self._shard.path}, row {self._shard.start + row}", value
        return f"the query over {files.source}" if query else files.source, value

    def _value(self, row: int, column: str) -> str:
        before = 0
        for batch in read_shard(self._plan, self._shard):
            if row <= before + batch.num_rows:
                return str(batch.column(self.names.index(column))[row - before - 1].as_py())
            before += batch.num_rows
        return ""
