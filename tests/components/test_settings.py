"""The parameter `model` of a compiled pipeline."""

import json

import pytest

from penstock.core.errors import ConfigError

pytestmark = pytest.mark.slow


def given(**properties):
    from penstock.config.sections import Model

    config = {"features": "f", "model": Model().model_dump(), "code": "x"}
    return {"custom_config": json.dumps(config), "run_fn": "f", **properties}


@pytest.mark.parametrize("properties", [{}, {"model": ""}, {"model": "{}"}])
def test_properties_are_unchanged_without_settings(properties):
    from components.settings import with_settings

    assert with_settings(given(**properties)) == given(**properties)


def test_settings_replace_the_compiled_ones():
    from components.settings import with_settings

    before = given(model='{"epochs": 3, "family": "trees"}')
    config = json.loads(with_settings(before)["custom_config"])
    expected = json.loads(before["custom_config"])
    expected["model"].update(epochs=3, family="trees")
    assert config == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("epochs=3", "the parameter model: expected a JSON object of settings, received 'epochs=3'; give"),
        ("[1]", "the parameter model: expected a JSON object of settings, received '[1]'; give"),
        ('{"epoch": 3}', "the parameter model: expected one of family, seed, epochs,"),
        ('{"task": "regression"}', "the parameter model: expected one of family, seed, epochs,"),
        ('{"epochs": 0}', "the parameter model: expected a valid epochs, received 0: input should be greater than"),
        ('{"family": "tree"}', "the parameter model: expected a valid family, received 'tree': input should be"),
    ],
)
def test_wrong_settings_are_refused(text, sentence):
    from components.settings import with_settings

    with pytest.raises(ConfigError) as caught:
        with_settings(given(model=text))
    assert str(caught.value).startswith(sentence)
