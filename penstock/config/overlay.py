"""What the environment and `--set` say, laid over the values of the file, as sources of pydantic-settings.

Its own source of the environment skips variables that name no key, and takes values for JSON: here the one is left for
`Config` to refuse, and the other is read as TOML. It merges the tables of sources: here one that is given whole
(`--set 'features={}'`) replaces the one below, so that each source is laid over the next.

pydantic-settings takes 0.06 s to import, half as long as all of `penstock runs`: `penstock.config.loading` imports this
file only where there is something to lay over.
"""

import tomllib
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from penstock.core.errors import ConfigError
from penstock.core.urls import mask_password

# A key in its parts, and its value as it is written.
Assignment: TypeAlias = tuple[Sequence[str], str]


def overlay(
    values: dict[str, Any], *, environment: Sequence[Assignment], settings: Sequence[Assignment]
) -> dict[str, Any]:
    """Return the values of the file with those of the environment over them, and of `--set` over both.

    Raises:
        ConfigError: A key leads through a value that is no table.
    """

    class Overlaid(BaseSettings, extra="allow"):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *args: Any, **kwargs: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            variables = _Assigned(settings_cls, lambda: values, environment, "the environment")
            return (_Assigned(settings_cls, variables, settings, "--set"),)

    return Overlaid().model_extra or {}


class _Assigned(PydanticBaseSettingsSource):
    """Values that are assigned in one place, over those of another source; of two for one key the later counts."""

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        below: Callable[[], dict[str, Any]],
        assignments: Sequence[Assignment],
        where: str,
    ) -> None:
        super().__init__(settings_cls)
        self._below, self._assignments, self._where = below, assignments, where

    def __call__(self) -> dict[str, Any]:
        values = self._below()
        for key, text in self._assignments:
            self._assign(values, key, text)
        return values

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the value of a declared field, of which there is none: `Config` declares them."""
        return None, field_name, False

    def _assign(self, values: dict[str, Any], key: Sequence[str], text: str) -> None:
        for part in key[:-1]:
            inner = values.setdefault(part, {})
            if not isinstance(inner, dict):
                # Where it stands in a wrong place, it may still be a URL with a password.
                received = mask_password(repr(inner))
                raise ConfigError(f"{self._where}: {'.'.join(key)}", f"a table at {part}", received, "check the key")
            values = inner
        values[key[-1]] = _literal(text)


def _literal(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text
