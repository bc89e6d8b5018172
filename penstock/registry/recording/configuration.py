"""The configuration of a run as JSON, without passwords and tokens."""

import re
from typing import Any

from penstock.config.config import Config
from penstock.core.urls import mask_password

HIDDEN = "***"
# `--sasl_password=...` among the options of Beam.
_OPTION = re.compile(r"^(--?[\w.-]*(?:pass|pwd|secret|token)[\w.-]*=).+$", re.IGNORECASE | re.DOTALL)


def configuration_of(config: Config) -> dict[str, Any]:
    """Return all keys of the configuration with their values, as the file names them; secrets are masked."""
    found: dict[str, Any] = _without_secrets(config.model_dump(mode="json", by_alias=True))
    if found["registry"]["token"] is not None:
        found["registry"]["token"] = HIDDEN
    return found


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    if isinstance(value, str):
        return _OPTION.sub(rf"\1{HIDDEN}", mask_password(value))
    return value
