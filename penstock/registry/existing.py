"""Opens the registry for a command: without SQLAlchemy where it can, and without making one where it only reads."""

from functools import partial
from typing import TYPE_CHECKING

from penstock.config.config import Config
from penstock.registry.database.file import sqlite_file
from penstock.registry.errors import NotFound
from penstock.registry.opening import Registry, open_registry

if TYPE_CHECKING:
    from penstock.registry.client import DatabaseClient


class NothingYet(NotFound):
    """No run was recorded yet."""


def open_existing(config: Config, actor: str | None = None) -> Registry:
    """Open the registry of a configuration if there is one.

    Args:
        config: The configuration, with `[registry]`.
        actor: Who changes the registry, for the events; by default the user of this process.

    Raises:
        NothingYet: There is no registry yet.
        ConfigError: The URL is not valid.
        StoreError: The database cannot be opened or migrated.
    """
    if config.registry_uri.startswith("http"):
        return open_registry(config, actor)
    found = _in_a_file(config, actor)
    if found is None and not _exists(config):
        raise NothingYet("no registry yet", next_step="`penstock run` makes it")
    return found or open_registry(config, actor)


def open_or_make(config: Config, actor: str | None = None) -> Registry:
    """Open the registry of a configuration; one that does not exist yet is made.

    Args:
        config: The configuration, with `[registry]`.
        actor: Who changes the registry, for the events; by default the user of this process.

    Raises:
        ConfigError: The URL is not valid.
        StoreError: The database cannot be opened or migrated.
    """
    is_file = not config.registry_uri.startswith("http")
    return (_in_a_file(config, actor) if is_file else None) or open_registry(config, actor)


def _in_a_file(config: Config, actor: str | None) -> "Registry | None":
    """Return the client without SQLAlchemy of a file with the newest tables; None for another registry, or none."""
    file = sqlite_file(config.registry_uri, config.root)
    if file is None or not file.exists():
        return None
    from penstock.registry.light.client import LightClient
    from penstock.registry.light.rows import open_rows

    rows = open_rows(file)
    return None if rows is None else LightClient(rows, partial(_whole, config, actor), actor)


def _whole(config: Config, actor: str | None) -> "DatabaseClient":
    from penstock.registry.client import DatabaseClient

    return DatabaseClient(config.registry_uri, root=config.root, actor=actor)


def _exists(config: Config) -> bool:
    file = sqlite_file(config.registry_uri, config.root)
    if file is not None and not file.exists():
        return False
    from penstock.registry.database.engine import Database
    from penstock.registry.database.migrating import has_tables

    database = Database(config.registry_uri, config.root)
    try:
        return has_tables(database)
    finally:
        database.close()
