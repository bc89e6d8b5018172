"""Opens a registry that exists: a command that only reads must not make one."""

from penstock.config.config import Config
from penstock.registry.errors import NotFound
from penstock.registry.opening import Registry, open_registry


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
    if not _exists(config):
        raise NothingYet("no registry yet", next_step="`penstock run` makes it")
    return open_registry(config, actor)


def _exists(config: Config) -> bool:
    if config.registry_uri.startswith("http"):
        return True
    from penstock.registry.database.engine import Database
    from penstock.registry.database.migrating import has_tables

    database = Database(config.registry_uri, config.root)
    try:
        return has_tables(database)
    finally:
        database.close()
