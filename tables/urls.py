"""Sources that are no files: which URLs name them, and how such a URL may be shown."""

import re
from urllib.parse import parse_qsl, unquote

DATABASES = ("sqlite", "postgresql", "mysql")
SCHEMES = (*DATABASES, "bigquery")


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


def without_password(url: str) -> str:
    """Return the URL as it may be shown and kept: with the user, without any password."""
    scheme, rest = scheme_of(url), url.partition("://")[2]
    if not scheme or scheme == "sqlite":
        return url
    userinfo, at, place = rest.rpartition("@")
    # The last @ ends the password: one that is not written as %40 is hidden whole.
    address, mark, settings = (userinfo.partition(":")[0] + at + place).partition("?")
    kept = [setting for setting in settings.split("&") if "pass" not in setting.partition("=")[0].lower()]
    return f"{scheme}://{address}{mark if kept != [''] and kept else ''}{'&'.join(kept)}"


def holds_password(source: str) -> bool:
    """Say whether a source is a URL with a password in it that is no `${NAME}`."""
    bare = re.sub(r"\$\{\w+\}", "", source).replace(":@", "@")
    return is_remote(source) and without_password(bare) != bare


def without_secrets(text: str, url: str) -> str:
    """Return a text without the password that the URL holds, however it is written there."""
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(url: str) -> set[str]:
    password = re.search(r"://[^:/@]*:(.*)@", url)
    found = {value for name, value in parse_qsl(url.partition("?")[2]) if "pass" in name.lower()}
    if password:
        # With an @ that is not escaped, what reads the URL takes the rest of the password for a host.
        found |= {password[1], unquote(password[1]), *password[1].split("@")}
    return found - {""}
