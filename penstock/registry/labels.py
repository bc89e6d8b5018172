"""The aliases of the configured model, as a prediction server needs them: the number of each one's version."""

import time
from collections.abc import Callable

from penstock.config.config import Config
from penstock.core.errors import PenstockError
from penstock.registry.errors import NotFound
from penstock.registry.existing import open_existing

SECONDS = 5.0


def labels_of(config: Config) -> dict[str, int]:
    """Return the version of each alias of the configured model; none if the registry does not know the model.

    Raises:
        StoreError: The registry cannot be read.
    """
    try:
        with open_existing(config) as registry:
            model = registry.model_named(config.project_name, config.model_name)
            return {alias.name: alias.version for alias in registry.aliases(model.id)}
    except NotFound:
        return {}


def watched(config: Config, clock: Callable[[], float] = time.monotonic) -> Callable[[], dict[str, int]]:
    """Return a function that returns the labels, and reads them again after some seconds."""
    read: list[tuple[float, dict[str, int]]] = []

    def labels() -> dict[str, int]:
        if not read or clock() - read[0][0] >= SECONDS:
            read[:] = [(clock(), _readable(config))]
        return read[0][1]

    return labels


def _readable(config: Config) -> dict[str, int]:
    try:
        return labels_of(config)
    except PenstockError as error:
        raise RuntimeError(str(error)) from error
