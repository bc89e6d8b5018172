"""The errors of the registry; the HTTP API answers each with its own status."""

from penstock.core.errors import ConfigError

# The most characters of a text that an error shows.
_SHOWN = 100


class RegistryError(ConfigError):
    """A request that the registry refuses; nothing was changed.

    Attributes:
        status: The status of the HTTP answer.
    """

    status = 400


class Invalid(RegistryError):
    """A value is not valid."""

    status = 422


class NotFound(RegistryError):
    """There is no such row."""

    status = 404


class Conflict(RegistryError):
    """The row is no longer, or already, in another state than the caller expects."""

    status = 409


class Unauthorized(RegistryError):
    """There is no valid token."""

    status = 401


class Forbidden(RegistryError):
    """The token does not allow this."""

    status = 403


def quoted(text: str) -> str:
    """Return a text as an error shows it: in quotes, and no longer than a line."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def missing(what: str, next_step: str) -> NotFound:
    """Return the error for a row that the registry does not have."""
    return NotFound(what, "one that the registry has", "none", next_step)


def unstorable(what: str = "a text") -> Invalid:
    """Return the error for a text that a column of text cannot have."""
    return Invalid(what, "characters that a database can store", "NUL or half of a surrogate pair", "leave them out")
