"""The connection of ML Metadata to the metadata store."""

from typing import Any

from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2

from penstock.core.urls import server_url
from penstock.metadata.store import Store

_DEFAULT_PORTS = {"mysql": 3306, "postgresql": 5432}


def connection_config(store: Store) -> Any:
    """Return ML Metadata's ConnectionConfig for `metadata.uri`; the folder of an SQLite file must exist.

    Raises:
        ValueError: The URL of the server is not valid.
    """
    connection = metadata_store_pb2.ConnectionConfig()
    if store.uri == "sqlite://":
        connection.fake_database.SetInParent()
    elif store.file is not None:
        connection.sqlite.filename_uri = str(store.file)
        connection.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    else:
        _server(connection, store.uri)
    return connection


def open_store(store: Store) -> Any:
    """Open the metadata store for writing."""
    return MetadataStore(connection_config(store))


def _server(connection: Any, uri: str) -> None:
    url = server_url(uri)
    kind = url.get_backend_name()
    host, port, database = url.host or "localhost", url.port or _DEFAULT_PORTS[kind], url.database or ""
    if kind == "mysql":
        server = connection.mysql
        server.host, server.port, server.database = host, port, database
    else:
        server = connection.postgresql
        server.host, server.port, server.dbname = host, str(port), database
    server.user, server.password = url.username or "", url.password or ""
