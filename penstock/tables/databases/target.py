"""A table of a database that scored rows are written into: a transaction per shard, which also records the shard.

What is recorded in the transaction of the rows decides whether a shard is written again. So each shard is in the table
exactly once, whenever the process or the server ends.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from penstock.core.errors import ConfigError, DataError
from penstock.core.text import did_you_mean
from penstock.core.urls import scheme_of, server_url
from penstock.tables.databases.database import connect_settings, message_of
from penstock.tables.databases.statements import column_type, insert_of, rows_of
from penstock.tables.input import Input

SHARDS = "penstock_scored_shards"
_RUN_LENGTH, _NAME_LENGTH = 64, 128


@dataclass(frozen=True)
class Target:
    """A table to write into.

    Attributes:
        url: The URL of the database.
        table: The table, with its schema if it has one.
        key: The columns of the key by which rows are replaced; empty if rows are appended.
    """

    url: str
    table: str
    key: tuple[str, ...] = ()

    @property
    def place(self) -> Input:
        """The table as a source, whose name has no password."""
        return Input(self.url, table=self.table)

    @property
    def name(self) -> str:
        """The name of the table in messages."""
        return self.place.name


@dataclass(frozen=True)
class Stored:
    """A shard to be written.

    Attributes:
        run: The id of the scoring.
        number: The number of the shard.
        rows: The number of its rows.
    """

    run: str
    number: int
    rows: int


class TargetTable:
    """A table of an open database; made by `open_target`."""

    def __init__(self, target: Target, engine: sa.Engine) -> None:
        """Take the table's address and SQLAlchemy's engine."""
        self._target, self._engine = target, engine
        schema, _, self._name = target.table.rpartition(".")
        self._schema = schema or None
        self._metadata = sa.MetaData()
        self._shards = sa.Table(
            SHARDS,
            self._metadata,
            sa.Column("run_id", sa.String(_RUN_LENGTH), primary_key=True),
            sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("row_count", sa.BigInteger, nullable=False),
            sa.Column("target", sa.Text, nullable=False),
            schema=self._schema,
            mysql_engine="InnoDB",
        )

    def check(self, names: Sequence[str]) -> None:
        """Raise a DataError if the table exists and does not fit columns of these names, or the key."""
        missing = [name for name in self._target.key if name not in names]
        if missing:
            received = f"no column {missing[0]!r}{did_you_mean(missing[0], list(names))}"
            raise ConfigError("--key", "columns of the scored rows", received, "correct the name")
        with self._sentences(), self._engine.connect() as connection:
            inspector = sa.inspect(connection)
            if not inspector.has_table(self._name, self._schema):
                return
            self._check_columns(inspector, names)
            self._check_key(inspector)
            self._check_transactions(connection)

    def prepare(self, schema: pa.Schema) -> None:
        """Make the table, and the one that records the shards, unless they exist."""
        dialect = self._engine.dialect.name
        key = self._target.key
        columns = [
            sa.Column(
                field.name,
                column_type(field.type, dialect, is_key=field.name in key),
                primary_key=field.name in key,
                autoincrement=False,
                nullable=field.name not in key,
            )
            for field in schema
        ]
        sa.Table(self._name, self._metadata, *columns, schema=self._schema, mysql_engine="InnoDB")
        with self._sentences():
            self._metadata.create_all(self._engine)

    def done(self, run: str) -> dict[int, int]:
        """Return the number of rows of each shard of a scoring that is in the table, by the number of the shard."""
        with self._sentences(), self._engine.connect() as connection:
            if not sa.inspect(connection).has_table(SHARDS, self._schema):
                return {}
            columns = (self._shards.c.shard, self._shards.c.row_count)
            found = connection.execute(sa.select(*columns).where(self._shards.c.run_id == run))
            return {int(shard): int(rows) for shard, rows in found}

    def write(self, shard: Stored, batches: Iterable[pa.RecordBatch]) -> None:
        """Write the rows of a shard, and that they are written, in one transaction.

        Raises:
            DataError: The database fails; then no row of the shard is in the table.
        """
        with self._sentences(), self._engine.begin() as connection:
            # First, so that another process that writes the same shard waits here, and then fails.
            recorded = {"run_id": shard.run, "shard": shard.number, "row_count": shard.rows}
            connection.execute(self._shards.insert().values(**recorded, target=self._target.table))
            written = self._insert(connection, batches)
            if written != shard.rows:
                expected = f"{shard.rows} rows in shard {shard.number}"
                raise DataError(self._target.name, expected, str(written), "score all rows again with --restart")

    def discard(self, run: str, column: str) -> None:
        """Remove the rows that a scoring appended, and its shards; rows that it replaced stay.

        Args:
            run: The id of the scoring.
            column: The column with the ids of scorings.
        """
        with self._sentences(), self._engine.begin() as connection:
            inspector = sa.inspect(connection)
            if not inspector.has_table(SHARDS, self._schema):
                return
            if not self._target.key and inspector.has_table(self._name, self._schema):
                rows = sa.table(self._name, sa.column(column), schema=self._schema)
                connection.execute(sa.delete(rows).where(rows.c[column] == run))
            connection.execute(sa.delete(self._shards).where(self._shards.c.run_id == run))

    def _insert(self, connection: sa.Connection, batches: Iterable[pa.RecordBatch]) -> int:
        written, statement = 0, None
        for batch in batches:
            statement = statement or insert_of(connection, self._quoted(), batch.schema.names, self._target.key)
            statement.write(rows_of(batch, connection.dialect.name))
            written += batch.num_rows
        if statement is not None:
            statement.close()
        return written

    def _quoted(self) -> str:
        quote = self._engine.dialect.identifier_preparer.quote_identifier
        return ".".join(quote(part) for part in (self._schema, self._name) if part)

    def _check_columns(self, inspector: sa.Inspector, names: Sequence[str]) -> None:
        present = [column["name"] for column in inspector.get_columns(self._name, self._schema)]
        missing = [name for name in names if name not in present]
        if missing:
            expected = f"the columns {', '.join(names)}"
            received = ", ".join(f"no {name!r}{did_you_mean(name, present)}" for name in missing)
            raise DataError(self._target.name, expected, received, "add the columns, or name another table")

    def _check_key(self, inspector: sa.Inspector) -> None:
        if not self._target.key:
            return
        primary = inspector.get_pk_constraint(self._name, self._schema).get("constrained_columns")
        unique = [set(primary or [])]
        unique += [set(each["column_names"]) for each in inspector.get_unique_constraints(self._name, self._schema)]
        indexes = inspector.get_indexes(self._name, self._schema)
        unique += [{name for name in each["column_names"] if name} for each in indexes if each["unique"]]
        if set(self._target.key) not in unique:
            expected = f"a primary key or a unique index on {', '.join(self._target.key)}"
            raise DataError(self._target.name, expected, "none", "add one, or correct --key")

    def _check_transactions(self, connection: sa.Connection) -> None:
        if connection.dialect.name != "mysql":
            return
        query = (
            "SELECT engine FROM information_schema.tables WHERE table_schema = coalesce(:schema, database()) "
            "AND table_name = :name"
        )
        found = connection.execute(sa.text(query), {"schema": self._schema, "name": self._name}).scalar()
        if found and found != "InnoDB":
            remedy = "ALTER TABLE ... ENGINE=InnoDB, or name another table"
            raise DataError(self._target.name, "a table with transactions (InnoDB)", str(found), remedy)

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            message = message_of(self._target.place, error)
            remedy = "correct that, then start the command again, which continues"
            raise DataError(self._target.name, "a database that can be written", message, remedy) from None


@contextmanager
def open_target(target: Target) -> Iterator[TargetTable]:
    """Open the database of a table.

    Raises:
        DataError: It cannot be opened; no password is shown.
    """
    try:
        engine = sa.create_engine(_address(target), **connect_settings(target.place))
    except (sa.exc.SQLAlchemyError, ValueError) as error:
        message = message_of(target.place, error)
        raise DataError(target.name, "a database that can be opened", message, "correct --to") from None
    file = Path(engine.url.database or "") if scheme_of(target.url) == "sqlite" else None
    is_new = file is not None and not file.exists()
    try:
        yield TargetTable(target, engine)
    finally:
        engine.dispose()
        # SQLite makes a file for a database of which it only reads that it has no table.
        if file is not None and is_new and file.exists() and not file.stat().st_size:
            file.unlink()


def _address(target: Target) -> Any:
    if scheme_of(target.url) != "sqlite":
        return server_url(target.url)
    file = Path(target.url.removeprefix("sqlite:///")).absolute()
    if not file.parent.is_dir():
        raise DataError(target.name, "a folder for the SQLite file", f"no folder {file.parent}", "make it first")
    return sa.URL.create("sqlite", database=str(file))
