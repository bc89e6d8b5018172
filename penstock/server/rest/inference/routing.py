"""The paths of the Open Inference Protocol."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from penstock.server.rest.inference.datatypes import refusal

_MODEL = re.compile(r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?(?:/(?P<action>infer|ready))?/?")
_FIXED = {
    "/v2": "server",
    "/v2/": "server",
    "/v2/health/live": "live",
    "/v2/health/ready": "all_ready",
    "/v2/repository/index": "index",
}
_POSTED = frozenset({"infer", "index"})


@dataclass(frozen=True)
class Route:
    """What a path asks for.

    Attributes:
        action: `server`, `live`, `all_ready`, `index`, `metadata`, `ready` or `infer`.
        model: The name of the model, empty if none is named.
        version: The version as it was written; None if none is named.
    """

    action: str
    model: str = ""
    version: str | None = None

    @property
    def method(self) -> str:
        """The method of HTTP."""
        return "POST" if self.action in _POSTED else "GET"

    @property
    def number(self) -> int | None:
        """The number of the version."""
        if self.version is None:
            return None
        if not (self.version.isascii() and self.version.isdigit()) or len(self.version.lstrip("0")) > 18:
            raise refusal(f"failed to get model version from specified version string '{self.version}'")
        return int(self.version)


def route(path: str) -> Route | None:
    """Return what a path asks for; None if it is not one of the protocol."""
    if path in _FIXED:
        return Route(_FIXED[path])
    found = _MODEL.fullmatch(path)
    if found is None:
        return None
    return Route(found["action"] or "metadata", unquote(found["model"]), found["version"])
