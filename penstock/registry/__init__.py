"""The model registry: projects, models, experiments, versions, aliases and the events that changed them.

`Client(url_or_uri, token)` opens one, on its database or behind a server.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.registry.opening import connect as Client  # noqa: N812

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    # Imported when it is used: most code needs one file of this package.
    if name == "Client":
        from penstock.registry.opening import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
