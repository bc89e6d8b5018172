"""Overrides the values of the file with those of the environment and of `--set`, as sources of pydantic-settings.

Its own environment source ignores variables that name no key, and parses values as JSON. Here unknown keys are passed
on, so that `Config` refuses them, and values are parsed as TOML. It also merges the tables of all sources. Here a table
that is set as a value (`--set 'features={}'`) replaces the table of the source below.

pydantic-settings takes 0.06 s to import, half as long as all of `penstock runs`: `penstock.config.loading` imports this
file only if there is a value to override.
"""

import tomllib
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from penstock.core.errors import ConfigError
from penstock.core.urls import mask_password

# The parts of a key, and the text of its value.
Assignment: TypeAlias = tuple[Sequence[str], str]


def overlay(
    values: dict[str, Any], *, environment: Sequence[Assignment], settings: Sequence[Assignment]
) -> dict[str, Any]:
    """Return the values of the file, overridden by those of the environment, then by those of `--set`.

    Raises:
        ConfigError: A part of a key names a value that is no table.
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
    """Assignments that override the values of another source; the last assignment to a key wins."""

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
        """Return no value: `Config` declares the fields, and this source has none."""
        return None, field_name, False

    def _assign(self, values: dict[str, Any], key: Sequence[str], text: str) -> None:
        for part in key[:-1]:
            inner = values.setdefault(part, {})
            if not isinstance(inner, dict):
                # The value may be a URL with a password at a wrong key.
                received = mask_password(repr(inner))
                raise ConfigError(f"{self._where}: {'.'.join(key)}", f"a table at {part}", received, "check the key")
            values = inner
        values[key[-1]] = _literal(text)


def _literal(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text
