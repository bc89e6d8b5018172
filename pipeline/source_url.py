"""`data.source` as the URL of a database: its form, and the variables of the environment in it."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from pipeline.errors import ConfigError
from pipeline.text import did_you_mean
from tables.urls import SCHEMES, is_remote, scheme_of

# user:password@host:port/database?settings
_SERVER = r"(postgresql|mysql)://([^:/?@]*(:[^:/?@]*)?@)?([^:/?@]*|\[[^/?@]*\])(:\d+)?(/[^?@]*)?(\?[^@]*)?"
_ESCAPED = "USER@HOST/DATABASE, with %40, %3A, %2F and %3F for @, :, / and ? in a password"
_FORMS = {
    "sqlite": (r"sqlite:///.+", "sqlite:///FILE"),
    "postgresql": (_SERVER, f"postgresql://{_ESCAPED}"),
    "mysql": (_SERVER, f"mysql://{_ESCAPED}"),
    "bigquery": (r"bigquery://[^/@?]*(/[^/@?]+)?", "bigquery://PROJECT/DATASET.TABLE, or less of it"),
}
_VARIABLE = r"\$\{(\w+)\}"


def fault_of(source: str) -> tuple[str, str] | None:
    """Return what is expected of a source and what it is instead, None where it is a path or a URL of a known form."""
    scheme = scheme_of(source)
    if not scheme:
        return None
    # No more of a URL is repeated than its beginning: there may be a password in it.
    if scheme not in SCHEMES:
        known = ", ".join(f"{each}://" for each in SCHEMES)
        return f"a path, or a URL that begins with one of {known}", f"{scheme}://{did_you_mean(scheme, SCHEMES)}"
    form, expected = _FORMS[scheme]
    if re.fullmatch(form, re.sub(_VARIABLE, "1", source)):
        return None
    return expected, f"a URL of another form that begins with {scheme}://"


def filled(source: str, environment: Mapping[str, str]) -> str:
    """Return the URL of a database with each `${NAME}` as the environment has it.

    Raises:
        ConfigError: The environment has no such name.
    """
    if not is_remote(source):
        return source

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in environment:
            expected = f"the environment variable {name}"
            raise ConfigError("data.source", expected, "none of that name", f"set {name}, or write its value")
        return environment[name]

    before, at, after = source.rpartition("@")
    # What a password may hold stands in the environment as it is, and is escaped here.
    before = re.sub(_VARIABLE, lambda found: quote(value(found), safe=""), before)
    return before + at + re.sub(_VARIABLE, value, after)


def not_a_select(query: str) -> str | None:
    """Return the first word of a statement that is plainly none that only reads, None of any other.

    It spares a connection; that nothing is written is seen to by the database.
    """
    aside = r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
    found = re.match(rf"{aside}(\w*)", query, re.DOTALL)
    word = found[1].upper() if found else ""
    return None if word in ("SELECT", "WITH", "VALUES", "TABLE", "FROM") else word
