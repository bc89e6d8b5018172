"""The errors of the registry; the HTTP API answers each with its own status."""

from penstock.core.errors import ConfigError


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
