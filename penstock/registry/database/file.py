"""Where the file of a registry is, and the revision of its tables; nothing here imports SQLAlchemy."""

from pathlib import Path

from penstock.core.errors import ConfigError
from penstock.core.urls import mask_password, scheme_of

# The newest revision below `migrations`; a test compares the two.
REVISION = "0002"


def sqlite_file(uri: str, root: Path) -> Path | None:
    """Return the absolute path of the file of an SQLite URL; None for a server.

    Raises:
        ConfigError: The URL names no file, or another kind of database.
    """
    scheme = scheme_of(uri)
    if scheme == "postgresql":
        return None
    name = uri.removeprefix("sqlite:///")
    if scheme != "sqlite" or name in ("", uri, ":memory:") or "\0" in name:
        expected = "sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME, or https://... of a registry"
        raise ConfigError("registry.uri", expected, repr(mask_password(uri)), "see docs/configuration.md")
    return (root / name).absolute()
