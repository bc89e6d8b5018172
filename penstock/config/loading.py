"""Reads a configuration from the file, the environment and the command line, and reports errors in them.

Precedence, lowest first: the defaults of the sections, the file, the environment (`PENSTOCK_EVALUATION__MIN=0.9`), the
command line (`--set evaluation.min=0.9`). Nothing else reads the environment.
"""

import codecs
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from penstock.config.config import Config, Resolved
from penstock.config.data import fill_variables
from penstock.core import stacks
from penstock.core.errors import ConfigError
from penstock.core.text import did_you_mean
from penstock.core.urls import mask_password

ENVIRONMENT_PREFIX = "PENSTOCK_"
DEFAULT_FILE = "pipeline.toml"
_TOKEN = f"{ENVIRONMENT_PREFIX}REGISTRY__TOKEN"
MLFLOW_VARIABLES = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")

# What a key expects, by pydantic's type of error, in the terms of TOML.
_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "text that matches {pattern}",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than": "a number greater than {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "less_than": "a number less than {lt:g}",
    "less_than_equal": "a number of at most {le:g}",
    "literal_error": "{expected}",
    "too_short": "at least {min_length} of them",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}


def load(
    file: str | Path | None = None,
    settings: Iterable[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Return the configuration in `file`, overridden by the environment, then by `settings`.

    Args:
        file: The file; by default `pipeline.toml` in the working directory.
        settings: Assignments `key=value`, with dotted keys; the value is TOML, or else text.
        environment: The environment; by default that of this process.

    Raises:
        ConfigError: The file is missing or not TOML, or a key or value is wrong; the error names it.
    """
    path = Path(file or DEFAULT_FILE)
    values = _read(path)
    environment = os.environ if environment is None else environment
    variables, set_values = _from_environment(environment), [_setting(setting) for setting in settings]
    if variables or set_values:
        from penstock.config.overlay import overlay  # imports pydantic-settings, which most commands do not need

        values = overlay(values, environment=variables, settings=set_values)
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise _sentence(path, error) from None
    return config.with_resolved(Resolved(path.absolute().parent, fill_variables(config.data.source, environment)))


def filled(url: str, option: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the URL of a database that an option names, with each `${NAME}` replaced by its value.

    Raises:
        ConfigError: The environment has no such variable.
    """
    return fill_variables(url, environment, option)


def environment_flag(name: str) -> bool:
    """Return whether the environment variable is set to anything (`NO_COLOR` and its like)."""
    return bool(os.environ.get(name))


def registry_token(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the token of the registry that the environment has, in a container without the configuration file."""
    return environment.get(_TOKEN)


def with_registry_token(text: str, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of a command that acts for the owner of a token of the registry."""
    return {**environment, _TOKEN: text}


def mlflow_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables that MLflow's own client takes its token, or its user and password, from."""
    return {name: environment[name] for name in MLFLOW_VARIABLES if environment.get(name)}


def forget_variable(name: str) -> None:
    """Remove a variable from the environment of this process, for libraries that read it."""
    os.environ.pop(name, None)


def environment_with(**defaults: str) -> dict[str, str]:
    """Return the environment of this process, with values for variables that it does not set."""
    return {**defaults, **os.environ}


def _read(path: Path) -> dict[str, Any]:
    try:
        # With or without the byte order mark that editors on Windows put before the first line.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"no configuration {path}", "a TOML file", "no such file", "name one with --config FILE"
        ) from None
    except OSError as error:
        received = error.strerror or str(error)
        raise ConfigError(f"configuration {path}", "a readable TOML file", received, "name one with --config") from None
    except UnicodeDecodeError as error:
        is_utf16 = error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        received = "UTF-16" if is_utf16 else f"a stray byte at {error.start}"
        raise ConfigError(f"configuration {path}", "UTF-8 text", received, "save it as UTF-8") from None
    except RecursionError:
        received = "lists or tables nested too deep to read"
        raise ConfigError(f"configuration {path}", "TOML as in docs/configuration.md", received, "flatten it") from None
    except ValueError as error:  # a syntax error, or a number of thousands of digits
        raise ConfigError(f"configuration {path}", "TOML", f"a syntax error: {error}", "correct that line") from None


def _from_environment(environment: Mapping[str, str]) -> list[tuple[list[str], str]]:
    return [
        (name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), value)
        for name, value in sorted(environment.items())
        if name.startswith(ENVIRONMENT_PREFIX) and name != stacks.VARIABLE
    ]


def _setting(setting: str) -> tuple[list[str], str]:
    key, separator, value = setting.partition("=")
    if not separator or not key.strip():
        raise ConfigError(
            f"--set {setting}", "key=value", repr(setting), "write for example `--set evaluation.min=0.9`"
        )
    return key.strip().split("."), value.strip()


def _shown(value: Any) -> str:
    """Return a value for an error message, with passwords masked: a URL may be at a wrong key."""
    return mask_password(repr(value))


def _sentence(path: Path, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    kind, context, location = first["type"], first.get("ctx", {}), [str(part) for part in first["loc"]]
    advice = "see docs/configuration.md"
    if kind == "value_error":
        wrong = context["error"]
        key = ".".join(part for part in (*location, wrong.key) if part)
        return ConfigError(f"{path}: {key}", wrong.expected, wrong.received, advice)
    what = f"{path}: {'.'.join(location)}"
    if kind == "extra_forbidden":
        known = _keys_at(location[:-1])
        return ConfigError(
            what, f"one of {', '.join(known)}", f"an unknown key{did_you_mean(location[-1], known)}", advice
        )
    if kind == "missing":
        return ConfigError(what, "a value", "none", f"add the key; {advice}")
    received = _shown(first["input"])
    if kind == "literal_error":
        received += did_you_mean(str(first["input"]), re.findall(r"'([^']*)'", context["expected"]))
    return ConfigError(what, _EXPECTED.get(kind, first["msg"]).format(**context), received, advice)


def _keys_at(location: list[str]) -> list[str]:
    section: type[BaseModel] = Config
    for part in location:
        for name, field in section.model_fields.items():
            if part in (name, field.alias):
                parts = (field.annotation, *get_args(field.annotation))
                section = next((p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)), section)
    return [field.alias or name for name, field in section.model_fields.items()]
