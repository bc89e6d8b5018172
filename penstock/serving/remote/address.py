"""The address of a model on a server."""

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

from penstock.core.errors import ConfigError

_FORM = "http://HOST:PORT/v1/models/NAME, or HOST:PORT"
_MODEL = re.compile(
    r"(?P<prefix>.*)/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?/?"
)


@dataclass(frozen=True)
class Address:
    """A model on a server.

    Attributes:
        host: The host and the port.
        name: The name of the model.
        version: The requested version; None for the newest one, or that of the label.
        label: The requested label.
        secure: Whether the connection uses TLS.
        prefix: What comes before `/v1`.
    """

    host: str
    name: str
    version: int | None = None
    label: str | None = None
    secure: bool = False
    prefix: str = ""

    @property
    def server(self) -> str:
        """The URL of the server."""
        return f"http{'s' if self.secure else ''}://{self.host}{self.prefix}"

    @property
    def path(self) -> str:
        """The path of the model in the REST interface."""
        which = ""
        if self.version is not None:
            which = f"/versions/{self.version}"
        elif self.label is not None:
            which = f"/labels/{quote(self.label, safe='')}"
        return f"{self.prefix}/v1/models/{quote(self.name, safe='')}{which}"

    def __str__(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.host}{self.path}"

    def of_version(self, version: int) -> "Address":
        """Return the address of one version."""
        return replace(self, version=version, label=None)


def parse(url: str, name: str | None, which: str | None = None) -> Address:
    """Return the address in a URL.

    Args:
        url: The URL, with or without the path of a model.
        name: The name of the model, if the URL has none.
        which: A version, or a label.

    Raises:
        ConfigError: It is no such URL, or names no model.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        is_complete = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        is_complete = False
    if not is_complete or parts.query or parts.fragment or parts.username is not None:
        received = "one with a user or a password" if parts.username is not None else repr(url)
        raise ConfigError("--url", _FORM, received, "correct it")
    found = _MODEL.fullmatch(parts.path)
    if found is None and re.search("/v1(/|$)", parts.path):
        raise ConfigError("--url", _FORM, repr(url), "correct the path")
    if found is None and name is None:
        raise ConfigError("--url", _FORM, "no name of a model", "add /v1/models/NAME")
    address = Address(parts.netloc, name or "", secure=parts.scheme == "https", prefix=parts.path.rstrip("/"))
    if found is not None:
        version, label = found["version"], found["label"]
        address = replace(address, name=unquote(found["name"]), prefix=found["prefix"])
        address = replace(address, version=int(version) if version else None, label=unquote(label) if label else None)
    if which is None:
        return address
    if address.version is not None or address.label is not None:
        raise ConfigError("--version", "none with a version in --url", which, "leave one out")
    if which.isascii() and which.isdecimal():
        return address.of_version(int(which))
    return replace(address, label=which)
