"""Settings of the model that a run of a compiled pipeline gives as a parameter."""

import json
from typing import Any

from pydantic import ValidationError
from tfx.types import standard_component_specs

from components.tfx_internals import to_json
from penstock.config.sections import Model
from penstock.core.errors import ConfigError
from penstock.core.text import did_you_mean

MODEL = "model"
# The other settings decide the features and the nodes, which are compiled.
SETTINGS = tuple(
    name for name in Model.model_fields if name not in ("task", "warm_start", "vocabulary_size", "text_buckets")
)


def with_settings(exec_properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of Trainer or Tuner with the settings of the parameter `model`, a JSON object, if any.

    Raises:
        ConfigError: The parameter is no object of settings, or a setting has a wrong value.
    """
    text = exec_properties.get(MODEL) or "{}"
    given = _object(text)
    if not given:
        return exec_properties
    config = json.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])
    for name in given:
        if name not in SETTINGS:
            raise _refusal(f"one of {', '.join(SETTINGS)}", f"{name!r}{did_you_mean(name, SETTINGS)}")
    try:
        Model.model_validate({**config["model"], **given})
    except ValidationError as error:
        first = error.errors()[0]
        raise _refusal(f"a valid {first['loc'][0]}", f"{first['input']!r}: {first['msg'].lower()}") from None
    merged = {**config, "model": {**config["model"], **given}}
    return {**exec_properties, standard_component_specs.CUSTOM_CONFIG_KEY: to_json(merged)}


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _refusal("a JSON object of settings", repr(text))
    return found


def _refusal(expected: str, received: str) -> ConfigError:
    return ConfigError(f"the parameter {MODEL}", expected, received, 'give for example {"epochs": 5}')
