"""The version that a program is to load: by its number, an alias or a name, with the digest that the registry has."""

import re
from dataclasses import dataclass
from pathlib import Path

from penstock.config.config import Config
from penstock.core.errors import ConfigError, DataError, PenstockError
from penstock.registry.existing import NothingYet, open_existing
from penstock.registry.naming import find_version
from penstock.versions.digest import model_digest

_NUMBER = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class Chosen:
    """A version.

    Attributes:
        number: Its number; None for the newest.
        config: The configuration, whose registry knows it or not.
    """

    number: int | None
    config: Config

    def check(self, number: int | None, folder: Path) -> None:
        """Compare the files of a version with the digest that the registry has for it.

        Nothing is checked if there is no registry, it cannot be used, or it does not have the version.

        Args:
            number: Its number.
            folder: Its folder.

        Raises:
            DataError: They differ.
        """
        digest = _digest(self.config, number) if number is not None else None
        if digest is not None and model_digest(folder) != digest:
            raise DataError(
                f"version {number} in {folder}",
                f"the files that the registry has recorded for it, {digest[:12]}",
                "other files",
                "write `penstock registry check`, which says what differs",
            )


def choose(config: Config, text: str | None) -> Chosen:
    """Return the version that a text names; a number needs no registry.

    Raises:
        ConfigError: The text is no number, and there is no registry, or it has no such version.
    """
    if text is None or _NUMBER.fullmatch(text):
        return Chosen(None if text is None else int(text), config)
    try:
        with open_existing(config) as registry:
            model = registry.model_named(config.project_name, config.model_name)
            return Chosen(find_version(registry, model, text).number, config)
    except NothingYet:
        raise ConfigError(
            f"--version {text}", "a number, because there is no registry yet", text, "`penstock run` makes it"
        ) from None


def _digest(config: Config, number: int) -> str | None:
    """Return the recorded digest of a version; None if it is not known."""
    try:
        with open_existing(config) as registry:
            model = registry.model_named(config.project_name, config.model_name)
            return registry.version_numbered(model.id, number).digest
    except PenstockError:
        return None
