"""Creates and migrates the tables, once, however many processes start at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.exc import OperationalError, ProgrammingError

from penstock.core.errors import StoreError
from penstock.registry.database.engine import Database
from penstock.registry.database.file import REVISION
from penstock.registry.database.sqlite import make_folder

_LOCK_SECONDS = 120
# The key of PostgreSQL's advisory lock.
_LOCK = 0x70656E73746F636B


def migrate(database: Database) -> None:
    """Bring the tables of a database to the newest revision.

    Raises:
        StoreError: The database cannot be written, or a newer release of Penstock has migrated it.
    """
    if _revision(database) == REVISION:
        return
    with _lock(database):
        found = _revision(database)
        if found == REVISION:
            return
        if found is not None and found > REVISION:
            raise StoreError(
                f"registry {database.name}",
                f"tables of revision {REVISION} or older",
                f"revision {found}",
                "use the release of Penstock that migrated it, or a newer one",
            )
        with database.writing() as connection:
            upgrade(connection)


def has_tables(database: Database) -> bool:
    """Return whether a database has the tables of a registry, of any revision; nothing is made.

    Raises:
        StoreError: The database cannot be opened or read.
    """
    return _revision(database) is not None


def upgrade(connection: sa.Connection, revision: str = REVISION) -> None:
    """Run the migrations up to a revision, in the caller's transaction."""
    # 0.2 s, and only a database that is new to this release needs it.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))

    def steps(current: Any, _: Any) -> Any:
        return scripts._upgrade_revs(revision, current)

    # Alembic's command would read a configuration file and execute an `env.py`.
    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev=revision) as environment:
        environment.configure(connection=connection, transactional_ddl=False)
        environment.run_migrations()


def _revision(database: Database) -> str | None:
    """Return the revision of the tables; None if there are none."""
    if database.file and not database.file.exists():
        return None
    with database.reading() as connection:
        try:
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        except (OperationalError, ProgrammingError) as error:
            if any(words in str(error.orig) for words in ("no such table", "does not exist")):
                return None
            raise


@contextmanager
def _lock(database: Database) -> Iterator[None]:
    if database.file is None:
        with database.reading() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield
        return
    make_folder(database.file)
    try:
        with FileLock(f"{database.file}.lock", timeout=_LOCK_SECONDS):
            yield
    except Timeout:
        received = f"one whose tables another process is changing for {_LOCK_SECONDS} s"
        raise StoreError(f"registry {database.name}", "a database", received, "wait for that process to end") from None
