"""Sources that are no files: which URLs name them, and how such a URL may be shown."""

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
# From the first colon to the last @: a password whose @ is not written as %40 is found whole.
_PASSWORD = re.compile(r"://[^:]*(?P<hidden>:(?P<secret>.+))@", re.DOTALL)
# Found at each mark, so that one in a password hides no setting after it.
_SETTING = re.compile(r"[?&](?=(?P<hidden>(?P<name>[^?&=]*)=(?P<secret>[^&]+)&?))")
_SECRET_NAME = re.compile("pass|pwd|secret|token", re.IGNORECASE)


def scheme_of(source: str) -> str:
    """Return what stands before `://`; empty where the source is no URL."""
    return source.partition("://")[0] if "://" in source else ""


def is_remote(source: str) -> bool:
    """Say whether a source is the URL of a database or of BigQuery, and not a file, folder or glob."""
    return scheme_of(source) in SCHEMES


def split_table(source: str) -> tuple[str, str | None]:
    """Return `bigquery://PROJECT/DATASET.TABLE` as the URL of the dataset and the table; others as they are."""
    if scheme_of(source) != "bigquery":
        return source, None
    address, slash, rest = source.partition("://")[2].partition("/")
    dataset, _, table = rest.partition(".")
    return f"bigquery://{address}{slash}{dataset}", table or None


def server_url(url: str) -> "URL":
    """Return the parts of the URL of a PostgreSQL or MySQL server, with the driver that reads it.

    Raises:
        ValueError: It is no such URL, or a character of the user or the password has to be escaped.
        ConfigError: SQLAlchemy is not installed.
    """
    try:
        # 0.13 s, and most commands read neither a server nor its URL.
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
        # What follows an IPv6 address or a line break is passed over by SQLAlchemy.
        whole = _USER.fullmatch(user) and not re.search(r"\][^:/?]|[\r\n]", place)
        if whole and parts.drivername in _DRIVERS and 0 < (parts.port or 1) < 65536:
            return parts.set(drivername=_DRIVERS[parts.drivername])
    except (ArgumentError, ValueError):
        pass
    raise ValueError(f"no URL of a server that begins with {scheme_of(url)}://")


def mask_password(text: str) -> str:
    """Return a URL, or a text with one in it, as it may be shown and kept: with the user, without any password.

    SQLAlchemy's own mask leaves passwords among the settings, and the end of one whose @ is not escaped.
    """
    hidden = {at for found in _passwords(text) for at in range(*found.span("hidden"))}
    kept = "".join(character for at, character in enumerate(text) if at not in hidden)
    return kept.rstrip("?&") if hidden else text


def holds_password(source: str) -> bool:
    """Say whether a source is a URL with a password in it that is no `${NAME}`."""
    bare = re.sub(r"\$\{\w+\}", "", source)
    return is_remote(source) and mask_password(bare) != bare


def without_secrets(text: str, url: str) -> str:
    """Return a text without the passwords that the URL holds, however they are written there."""
    secrets = {secret for found in _passwords(url) for secret in _spellings(found["secret"])}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _passwords(text: str) -> Iterator[re.Match[str]]:
    """Yield where passwords are in a URL, or in a text with one in it; the name of an SQLite file holds none."""
    if "://" in text and not text.startswith("sqlite:"):
        yield from _PASSWORD.finditer(text)
        yield from (each for each in _SETTING.finditer(text) if _SECRET_NAME.search(unquote_plus(each["name"])))


def _spellings(secret: str) -> set[str]:
    # With an @ that is not escaped, what reads the URL takes the rest of the password for a host.
    return {secret, unquote(secret), unquote_plus(secret), *secret.split("@")} - {""}
