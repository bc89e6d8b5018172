"""Opens the registry of a configuration."""

from penstock.config.config import Config
from penstock.registry.client import DatabaseClient


def open_registry(config: Config, actor: str | None = None) -> DatabaseClient:
    """Open the registry of a configuration, and create or migrate its tables.

    Args:
        config: The configuration, with `[registry]`.
        actor: Who changes the registry, for the events; by default the user of this process.

    Raises:
        ConfigError: The URL is not valid.
        StoreError: The database cannot be opened or migrated.
    """
    return DatabaseClient(config.registry_uri, root=config.root, actor=actor)
