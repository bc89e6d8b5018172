"""URLs of databases: which ones a source may name, and how they are shown without passwords.

SQLAlchemy parses the URLs of servers. Its `render_as_string(hide_password=True)` is not used to mask them: it shows
passwords among the settings (`?password=...`) and the end of a password whose @ is not escaped, it refuses what is no
valid URL, which an error has to show too, and it takes 0.13 s to import.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from penstock.core.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import URL

DATABASES = ("sqlite", "postgresql", "mysql")
SCHEMES = (*DATABASES, "bigquery")
_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_USER = re.compile(r"[^:/?@]*(:[^:/?@]*)?")
# From the first colon to the last @, because the @ in a password may not be escaped as %40.
_PASSWORD = re.compile(r"://[^:]*(?P<hidden>:(?P<secret>.+))@", re.DOTALL)
# A lookahead at each ? and &, so that one of them in a password does not hide the next setting.
_SETTING = re.compile(r"[?&](?=(?P<hidden>(?P<name>[^?&=]*)=(?P<secret>[^&]+)&?))")
_SECRET_NAME = re.compile("pass|pwd|secret|token", re.IGNORECASE)


def scheme_of(source: str) -> str:
    """Return the part before `://`; empty if the source is no URL."""
    return source.partition("://")[0] if "://" in source else ""


def is_remote(source: str) -> bool:
    """Return whether a source is the URL of a database or of BigQuery, and not a file, folder or glob."""
    return scheme_of(source) in SCHEMES


def split_table(source: str) -> tuple[str, str | None]:
    """Return the URL of the dataset and the table of `bigquery://PROJECT/DATASET.TABLE`; other URLs are unchanged."""
    if scheme_of(source) != "bigquery":
        return source, None
    address, slash, rest = source.partition("://")[2].partition("/")
    dataset, _, table = rest.partition(".")
    return f"bigquery://{address}{slash}{dataset}", table or None


def server_url(url: str) -> "URL":
    """Return the parsed URL of a PostgreSQL or MySQL server, with the driver that reads it.

    Raises:
        ValueError: It is no such URL, or a character of the user or the password is not escaped.
        ConfigError: SQLAlchemy is not installed.
    """
    try:
        # 0.13 s, and most commands do not use a server.
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        raise ConfigError(
            f"a URL that begins with {scheme_of(url)}://",
            "the package sqlalchemy, which reads it",
            "an environment without it",
            "install it",
        ) from None
    user, _, place = url.partition("://")[2].rpartition("@")
    try:
        parts = make_url(url)
        # SQLAlchemy ignores what follows an IPv6 address or a line break.
        is_complete = _USER.fullmatch(user) and not re.search(r"\][^:/?]|[\r\n]", place)
        if is_complete and parts.drivername in _DRIVERS and 0 < (parts.port or 1) < 65536:
            return parts.set(drivername=_DRIVERS[parts.drivername])
    except (ArgumentError, ValueError):
        pass
    raise ValueError(f"no URL of a server that begins with {scheme_of(url)}://")


def mask_password(text: str) -> str:
    """Return a URL, or a text that contains one, with the user and without any password, to be shown or stored."""
    hidden = {at for found in _passwords(text) for at in range(*found.span("hidden"))}
    shown = "".join(character for at, character in enumerate(text) if at not in hidden)
    return shown.rstrip("?&") if hidden else text


def holds_password(source: str) -> bool:
    """Return whether a source is a URL with a literal password, and not a `${NAME}`."""
    bare = re.sub(r"\$\{\w+\}", "", source)
    return is_remote(source) and mask_password(bare) != bare


def without_secrets(text: str, url: str) -> str:
    """Return a text with `***` in place of the URL's passwords, escaped or not."""
    secrets = {secret for found in _passwords(url) for secret in _spellings(found["secret"])}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _passwords(text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of passwords in a text that contains a URL; the name of an SQLite file contains none."""
    if "://" in text and not text.startswith("sqlite:"):
        yield from _PASSWORD.finditer(text)
        yield from (each for each in _SETTING.finditer(text) if _SECRET_NAME.search(unquote_plus(each["name"])))


def _spellings(secret: str) -> set[str]:
    # If an @ is not escaped, a driver treats the rest of the password as the host, and its messages show it.
    return {secret, unquote(secret), unquote_plus(secret), *secret.split("@")} - {""}
