"""Opens a registry by its address: on its database, or behind a server."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from penstock.config.config import Config

if TYPE_CHECKING:
    from penstock.registry.client import DatabaseClient
    from penstock.registry.remote import HttpClient

Registry: TypeAlias = "DatabaseClient | HttpClient"


def connect(
    url_or_uri: str, token: str | None = None, *, root: str | Path = ".", actor: str | None = None
) -> "DatabaseClient | HttpClient":
    """Open a registry; what it returns has the same methods on a database and over HTTP.

    Args:
        url_or_uri: `sqlite:///FILE`, `postgresql://USER:PASSWORD@HOST/NAME`, or `https://HOST` of a server.
        token: The token for a server.
        root: The folder that a relative FILE is relative to.
        actor: Who changes a database, for the events; by default the user of this process. A server takes the owner
            of the token.

    Raises:
        ConfigError: The URL or the token is not valid.
        StoreError: The database cannot be opened or migrated.
    """
    if url_or_uri.startswith(("http://", "https://")):
        from penstock.registry.remote import HttpClient

        return HttpClient(url_or_uri, token)
    # SQLAlchemy takes 0.2 s to import, and a server's client does not need it.
    from penstock.registry.client import DatabaseClient

    return DatabaseClient(url_or_uri, root=Path(root), actor=actor)


def open_registry(config: Config, actor: str | None = None) -> "DatabaseClient | HttpClient":
    """Open the registry of a configuration; the tables of a database are created or migrated.

    Args:
        config: The configuration, with `[registry]`.
        actor: Who changes the registry, for the events; by default the user of this process, or the token's owner.

    Raises:
        ConfigError: The URL or the token is not valid.
        StoreError: The database cannot be opened or migrated.
    """
    secret = config.registry.token
    token = secret.get_secret_value() if secret else None
    return connect(config.registry_uri, token, root=config.root, actor=actor)
